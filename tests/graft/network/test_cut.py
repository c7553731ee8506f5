"""Cutting: the parts together are the whole, and the committed blocks are those of the graphs."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.images import loader
from tlcore.commands.describe import images
from tlcore.errors import BackboneError
from tlcore.graft.network import cut


@pytest.fixture(autouse=True)
def short_lite0() -> None:
    """Not in this file: the catalogue describes the whole network."""


def _residual() -> keras.Model:
    """A small network with a shortcut made of a bare operation, as in ConvNeXt."""
    picture = keras.Input((8, 8, 3), name="picture")
    x = layers.Conv2D(4, 3, padding="same", name="first")(picture)
    y = layers.Conv2D(4, 3, padding="same", name="second")(x)
    x = layers.ReLU(name="sum_relu")(x + y)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(picture, layers.Dense(2, name="logits")(x))


def _names(tensors: list[keras.KerasTensor]) -> list[str]:
    return [tensor._keras_history.operation.name for tensor in tensors]


def test_single_cuts_leave_out_what_a_shortcut_passes() -> None:
    model = _residual()
    names = _names(cut.single_cuts(model))
    assert names[:2] == ["picture", "first"]
    assert names[2].startswith("add")
    assert names[3:] == ["sum_relu", "pool", "logits"]


def test_front_and_tail_are_the_whole_at_every_cut() -> None:
    model = _residual()
    pictures = np.random.default_rng(0).normal(size=(3, 8, 8, 3)).astype("float32")
    wanted = model(pictures)
    for tensor in cut.single_cuts(model)[1:-1]:
        front, tail = cut.split(model, (tensor,))
        np.testing.assert_allclose(tail([front(pictures)]), wanted, atol=1e-6)


def test_a_cut_may_be_several_tensors() -> None:
    model = _residual()
    pair = (cut.output_of(model, "first"), cut.output_of(model, "second"))
    front, tail = cut.split(model, pair)
    pictures = np.ones((2, 8, 8, 3), "float32")
    np.testing.assert_allclose(tail(front(pictures)), model(pictures), atol=1e-6)


def test_the_head_begins_behind_the_pooling() -> None:
    model = _residual()
    entering = cut.head_input(model)
    assert entering.shape == (None, 4) and _names([entering]) == ["pool"]
    _, tail = cut.split(model, (cut.output_of(model, "pool"),))
    assert cut.head_input(tail) is tail.inputs[0]
    with pytest.raises(BackboneError, match="no head"):
        cut.head_input(cut.split(model, (cut.output_of(model, "pool"),))[0])


def test_what_the_tail_learns_is_in_the_whole() -> None:
    model = _residual()
    _, tail = cut.split(model, (cut.output_of(model, "pool"),))
    tail.get_layer("logits").kernel.assign(np.zeros((4, 2)))
    assert not np.any(model.get_layer("logits").kernel.numpy())


def test_cutting_again_still_finds_the_models_own_tensors() -> None:
    """Splitting calls layers anew; the walk must follow this model's calls and not those of a part."""
    model = _residual()
    before = _names(cut.single_cuts(model))
    cut.split(model, (cut.output_of(model, "first"),))
    assert _names(cut.single_cuts(model)) == before
    cut.split(model, (cut.output_of(model, "sum_relu"),))


def test_two_inputs_are_no_single_cut() -> None:
    left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
    model = keras.Model([left, right], layers.Dense(1, name="end")(layers.Add(name="both")([left, right])))
    assert _names(cut.single_cuts(model)) == ["both", "end"]


def test_an_unknown_operation_is_refused() -> None:
    with pytest.raises(BackboneError, match="no such operation"):
        cut.output_of(_residual(), "nowhere")


# One for each way in which operations are named.
CHECKED = (
    "efficientnet_lite0",
    "mobilenet_v2",
    "mobilenet",
    "mobilenet_v2_keras",
    "mobilenet_v3_small",
    "efficientnetv2_b0",
    "resnet50",
    "convnext_tiny",
    "densenet121",
    "inception_v3",
    "xception",
    "deit_tiny_distilled_patch16_224",
    "swin_tiny_patch4_window7_224",
    "resnet18_a1",
)


@pytest.mark.parametrize("backbone_id", CHECKED)
def test_the_committed_blocks_are_those_of_the_graph(backbone_id: str) -> None:
    backbone = catalogue.get(backbone_id)
    model = loader.load(backbone_id, weights=None)
    assert images.blocks(model, backbone.family) == backbone.blocks
    assert model.count_params() == backbone.params
    cuts = set(_names(cut.single_cuts(model)))
    assert all(block.output in cuts for block in backbone.blocks)
    assert cut.boundary(model, backbone.blocks[-1])[0] is model.outputs[0]


def test_cutting_a_backbone_between_blocks_changes_no_answer() -> None:
    backbone = catalogue.get("convnext_tiny")
    model = loader.load(backbone.id, 32, weights=None)
    pictures = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    front, tail = cut.split(model, cut.boundary(model, backbone.blocks[17]))
    np.testing.assert_allclose(tail([front(pictures)]), model(pictures), rtol=1e-4, atol=1e-5)
    trained = sum(int(np.prod(weight.shape)) for weight in tail.trainable_weights)
    assert trained == sum(block.trainable for block in backbone.blocks[18:])
