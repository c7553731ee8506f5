"""Scores of a model: NumPy in, a report out. No TensorFlow, no screens."""
