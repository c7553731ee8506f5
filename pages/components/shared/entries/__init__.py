"""Entries of the workspace on every page: kinds, deletion, trash, entries that cannot be read."""
