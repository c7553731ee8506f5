"""Picture backbones as Keras graphs, one module for each source of weights. Imports Keras."""
