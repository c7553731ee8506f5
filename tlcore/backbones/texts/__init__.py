"""Text backbones as Keras graphs. Imports KerasHub."""
