"""Deleting entries on every page, bringing them back, and entries that cannot be read."""
