"""Swin transformers of plain layers give KerasHub's numbers, wherever they are cut, and load without it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import keras
import keras_hub
import msgspec
import numpy as np
import pytest

from tests.fixtures.hub_presets import SHORT_SWIN, put_transformer
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.swin_facts import ENTRIES
from tlcore.backbones.images import hub_weights, swin_transformer
from tlcore.errors import WeightsError
from tlcore.graft.engines import litert
from tlcore.graft.network import cut

GIGA_MACS = (4.5, 8.7, 15.4, 47.1, 34.5, 103.9)  # published in the same table as the accuracies
# Its last stage has windows as large as the map: a second block would be like the first.
SWIN = msgspec.structs.replace(SHORT_SWIN, depths=(2, 1))
PICTURES = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)


def test_the_map_is_that_of_keras_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path))
    folder = (tmp_path / catalogue.get(SWIN.id).weights_file).parent
    theirs, ours = put_transformer(SWIN, folder), swin_transformer.build(SWIN, 16)
    hub_weights.load(ours, SWIN, 16, None)
    converter = keras_hub.layers.SwinTransformerImageConverter(scale=SWIN.scale, offset=SWIN.offset)
    wanted = np.asarray(theirs(converter(PICTURES.astype(np.float32))))
    found = np.asarray(ours(PICTURES))
    np.testing.assert_allclose(found.reshape(wanted.shape), wanted, atol=2e-5)
    _saved_and_cut(ours, tmp_path / "model.keras")
    other = folder / "image_converter.json"
    other.write_text(other.read_text().replace("-2.1", "-1.1"))
    with pytest.raises(WeightsError, match="wants its colours otherwise"):
        hub_weights.load(ours, SWIN, 16, None)


def _saved_and_cut(network: keras.Model, file: Path) -> None:
    """Loaded from a file that names no KerasHub, and cut within and between stages, it answers the same."""
    wanted = network(PICTURES)
    network.save(file)
    assert b"keras_hub" not in zipfile.ZipFile(file).read("config.json")
    again = keras.models.load_model(file, safe_mode=True)
    np.testing.assert_array_equal(again(PICTURES), wanted)
    for end in ("layer1_add2", "layer2_add2"):
        front, tail = cut.split(again, (cut.output_of(again, end),))
        np.testing.assert_array_equal(tail([front(PICTURES)]), wanted)


def test_numbers_and_work_are_the_published_ones() -> None:
    for entry, work in zip(ENTRIES, GIGA_MACS, strict=True):
        told = keras_hub.models.SwinTransformerBackbone.presets[entry.preset]
        assert told["kaggle_handle"] == f"kaggle://{entry.handle}"
        ours = catalogue.get(entry.id)
        assert ours.params == told["metadata"]["params"]
        assert ours.macs / 1e9 == pytest.approx(work, abs=0.05)
        assert len(ours.blocks) == 1 + sum(entry.depths)  # each layer can be cut


def test_the_engine_for_frozen_parts_takes_it(tmp_path: Path) -> None:
    network = swin_transformer.build(SWIN, 16)
    litert.convert(network, tmp_path / "swin.tflite")
    (found,) = litert.LiteRTEngine(tmp_path / "swin.tflite").run(PICTURES)
    np.testing.assert_allclose(found, network(PICTURES), atol=1e-4)
