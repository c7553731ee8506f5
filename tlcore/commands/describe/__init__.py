"""Writes the catalogue of backbones from the graphs themselves; for maintainers."""
