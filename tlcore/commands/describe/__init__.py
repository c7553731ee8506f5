"""Writes the catalogue of backbones from the graphs themselves; for maintainers."""

from tlcore.backbones import keras_start as keras_start
