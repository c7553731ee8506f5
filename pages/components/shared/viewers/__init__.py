"""Viewers of examples: one at a time or many at once, and safe previews of pictures."""
