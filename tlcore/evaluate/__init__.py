"""How good a model is, honestly: NumPy in, a report out. No TensorFlow, no screens."""
