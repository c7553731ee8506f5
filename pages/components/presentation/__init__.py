"""Presentation mode: the pages in large type, one scene after the other, with a bar that goes on."""
