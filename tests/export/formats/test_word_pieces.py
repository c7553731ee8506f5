"""WordPiece without TensorFlow: the ids of KerasHub's layer, for texts that break careless code too."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import keras_hub
import numpy as np
import pytest
import tensorflow as tf

from tests.fixtures.tiny_texts import NASTY
from tlcore.backbones.texts.loader import Tokens
from tlcore.export.formats.word_pieces import Tokenizer, WordPieces, as_input

LENGTH = 40
# Letters of all scripts, forty in a text.
LETTERS = [chr(code) for code in range(0x300, 0x3000) if unicodedata.category(chr(code)) != "Cn"]
TEXTS = [*NASTY.values(), *(" ".join(LETTERS[at : at + 40]) for at in range(0, len(LETTERS), 40))]


@pytest.mark.parametrize("folds", [True, False])
def test_ids_are_those_of_kerashub(fetched: Path, folds: bool) -> None:
    words = (fetched / "all-minilm-l6-v2" / "vocab.txt").read_text(encoding="utf-8").splitlines()
    layer = keras_hub.models.BertTokenizer(
        vocabulary=words, sequence_length=LENGTH - 2, lowercase=folds, strip_accents=folds
    )
    expected = np.asarray(Tokens(layer, LENGTH)(tf.constant(TEXTS)))
    numbers = {"start": 101, "end": 102, "padding": 0, "unknown": 100, "length": LENGTH}
    pieces = WordPieces(vocabulary=tuple(words), folds_case=folds, drops_accents=folds, **numbers)
    tokenizer = Tokenizer(pieces)
    for text, ids in zip(TEXTS, expected, strict=True):
        assert tokenizer.padded(text).tolist() == ids.tolist(), text[:80]


def test_the_description_names_the_file_of_the_vocabulary_or_holds_it() -> None:
    numbers = {"start": 1, "end": 2, "padding": 0, "unknown": 3, "length": LENGTH}
    pieces = WordPieces(vocabulary=("a", "##b"), folds_case=True, drops_accents=True, **numbers)
    beside, inside = as_input(pieces, [None, LENGTH], "a-vocabulary.txt"), as_input(pieces, [None, None])
    assert beside["vocabulary"] == "a-vocabulary.txt" and inside["vocabulary"] == ("a", "##b")
    assert beside["shape"] == [None, LENGTH] and beside["start"] == 1
