"""The fingerprint of a network: the same for the same numbers, another one for whatever changes a number.

Another process finds the same: `tests/graft/test_pipeline.py`.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.fixtures.short_backbones import SHORT, shorten
from tests.fixtures.tiny_training import small
from tests.graft.conftest import front
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.images import loader
from tlcore.graft.network import build, cut
from tlcore.graft.network.fingerprint import fingerprint, structure


def convnext() -> keras.Model:
    """Random weights, always the same ones; its additions are bare operations. It is the short one."""
    config = small(backbone="convnext_tiny", input_size=32)
    keras.utils.set_random_seed(0)
    with pytest.MonkeyPatch.context() as patch:
        shorten("convnext_tiny", patch)
        found = build.build(config, 3, pretrained=False).front
    assert found is not None
    return found


@pytest.fixture(scope="module")
def of_convnext() -> str:
    return fingerprint(convnext())


def test_built_again_it_is_the_same_and_a_changed_weight_shows(
    weights_folder: Path, partial: keras.Model
) -> None:
    """Built again its layers have other names, where Keras numbers them."""
    again = front(weights_folder, 2)
    assert fingerprint(again) == fingerprint(partial)
    weight = again.weights[-1]
    values = np.array(weight)
    values.flat[-1] = np.nextafter(values.flat[-1], np.inf)
    weight.assign(values)
    assert fingerprint(again) != fingerprint(partial)


def test_every_cut_size_and_backbone_has_its_own(pooled: keras.Model, of_convnext: str) -> None:
    entry = catalogue.get("efficientnet_lite0")
    backbone = loader.load(entry.id, 64, weights=None)
    fronts = [keras.Model(backbone.input, cut.boundary(backbone, block)) for block in entry.blocks]
    larger = loader.load(entry.id, 96, weights=None)
    larger.set_weights(backbone.get_weights())
    fronts += [backbone, larger, pooled]
    found = [fingerprint(network) for network in fronts] + [of_convnext]
    # The last block ends where the backbone does.
    assert len(set(found)) == len(found) - 1 and found[len(entry.blocks) - 1] == fingerprint(backbone)
    assert {len(text) for text in found} == {64}


def network(
    change: Callable[[Any, Any], Any], name: str | None = None, units: int = 3, trainable: bool = True
) -> keras.Model:
    """Two small layers from the same numbers, put together by `change`."""
    given = keras.Input((4,), name=name)
    one = keras.layers.Dense(units, kernel_initializer="ones", name=name and f"{name}_1", trainable=trainable)
    two = keras.layers.Dense(units, kernel_initializer="zeros", name=name and f"{name}_2")
    return keras.Model(given, change(one(given), two(given)), name=name)


def test_names_and_what_may_train_do_not_count() -> None:
    plain = network(lambda x, y: x - y)
    assert fingerprint(network(lambda x, y: x - y, name="other")) == fingerprint(plain)
    assert fingerprint(network(lambda x, y: x - y, trainable=False)) == fingerprint(plain)


def test_what_is_done_with_the_tensors_counts() -> None:
    """Bare operations, the order of what goes in, and constants of any make."""
    changes = [
        lambda x, y: x - y,
        lambda x, y: y - x,
        lambda x, y: x + y,
        lambda x, y: x + y * 2.0,
        lambda x, y: x + y * 2.5,
        lambda x, y: x + y * np.array([2.0, 3.0, 4.0], np.float32),
        lambda x, y: x + y * np.array([2.0, 3.0, 5.0], np.float32),
        lambda x, y: x + keras.ops.multiply(y, tf.constant([2.0, 3.0, 6.0])),
        lambda x, y: x + keras.ops.multiply(y, tf.constant([2.0, 3.0, 7.0])),
        lambda x, y: keras.layers.Activation("relu")(x - y),
        lambda x, y: keras.layers.Activation("relu6")(x - y),
        lambda x, y: keras.ops.mean(x - y, axis=1),
        lambda x, y: keras.ops.mean(x - y, axis=1, keepdims=True),
        lambda x, y: (x, y),
        lambda x, y: (y, x),
    ]
    found = [fingerprint(network(change)) for change in changes]
    for (i, one), (j, other) in itertools.combinations(enumerate(found), 2):
        assert one != other, (i, j)
    assert [fingerprint(network(change)) for change in changes] == found


def test_weights_moved_to_another_place_are_another_network() -> None:
    one, other = network(lambda x, y: x + y), network(lambda x, y: x + y)
    kernel, bias, *rest = other.get_weights()
    other.set_weights([*rest, kernel, bias])
    assert fingerprint(one) != fingerprint(other)


def test_nothing_frozen_has_a_fingerprint_too(pooled: keras.Model) -> None:
    assert len(fingerprint(None)) == 64 and fingerprint(None) != fingerprint(pooled)


@pytest.mark.parametrize("backbone", ["mobilenet_v3_small", "efficientnetv2_b0"])
def test_graphs_of_all_kinds_are_told_without_addresses(
    backbone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same graph built twice in a process is told in the same words."""
    if backbone in SHORT:
        shorten(backbone, monkeypatch)
    config = small(backbone=backbone, input_size=64, unfreeze=int(backbone not in SHORT))
    first, second = (build.build(config, 3, pretrained=False).front for _ in range(2))
    assert first is not None and second is not None
    assert json.dumps(structure(first), default=str) == json.dumps(structure(second), default=str)
