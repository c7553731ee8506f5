"""Data sets to start with: generated ones and public ones."""
