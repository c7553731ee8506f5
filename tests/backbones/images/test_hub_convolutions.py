"""Convolutional networks of KerasHub, laid open, give its numbers, wherever cut, and load without it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import keras
import keras_hub
import msgspec
import numpy as np
import pytest

from tests.fixtures.short_convolutions import SHORT, SIZE, put_short
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.convolution_facts import ENTRIES, PublishedConvolutional
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.backbones.images import hub_convolutions, loader
from tlcore.errors import WeightsError
from tlcore.explain.heatmap import Heat
from tlcore.export.hand_on import keras_file
from tlcore.graft.network import cut
from tlcore.graft.network.dense.maps import feature_maps
from tlcore.graft.network.norm_folding import NormalisedConvolution, fold_frozen_norms

PICTURES = np.random.default_rng(0).integers(0, 256, (2, SIZE, SIZE, 3), dtype=np.uint8)
CLASSES = 1000  # that the networks learned


@pytest.mark.parametrize("backbone", SHORT)
def test_a_preset_gives_keras_hubs_numbers(
    backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path))
    entry, theirs = put_short(backbone, tmp_path, monkeypatch)
    ours = loader.load(backbone)
    converter = getattr(keras_hub.layers, f"{entry.kind}ImageConverter")(
        scale=entry.scale, offset=entry.offset
    )
    wanted = last_map(theirs(converter(PICTURES.astype(np.float32))))
    np.testing.assert_allclose(ours(PICTURES), wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())
    _saved_and_cut(ours, tmp_path / "model.keras", catalogue.get(backbone))
    if entry.kind == "HGNetV2":  # what widens in its last block is no addition behind it
        (*_, last) = feature_maps(ours, catalogue.get(backbone))
        assert last is ours.output
    if entry.kind == "MobileNet":  # the others are the same in this
        _folded(ours)
        _warms(ours)
        _others_are_refused(entry, ours, tmp_path)


def last_map(output: Any) -> np.ndarray:
    return np.asarray(output[hub_convolutions.LAST_STAGE] if isinstance(output, dict) else output)


def _saved_and_cut(network: keras.Model, file: Path, backbone: Backbone) -> None:
    """Loaded from a file that names no KerasHub, and cut at two depths, it answers the same."""
    wanted = network(PICTURES)
    network.save(file)
    assert b"keras_hub" not in zipfile.ZipFile(file).read("config.json")
    keras_file.check(file)  # its parts are those that a run from somebody else may have
    again = keras.models.load_model(file, safe_mode=True)
    np.testing.assert_array_equal(again(PICTURES), wanted)
    for block in (backbone.blocks[number] for number in (0, -2)):
        front, tail = cut.split(again, cut.boundary(again, block))
        np.testing.assert_array_equal(tail([front(PICTURES)]), wanted)


def _folded(network: keras.Model) -> None:
    """Every frozen batch norm goes into the convolution before it."""
    wanted = np.asarray(network(PICTURES))
    norms = [one for one in network.layers if isinstance(one, keras.layers.BatchNormalization)]
    for norm in norms:
        norm.trainable = False
    folded = fold_frozen_norms(network)
    assert len([one for one in folded.layers if isinstance(one, NormalisedConvolution)]) == len(norms)
    np.testing.assert_allclose(folded(PICTURES), wanted, rtol=1e-3, atol=1e-4 * np.abs(wanted).max())


def _warms(network: keras.Model) -> None:
    """Each place of the last map has its heat; it is looked at in double size."""
    features = keras.layers.GlobalAveragePooling2D()(network.output)
    heat = Heat(keras.Model(network.input, keras.layers.Dense(2, name="logits")(features)))
    assert heat(PICTURES[:1].repeat(2, axis=1).repeat(2, axis=2), 0).shape == (1, 4, 4)


def _others_are_refused(entry: PublishedConvolutional, network: keras.Model, weights: Path) -> None:
    """Presets of another network than the catalogue describes, or that do not tell their colours."""
    described = catalogue.get(entry.id)
    with pytest.raises(WeightsError, match="do not fit"):
        hub_convolutions.check(network, msgspec.structs.replace(described, params=described.params + 1))
    converter = keras_hub.layers.MobileNetImageConverter((SIZE, SIZE))
    converter.save_to_preset(str((weights / described.weights_file).parent))
    with pytest.raises(WeightsError, match="how it wants its colours"):
        loader.load(entry.id)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_numbers_are_the_published_ones(entry: PublishedConvolutional) -> None:
    """KerasHub's table has them of some networks as they are, of others with the layer that answers, and then
    as timm does without the means and variances of batch norms.
    """
    told = getattr(keras_hub.models, f"{entry.kind}Backbone").presets[entry.preset]
    assert told["kaggle_handle"] == f"kaggle://{entry.handle}"
    ours = catalogue.get(entry.id)
    answering = (ours.features + 1) * CLASSES
    statistics = (ours.params - sum(block.trainable for block in ours.blocks)) // 2
    as_timm = ours.params - statistics + answering
    published = {"EfficientNet": as_timm, "CSPNet": as_timm, "ResNet-vd": ours.params + answering}
    wanted = published.get(entry.family, published.get(entry.kind, ours.params))
    assert told["metadata"]["params"] == wanted


# By timm, which counts batch norms, too, and by PaddleClas as FLOPs, two for each.
GIGA_MACS = {"resnet50_a1": 4.1, "resnet50_vd": 4.3, "efficientnet_b0_ra4": 0.4, "hgnetv2_b5": 6.6}


@pytest.mark.parametrize("backbone", GIGA_MACS)
def test_work_is_the_published_one(backbone: str) -> None:
    assert catalogue.get(backbone).macs / 1e9 == pytest.approx(GIGA_MACS[backbone], abs=0.07)
