"""Objectives: what a phase of training makes small, and how it is scored on validation, by task."""
