"""Picture backbones as Keras graphs, one module for each source of weights. Imports Keras."""

from tlcore import keras_start as keras_start
