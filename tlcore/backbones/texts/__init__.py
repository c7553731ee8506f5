"""Text backbones as Keras graphs. Imports KerasHub."""

from tlcore import keras_start as keras_start
