"""Answers of a finished model."""
