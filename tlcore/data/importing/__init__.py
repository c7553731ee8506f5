"""Imports: from a source to the first or next version of a data set."""
