"""Formats of annotations: which are there, the reader of each, and one answer for all pictures."""
