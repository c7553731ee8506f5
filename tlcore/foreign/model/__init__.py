"""The work on the network of a model from elsewhere: it runs in a child with bounded memory."""

from tlcore.backbones import keras_start as keras_start  # before Keras
