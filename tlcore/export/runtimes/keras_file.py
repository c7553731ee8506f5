"""A `.keras` file, opened by Keras in safe mode."""

from __future__ import annotations

from tlcore.backbones import keras_start as keras_start  # isort: skip  (before TensorFlow)
from pathlib import Path

import numpy as np
import tensorflow as tf

from tlcore.export.runtimes import ExportedModel
from tlcore.export.writers import single_output
from tlcore.graft.network import saved_model


def open_file(file: Path) -> ExportedModel:
    model = single_output(saved_model.load(file))
    answer = tf.function(lambda inputs: model(inputs, training=False), autograph=False, reduce_retracing=True)
    return lambda inputs: np.asarray(answer(tf.constant(inputs)))
