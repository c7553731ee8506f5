"""Presets of keras-hub for texts in a folder give what KerasHub loads from them: tokens, and numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras_hub
import numpy as np
import pytest
import tensorflow as tf

from tests.fixtures import text_folders
from tests.fixtures.text_folders import BERT, PIECES, SENTENCES, WORDS, sentence_model
from tests.fixtures.text_presets import SIZES
from tlcore.backbones.catalogue import local_folder
from tlcore.backbones.texts import loader
from tlcore.graft.inputs.text_rows import encode

TEXTS = ["", "ab abc", "C b a", "a b c d e f g " * 4]
MODELS: Any = keras_hub.models


def _tokenizer(kind: str) -> Any:
    if kind == "Roberta":
        numbers = {piece: number for number, piece in enumerate(PIECES)}
        return MODELS.RobertaTokenizer(numbers, ["a b", "ab c"])
    if kind == "XLMRoberta":
        return MODELS.XLMRobertaTokenizer(sentence_model(SENTENCES))
    return getattr(MODELS, f"{kind}Tokenizer")(WORDS, lowercase=kind == "Bert")


@pytest.mark.parametrize(
    ("kind", "tokens"),
    [("Bert", "XLMRoberta"), *((kind, kind) for kind in ("Bert", "DistilBert", "Roberta", "XLMRoberta"))],
)
def test_it_gives_the_tokens_and_numbers_of_what_keras_hub_loads_from_it(
    kind: str, tokens: str, tmp_path: Path
) -> None:
    folder, saved = str(tmp_path / "own"), _tokenizer(tokens)
    network = getattr(MODELS, f"{kind}Backbone")(**SIZES, vocabulary_size=saved.vocabulary_size())
    draw = np.random.default_rng(0)
    for weight in network.weights:
        weight.assign(weight + draw.normal(scale=0.3, size=weight.shape))
    network.save_to_preset(folder)
    saved.save_to_preset(folder)

    theirs = MODELS.Tokenizer.from_preset(folder)
    if kind == "Roberta":  # to trace its pairs takes seconds: those of a folder have a test of their own
        arguments = local_folder.tokenizer_arguments(local_folder.published(f"folder:{folder}"))
        ours = MODELS.RobertaTokenizer(**arguments)
        assert (ours.vocabulary, ours.merges) == (theirs.vocabulary, theirs.merges)
        ids = np.array([[0, 5, 6, 260, 2, 1, 1, 1], [0, 2, 1, 1, 1, 1, 1, 1]], np.int32)
    else:
        packer = keras_hub.layers.MultiSegmentPacker
        pack = packer(16, theirs.start_token_id, theirs.end_token_id, pad_value=theirs.pad_token_id)
        wanted = tf.function(lambda texts: pack(theirs(texts))[0], autograph=False)(tf.constant(TEXTS))
        ids = encode(TEXTS, loader.tokenizer(f"folder:{folder}", 16))
        np.testing.assert_array_equal(ids, wanted)

    states, mask = loader.load(f"folder:{folder}")(ids)
    asked = {"token_ids": ids, "padding_mask": np.asarray(mask), "segment_ids": np.zeros_like(ids)}
    loaded = MODELS.Backbone.from_preset(folder)
    answer = loaded({name: asked[name] for name in loaded.input})
    numbers = answer["sequence_output"] if isinstance(answer, dict) else answer
    np.testing.assert_allclose(states, numbers, atol=2e-5)
    assert (np.asarray(mask) == (ids != theirs.pad_token_id)).all()


def test_a_bert_of_hugging_face_may_have_the_pieces_of_xlm_roberta(tmp_path: Path) -> None:
    """Multilingual E5 small: it is filled up with that tokenizer's token, and names BERT's."""
    size = len(SENTENCES) + 2 + 35
    config = BERT | {"vocab_size": size, "tokenizer_class": "XLMRobertaTokenizer", "pad_token_id": 0}
    folder = text_folders.write(tmp_path / "tiny", config)
    (folder / "vocab.txt").unlink()
    (folder / "sentencepiece.bpe.model").write_bytes(sentence_model(SENTENCES))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "XLMRobertaTokenizer"}))
    entry = local_folder.published(f"folder:{folder}")
    assert (entry.kind, entry.tokenizer, entry.pad, entry.has_exact_gelu) == ("Bert", "XLMRoberta", 1, True)
    ids = encode(["ab abc", "c b"], loader.tokenizer(entry.id, 16))
    states, mask = loader.load(entry.id)(ids)
    length = int(np.asarray(mask)[1].sum())
    assert 3 < length < 8  # the rest is filling, which no token sees
    alone, _ = loader.load(entry.id)(ids[1:, :length])
    np.testing.assert_allclose(states[1:, :length], alone, atol=1e-5)
