"""Explanations of answers: heat on pictures, words left out of texts. Imports TensorFlow."""
