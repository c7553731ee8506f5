from __future__ import annotations

import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.fixtures.tiny_training import small
from tlcore.backbones.catalogue import catalogue
from tlcore.config.training import TrainingConfig
from tlcore.graft.engines import device
from tlcore.graft.network import build
from tlcore.graft.training.optimizer import build_optimizer, rate_shares

BLOCKS = catalogue.get("efficientnet_lite0").blocks


@pytest.fixture(autouse=True)
def short_lite0() -> None:
    """Not in this file: each block of the whole network has its share."""


@pytest.mark.parametrize("unfreeze", [1, 3, "all"])
def test_each_block_on_the_way_to_the_head_is_one_factor(unfreeze: int | str) -> None:
    device.set_up_device()
    tail = build.build(small(unfreeze=unfreeze, input_size=32), 3, pretrained=False).tail
    shares = rate_shares(tail, BLOCKS, 0.5)
    found: dict[str, set[float]] = {}
    for variable, share in zip(tail.trainable_variables, shares, strict=True):
        found.setdefault(re.split("[_/]", variable.path)[0], set()).add(share)
    assert found.pop("head") == found.pop("logits") == {1.0}
    assert found.pop("top") == {0.5}  # it belongs to the last block
    trained = BLOCKS if unfreeze == "all" else BLOCKS[-int(unfreeze) :]
    expected = {block.name: {0.5 ** (i + 1)} for i, block in enumerate(reversed(trained))}
    assert found == expected


def test_without_decay_all_take_the_same_steps() -> None:
    tail = build.build(small(unfreeze=2, input_size=32), 3, pretrained=False).tail
    assert set(rate_shares(tail, BLOCKS, 1.0)) == {1.0}


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_adam_in_one_pass_is_adam(decay: float) -> None:
    usual = keras.optimizers.Adam(1e-2, weight_decay=decay or None, epsilon=1e-3)
    fused = build_optimizer(TrainingConfig(weight_decay=decay), 1e-2, "fine-tuning")
    start, found = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32), []
    for optimizer in (usual, fused):
        variable = keras.Variable(start)
        for step in range(4):
            gradient = np.random.default_rng(step).normal(size=start.shape).astype(np.float32)
            optimizer.apply([tf.constant(gradient)], [variable])
        found.append(np.asarray(variable))
    assert np.abs(found[0] - start).min() > 1e-3
    np.testing.assert_allclose(found[1], found[0], rtol=1e-5)
