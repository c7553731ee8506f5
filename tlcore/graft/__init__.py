"""The model work: cut the backbone, keep what is frozen on disk, graft a head, train. Imports TensorFlow."""

from tlcore.backbones import keras_start as keras_start
