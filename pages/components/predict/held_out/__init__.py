"""Held-out examples to try a model on: their choice, the strip, the game of guessing first."""
