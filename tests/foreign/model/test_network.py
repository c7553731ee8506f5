"""Models from elsewhere, looked at: what they are, and what is no classifier of pictures."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from tests.fixtures.foreign_models import LABELS, SIDE, SOUND, saved, with_scores
from tests.fixtures.tiny_training import COLOURS
from tlcore.errors import RunError
from tlcore.foreign.facts import PixelRange
from tlcore.foreign.model import network

FOUND = {
    "softmax": (SIDE, 3, "softmax", False, ("RandomFlip", "RandomRotation")),
    "scores": (None, 3, "scores", True, ()),
    "one output": (SIDE, 1, "sigmoid", False, ()),
    "chance each": (SIDE, 3, "sigmoid", True, ()),
}


@pytest.mark.parametrize("name", SOUND)
def test_what_is_in_a_file_is_found(name: str, tmp_path: Path) -> None:
    facts = network.look(network.load(saved(SOUND[name](), tmp_path)), name)
    assert (facts.size, facts.outputs, facts.ending, facts.scales, facts.left_out) == FOUND[name]
    assert facts.name == name and facts.parameters > 0 and not facts.whole


def ends(*shape: int | None, outputs: int = 3, activation: str | None = None) -> keras.Model:
    picture = keras.Input(shape)
    return keras.Model(picture, layers.Dense(outputs, activation=activation)(layers.Flatten()(picture)))


def _two(inputs: int) -> keras.Model:
    pictures = [keras.Input((SIDE, SIDE, 3)) for _ in range(inputs)]
    x = layers.GlobalAveragePooling2D()(layers.add(pictures) if inputs > 1 else pictures[0])
    return keras.Model(pictures, [layers.Dense(2)(x) for _ in range(3 - inputs)])


def _map() -> keras.Model:
    picture = keras.Input((SIDE, SIDE, 3))
    return keras.Model(picture, layers.Conv2D(2, 1)(picture))


OTHERS = {
    "grey": (lambda: ends(SIDE, SIDE, 1), "reads grey pictures.*16 × 16 × 1"),
    "four channels": (lambda: ends(SIDE, SIDE, 4), "four channels"),
    "numbers": (lambda: ends(7), "reads no pictures"),
    "oblong": (lambda: ends(SIDE, 32, 3), "not square"),
    "tiny": (lambda: ends(8, 8, 3), "16 to 1024 pixels"),
    "always one": (lambda: ends(SIDE, SIDE, 3, outputs=1, activation="softmax"), "always 1"),
    "two inputs": (lambda: _two(2), "2 inputs"),
    "two outputs": (lambda: _two(1), "2 outputs"),
    "map": (_map, "one number for each class"),
    "text": (lambda: keras.Model(words := keras.Input((), dtype="string"), words), "reads texts"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_classifier_of_pictures_is_refused(name: str) -> None:
    make, sentence = OTHERS[name]
    with pytest.raises(RunError, match=sentence):
        network.look(make(), name)


def test_one_without_a_size_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="not yet been built"):
        path = saved(keras.Sequential([layers.Flatten(), layers.Dense(3)]), tmp_path)
    with pytest.raises(RunError, match="before it had seen any"):
        network.load(path)


@pytest.mark.parametrize(("pixels", "style"), [("signed", "tf"), ("imagenet", "torch"), ("caffe", "caffe")])
def test_pixels_are_scaled_as_keras_does(pixels: PixelRange, style: str) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3), np.uint8)
    expected = keras.applications.imagenet_utils.preprocess_input(pictures.astype(np.float32), mode=style)
    np.testing.assert_allclose(network.scale(pictures, pixels), expected, atol=1e-4)
    assert network.scale(pictures, "unit").max() <= 1 < network.scale(pictures, "bytes").max()


def test_chances_add_up_and_keep_their_order() -> None:
    model = with_scores()
    pictures = np.array([COLOURS[label] for label in LABELS], np.uint8)[:, None, None].repeat(SIDE, 1)
    ask = network.asker(model, network.look(model, ""))
    found = ask(pictures.repeat(SIDE, 2), "bytes")
    assert found.argmax(1).tolist() == [0, 1, 2] and np.allclose(found.sum(1), 1)
    each = network.chances(np.array([[0.9, 0.5, 0.1]]), "sigmoid")[0]
    assert each == pytest.approx(np.array([9, 1, 1 / 9]) / (9 + 1 + 1 / 9))
    assert network.chances(np.array([[0.25]]), "sigmoid")[0] == pytest.approx([0.75, 0.25])
    with pytest.raises(RunError, match="are no numbers"):
        network.chances(np.array([[np.nan, 1.0]]), "scores")
