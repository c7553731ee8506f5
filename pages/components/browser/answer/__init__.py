"""Answers of models in large type, in the browser."""
