"""Models of texts in formats without strings: from ids they answer as the whole model does from texts."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.fixtures.tiny_texts import NASTY
from tests.fixtures.tiny_training import small
from tlcore.data.importing.text_collector import clean
from tlcore.errors import RunError
from tlcore.export import writers
from tlcore.export.formats.formats import FORMATS
from tlcore.export.formats.word_pieces import WORD_PIECES, Tokenizer
from tlcore.export.runtimes import open_model
from tlcore.graft.network import build_text

TEXTS = [clean(text) for text in NASTY.values()]


@pytest.fixture(scope="module")
def whole(short_minilm: str) -> keras.Model:
    config = small(backbone=short_minilm, input_size=None)
    return build_text.build(config, 3, 16).model


def test_a_file_that_takes_ids_answers_the_same_beside_its_tokenizer(
    whole: keras.Model, tmp_path: Path
) -> None:
    writers.write(whole, FORMATS["litert"], tmp_path / "model.tflite", lambda: [])
    tokenizer = Tokenizer(WORD_PIECES.read(tmp_path / "tokenizer.json"))
    model = open_model("litert", tmp_path / "model.tflite")
    found = np.concatenate([model(tokenizer.padded(text)[None]) for text in TEXTS])
    expected = tf.function(whole, autograph=False)(tf.constant(TEXTS), training=False)
    np.testing.assert_allclose(found, np.asarray(expected), atol=1e-5)


def test_a_tokenizer_that_cannot_go_along_is_said(tmp_path: Path) -> None:
    text = keras.Input((), dtype="string")
    other = keras.Model(text, keras.layers.Hashing(8)(text))
    with pytest.raises(RunError, match="tokenizer of this model"):
        writers.write(other, FORMATS["onnx"], tmp_path / "model.onnx", lambda: [])
