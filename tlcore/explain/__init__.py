"""Explanations of answers: heat on pictures, words left out of texts. Imports TensorFlow."""

from tlcore.backbones import keras_start as keras_start
