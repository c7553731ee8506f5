"""Versions of a data set: the edits that make one of another, their descriptions and their history."""
