"""Heatmap of one object, or of the area of a class: gradient times activation at the maps of the backbone.

As ODAM (Zhao and Chan, 2022), which explains one box of a detector: what a place adds to the answer is, to
first order, its activation times the gradient there. It is taken place by place. Grad-CAM takes the mean of
the gradient over the picture, and would explain an answer about one place by all that look like it.

The answer is the logit of the object's class where the detector sees it; or by how much the logit of a class
is above that of the others, on average over the area.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tlcore.backbones.catalogue.catalogue import STRIDES
from tlcore.data.images.placement import content_box, letterbox
from tlcore.explain.why import Explain
from tlcore.graft.network.cut import split
from tlcore.graft.network.dense import detector
from tlcore.graft.network.dense.region_features import map_tensors
from tlcore.graft.predict.predictor import LoadedModel
from tlcore.runs.question import Question

LOGITS = {"detection": "raw", "segmentation": "logits"}  # the layer whose output the answers are made of
GRID = 16  # pixels of a field of the heatmap: maps of other strides are brought to it

Weigh = Callable[[np.ndarray], np.ndarray]  # of logits: by how much each counts in what is explained


class PlaceHeat:
    """The heat of a weighted sum of logits on a picture.

    Args:
        model: pictures → places, built or loaded from a run's file.
        logits: the name of its layer of logits.
    """

    def __init__(self, model: keras.Model, logits: str) -> None:
        body = keras.Model(model.inputs, model.get_layer(logits).output)
        self.front, self.tail = split(body, map_tensors(model))
        self._compiled = tf.function(self._heat, reduce_retracing=True, autograph=False)

    def __call__(self, picture: np.ndarray, weigh: Weigh) -> np.ndarray:
        """Heat of a uint8 picture (1, S, S, 3): float32 (S / 16, S / 16), 0 to 1.

        The hottest place is 1; a picture without any is 0 all over: nothing in it speaks for the answer.
        """
        maps = self.front(picture, training=False)
        weights = weigh(np.asarray(self.tail(maps, training=False)))
        return np.asarray(self._compiled(maps, tf.constant(weights, tf.float32)))[0]

    def _heat(self, maps: list[tf.Tensor], weights: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(maps)
            score = tf.reduce_sum(tf.cast(self.tail(maps, training=False), tf.float32) * weights)
        gradients = tape.gradient(score, maps)
        parts = [
            _on_grid(tf.reduce_sum(tf.cast(gradient * each, tf.float32), axis=-1, keepdims=True), stride)
            for gradient, each, stride in zip(gradients, maps, STRIDES, strict=True)
        ]
        heat = tf.nn.relu(tf.add_n(parts))[..., 0]
        return tf.math.divide_no_nan(heat, tf.reduce_max(heat, axis=(1, 2), keepdims=True))


def _on_grid(heat: tf.Tensor, stride: int) -> tf.Tensor:
    """Heat of a map brought to fields of `GRID` pixels; its sum stays as it is."""
    if stride <= GRID:
        side = GRID // stride
        return tf.nn.avg_pool2d(heat, side, side, "VALID") * side**2
    side = stride // GRID
    return tf.repeat(tf.repeat(heat, side, axis=1), side, axis=2) / side**2


def weigh_object(logits: np.ndarray, size: int, number: int, box: np.ndarray | None) -> np.ndarray:
    """Weights of a detector's outputs (1, places, classes + 4): the one place that draws this object best.

    Args:
        number: its class.
        box: (4,) in pixels of the picture's square; None: wherever the class is surest.
    """
    fit = 1 / (1 + np.exp(-logits[0, :, number]))
    if box is not None:
        boxes = detector.boxes_of(logits, size)[0]
        overlap = keras.utils.bounding_boxes.compute_iou(box[None].astype(np.float32), boxes, "xyxy")
        fit = fit * np.asarray(overlap)[0]
    weights = np.zeros_like(logits)
    weights[0, fit.argmax(), number] = 1
    return weights


def weigh_area(logits: np.ndarray, number: int, inside: tuple[int, int, int, int]) -> np.ndarray:
    """Weights of a segmenter's logits (1, h, w, classes): those of the fields that are answered with a class,
    without those of the other classes there. Where no field is, all fields of the picture count.

    Args:
        inside: left, top, right and bottom of the picture within the square, in fields.
    """
    left, top, right, bottom = inside
    there = np.zeros(logits.shape[:-1], np.float32)
    there[:, top:bottom, left:right] = 1
    answered = there * (logits.argmax(axis=-1) == number)
    area = answered if answered.any() else there
    share = (area / area.sum())[..., None]
    weights = np.repeat(-share / max(1, logits.shape[-1] - 1), logits.shape[-1], axis=-1)
    weights[..., number] = share[..., 0]
    return weights


def explainer(model: LoadedModel) -> Explain:
    """`heat`: rows of numbers from 0 to 1, from the top of the square that the model sees."""
    heat = PlaceHeat(model.model, LOGITS[model.run.task])
    size = int(model.model.input_shape[1])
    is_detector = model.run.task == "detection"

    def explain(question: Question, number: int) -> dict[str, Any]:
        (fields, *_), picture = next(model.read(question.path))
        shape = int(fields["width"]), int(fields["height"])
        box = letterbox(*shape, size).boxes(np.array([question.box]))[0] if question.box else None

        def weigh(logits: np.ndarray) -> np.ndarray:
            if is_detector:
                return weigh_object(logits, size, number, box)
            left, top, right, bottom = content_box(*shape, size)
            field = STRIDES[0]
            return weigh_area(
                logits, number, (left // field, top // field, -(-right // field), -(-bottom // field))
            )

        return {"heat": heat(picture, weigh).round(4).tolist()}

    return explain
