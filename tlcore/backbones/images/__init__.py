"""Picture backbones as Keras graphs, one module for each source of weights. Imports Keras."""

from tlcore.backbones import keras_start as keras_start
