"""Folders and archives, read within bounds and never extracted."""
