"""Detectors and segmenters taken to ONNX and LiteRT by `model.export`: they answer as the model does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnxruntime
import pytest
from ai_edge_litert.interpreter import Interpreter

from tests.fixtures.tiny_training import Trained
from tlcore.data.images import decode
from tlcore.graft.network import saved_model
from tlcore.graft.predict.segmenter import class_map

Answers = list[np.ndarray]  # the outputs for one picture, in the model's order
SHAPES = {"boxes": (1, 100, 4), "scores": (1, 100)}


def litert(file: Path, pictures: np.ndarray) -> list[Answers]:
    interpreter = Interpreter(str(file))
    interpreter.allocate_tensors()
    found: list[Answers] = []
    for picture in pictures:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture[None])
        interpreter.invoke()
        found.append([interpreter.get_tensor(one["index"]) for one in interpreter.get_output_details()])
    return found


def onnx(file: Path, pictures: np.ndarray) -> list[Answers]:
    session: Any = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return [session.run(None, {name: picture[None]}) for picture in pictures]


@pytest.fixture(params=[litert, onnx], ids=lambda run: run.__name__)
def exported(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., list[Answers]]:
    """Export a model, and give the file's answers to pictures."""

    def answers(model: keras.Model, pictures: np.ndarray) -> list[Answers]:
        run = request.param
        file = tmp_path / {"litert": "model.tflite", "onnx": "model.onnx"}[run.__name__]
        model.export(file, format=run.__name__, verbose=False)
        found: list[Answers] = run(file, pictures)
        return found

    return answers


def pictures_of(trained: Trained) -> np.ndarray:
    paths = [path for path in sorted(trained.data.rglob("test/*.png")) if "masks" not in path.parts]
    return np.stack([decode.decode(path, 128, "pad") for path in paths])


def test_a_detector_draws_the_same_boxes(
    trained_detector: Trained, exported: Callable[..., list[Answers]]
) -> None:
    model, pictures = saved_model.load(trained_detector.run.model), pictures_of(trained_detector)
    ordered = keras.Model(model.input, [model.output[name] for name in SHAPES])
    boxes, scores = (np.asarray(part) for part in ordered(pictures, training=False))
    assert (scores > 0.1).any(axis=1).sum() >= 3
    for i, answer in enumerate(exported(ordered, pictures)):
        by_shape = {part.shape: part[0] for part in answer}
        sure = scores[i] > 0.1
        assert by_shape[SHAPES["boxes"]][sure] == pytest.approx(boxes[i, sure], abs=1)
        assert by_shape[SHAPES["scores"]] == pytest.approx(scores[i], abs=1e-3)


def test_a_segmenter_draws_the_same_areas(
    trained_segmenter: Trained, exported: Callable[..., list[Answers]]
) -> None:
    model, pictures = saved_model.load(trained_segmenter.run.model), pictures_of(trained_segmenter)
    chances = np.asarray(model(pictures, training=False))
    for i, (found,) in enumerate(exported(model, pictures)):
        ours, theirs = class_map(chances[i], 96, 72), class_map(found[0], 96, 72)
        assert (ours != theirs).mean() <= 0.001
