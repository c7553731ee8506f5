"""Handing a run on: one file that holds it, and opening such a file within bounds."""
