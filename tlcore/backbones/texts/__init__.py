"""Text backbones as Keras graphs. Imports KerasHub."""

from tlcore.backbones import keras_start as keras_start
