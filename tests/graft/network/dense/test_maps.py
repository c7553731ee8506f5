"""The maps of a backbone, and cuts through several of them."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.images import loader
from tlcore.config import RunConfig
from tlcore.errors import BackboneError, ConfigError
from tlcore.graft.network import cut
from tlcore.graft.network.dense import build, maps
from tlcore.graft.network.dense.detector import add_detections, add_detector

SIZE = 64


@pytest.mark.parametrize("backbone", ["efficientnet_lite0", "mobilenet_v3_small"])
def test_front_and_tail_of_every_cut_are_the_whole(backbone: str) -> None:
    entry = catalogue.get(backbone)
    network = loader.load(backbone, SIZE, None)
    found = maps.feature_maps(network, entry)
    assert [tensor.shape[1:3] for tensor in found] == [(8, 8), (4, 4), (2, 2)]
    assert found[-1].shape[-1] < network.output.shape[-1]  # not what was widened for pooling
    pictures = np.random.default_rng(0).integers(0, 256, (2, SIZE, SIZE, 3), np.uint8)
    raw = add_detector(found, 8, 0.0, 2)
    expected = np.asarray(keras.Model(network.input, raw)(pictures, training=False))
    own = {layer.name for layer in network.layers}
    for unfreeze in (0, 1, 5, len(entry.blocks) - 1):
        first = catalogue.trainable_from(entry, unfreeze)
        tensors = maps.boundary(network, entry, found, first)
        assert len({id(tensor) for tensor in tensors}) == len(tensors)
        front = keras.Model(network.input, tensors)
        tail = keras.Model(tensors, raw)
        answers = tail(keras.tree.flatten(front(pictures, training=False)), training=False)
        np.testing.assert_allclose(np.asarray(answers), expected, rtol=1e-6, atol=1e-5)
        assert any(layer.weights and layer.name in own for layer in tail.layers) == (unfreeze > 0)


def test_a_network_is_built_with_a_cut_for_each_phase() -> None:
    config = RunConfig(unfreeze=2, task="detection", input_size=SIZE, pretrained=True)
    graft = build.build(config, 3, SIZE, add_detector, add_detections, pretrained=False)
    assert [model.phase for model in graft.phase_models] == ["head", "fine-tuning"]
    pictures = np.random.default_rng(0).integers(0, 256, (2, SIZE, SIZE, 3), np.uint8)
    raw = keras.Model(graft.model.input, graft.model.get_layer("raw").output)(pictures, training=False)
    for model in graft.phase_models:
        assert model.front is not None
        again = model.tail(keras.tree.flatten(model.front(pictures, training=False)), training=False)
        np.testing.assert_allclose(np.asarray(again), np.asarray(raw), rtol=1e-6, atol=1e-5)
    learning = [len(model.tail.trainable_variables) for model in graft.phase_models]
    assert 0 < learning[0] < learning[1]


def test_from_random_weights_nothing_is_cut_off() -> None:
    config = RunConfig(unfreeze="all", task="detection", input_size=SIZE, pretrained=False)
    graft = build.build(config, 3, SIZE, add_detector, add_detections)
    (model,) = graft.phase_models
    assert model.front is None and model.tail.input_shape == (None, SIZE, SIZE, 3)


def test_what_cannot_be_built() -> None:
    with pytest.raises(ConfigError, match="multiple of 32") as odd:
        build.build(RunConfig(), 3, 100, add_detector, add_detections, pretrained=False)
    assert "96" in odd.value.remedy
    entry = catalogue.get("xception")
    with pytest.raises(BackboneError, match="no maps of 8, 16 and 32"):
        maps.feature_maps(keras.Sequential(), entry)
    assert not catalogue.serves(entry, "detection")


def test_a_cut_is_through_maps_that_lie_before_it() -> None:
    entry = catalogue.get("efficientnet_lite0")
    network = loader.load("efficientnet_lite0", SIZE, None)
    found = maps.feature_maps(network, entry)
    ends = catalogue.map_blocks(entry)
    assert ends is not None
    assert maps.boundary(network, entry, found, len(entry.blocks)) == found
    first = ends[16] + 2
    here = cut.output_of(network, entry.blocks[first - 1].output)
    assert [id(t) for t in maps.boundary(network, entry, found, first)] == [
        *(id(t) for t in found[:2]),
        id(here),
    ]
    assert [id(t) for t in maps.boundary(network, entry, found, ends[16] + 1)] == [id(t) for t in found[:2]]
