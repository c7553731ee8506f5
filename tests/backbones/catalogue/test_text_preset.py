"""Presets of keras-hub for texts in folders: taken as they are, or refused in one sentence before anything is
built."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.backbones.folders.test_local_folder_checks import linked
from tests.fixtures.preset_folders import hub, write_weights
from tests.fixtures.refusals import is_refused_at_once
from tests.fixtures.text_folders import PIECES, SENTENCES, WORDS, message, sentence_model
from tests.fixtures.text_presets import LAYER, SIZES, VOCABULARIES, arrays, config, tokenizer, write
from tlcore.backbones.catalogue import catalogue, local_folder
from tlcore.backbones.weights import weights
from tlcore.errors import BackboneError
from tlcore.export.formats.formats import has_word_pieces

Change = Callable[[Path], object]
BERT, DISTILBERT, ROBERTA, XLM = VOCABULARIES
QUERY = f"{LAYER.replace('/', '__')}___self_attention_layer__query_dense__vars__0"


def sized(kind: str = BERT, **changes: Any) -> Change:
    return lambda folder: (folder / "config.json").write_text(config(kind, **changes))


def told(name: str, **changes: Any) -> Change:
    return lambda folder: (folder / "config.json").write_text(hub(name, SIZES, **changes))


def tokens(kind: str = BERT, **changes: Any) -> Change:
    return lambda folder: (folder / "tokenizer.json").write_text(tokenizer(kind, **changes))


def asset(name: str, content: bytes) -> Change:
    return lambda folder: (folder / "assets" / "tokenizer" / name).write_bytes(content)


def words(*some: str) -> Change:
    return asset("vocabulary.txt", "\n".join(some).encode())


def pieces(*some: str) -> Change:
    return asset("vocabulary.json", json.dumps({one: number for number, one in enumerate(some)}).encode())


def without(name: str) -> Change:
    return lambda folder: (folder / name).unlink()


def weighted(kind: str, **changes: np.ndarray | None) -> Change:
    return lambda folder: write_weights(folder / "model.weights.h5", arrays(kind, **changes))


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        (BERT, sized(hidden_dim=16_384), "12 × 16,384, and in model.weights.h5 it has 12 × 8"),
        (BERT, sized(hidden_dim=10**9), "config.json cannot be used"),
        (BERT, sized(hidden_dim={"class_name": "Lambda"}), "config.json cannot be used"),
        (BERT, sized(vocabulary_size=-1), "config.json cannot be used"),
        (BERT, sized(vocabulary_size=None), "config.json cannot be used"),
        (BERT, sized(vocabulary_size=13), "13 × 8, and in model.weights.h5 it has 12 × 8"),
        (BERT, sized(num_layers=10**9), "config.json cannot be used"),
        (BERT, sized(num_layers=3), f"asks for {LAYER}_2/"),
        (BERT, sized(num_layers=1), "more layers than the 1 of"),
        (BERT, sized(num_heads=4), "8 × 4 × 2, and in model.weights.h5 it has 8 × 2 × 4"),
        (BERT, sized(num_heads=3), "a width of 8 among 3 heads"),
        (BERT, sized(intermediate_dim=32), "8 × 32, and in model.weights.h5 it has 8 × 16"),
        (BERT, sized(max_sequence_length=512), "512 × 8, and in model.weights.h5 it has 16 × 8"),
        (BERT, sized(max_sequence_length=1_025), "places for 1,025 tokens"),
        (BERT, sized(num_segments=3), "type_vocab_size 3"),
        (ROBERTA, sized(ROBERTA, max_sequence_length=15), "places for 15 tokens, and 16 to 1,024"),
        (ROBERTA, sized(ROBERTA, max_sequence_length=10**400), "config.json cannot be used"),
        (ROBERTA, sized(ROBERTA, max_sequence_length=[16]), "config.json cannot be used"),
        (XLM, sized(XLM, max_sequence_length=8_192), "config.json cannot be used"),
        (BERT, told("EvilBackbone"), "are read from a folder"),
        (BERT, told("BertBackbone", registered_name="builtins>eval"), "asks for builtins>eval, which is unk"),
        (BERT, told("BertBackbone", config=[]), "config.json cannot be used"),
        (BERT, told("DistilBertBackbone"), "config.json cannot be used"),
        (BERT, sized(DISTILBERT), "asks for layers/token_and_position_embedding/token_embedding/vars/0"),
        (BERT, lambda folder: (folder / "config.json").write_text('{"a":' * 50_000), "cannot be used"),
        (BERT, tokens(DISTILBERT), "tokenizer.json asks for DistilBertTokenizer"),
        (XLM, tokens(ROBERTA), "tokenizer.json asks for RobertaTokenizer"),
        (BERT, tokens(lowercase="yes"), "tokenizer.json cannot be used"),
        (BERT, tokens(split=False), "has: split False"),
        (BERT, tokens(oov_token="[PAD]"), "has: oov_token [PAD]"),
        (BERT, tokens(suffix_indicator=""), "has: suffix_indicator"),
        (BERT, tokens(special_tokens=["a"] * 50), "has: special_tokens ['a', 'a', "),
        (BERT, tokens(special_tokens_in_strings=True), "has: special_tokens_in_strings True"),
        (ROBERTA, tokens(ROBERTA, add_prefix_space=True), "has: add_prefix_space True"),
        (ROBERTA, tokens(ROBERTA, unsplittable_tokens=["<s>", "ab"]), "has: unsplittable_tokens"),
        (XLM, tokens(XLM, add_bos=True), "has: add_bos True"),
        (BERT, lambda folder: (folder / "tokenizer.json").write_text("[]"), "tokenizer.json cannot be used"),
        (BERT, lambda folder: (folder / "tokenizer.json").write_text(" " * 2_000_000), "json is too large"),
        (BERT, lambda folder: (folder / "tokenizer.json").write_text(hub("os", {})), "asks for os, and"),
        (BERT, without("tokenizer.json"), "tokenizer.json is missing"),
        (BERT, without("assets/tokenizer/vocabulary.txt"), "tokenizer/vocabulary.txt is missing"),
        (BERT, linked("assets/tokenizer/vocabulary.txt", "/dev/zero"), "tokenizer/vocabulary.txt is missing"),
        (BERT, words(*WORDS[:-1]), "asks for 12 words, and vocabulary.txt has 11"),
        (BERT, words(*WORDS[:-1], "a"), "“a” 2 times"),
        (BERT, words(*reversed(WORDS)), "[PAD] in another place"),
        (BERT, asset("vocabulary.txt", b"\xff\n" * 12), "not text in UTF-8"),
        (DISTILBERT, asset("vocabulary.txt", b"a" * 60_000_000), "vocabulary.txt is too large"),
        (ROBERTA, pieces(*PIECES[:-1]), "pieces of words, and vocabulary.json has 262"),
        (ROBERTA, pieces("<pad>", "<s>", *PIECES[2:]), "<s> in another place than 0"),
        (ROBERTA, asset("merges.txt", b"a b\na d\n"), "Line 2 of merges.txt is no pair"),
        (ROBERTA, without("assets/tokenizer/merges.txt"), "tokenizer/merges.txt is missing"),
        (XLM, asset("vocabulary.spm", b"\x80\x04K\x01."), "vocabulary.spm is no SentencePiece model"),
        (XLM, asset("vocabulary.spm", sentence_model(SENTENCES | {"d": 1})), "asks for 11 pieces, and voca"),
        (XLM, asset("vocabulary.spm", sentence_model(SENTENCES, message(2, b"ab"))), "than it says"),
        (BERT, without("model.weights.h5"), "model.weights.h5 is missing"),
        (BERT, lambda folder: os.truncate(folder / "model.weights.h5", 20_000), "it claims"),
        (BERT, weighted(BERT, **{QUERY: None}), "query_dense/vars/0, which model.weights.h5 does not hold"),
        (BERT, weighted(BERT, **{QUERY: np.zeros((8, 8), np.float32)}), "and in model.weights.h5 it has 8"),
        (BERT, weighted(BERT, **{QUERY: np.zeros((8, 2, 4), np.int8)}), "not of floating-point numbers"),
    ],
)
def test_what_does_not_belong_together_is_refused_at_once(
    kind: str, change: Change, said: str, tmp_path: Path
) -> None:
    folder = write(tmp_path / "tiny", kind)
    change(folder)
    is_refused_at_once(folder, said, longest=500)


@pytest.mark.parametrize("kind", VOCABULARIES)
def test_what_belongs_together_is_taken(kind: str, tmp_path: Path) -> None:
    entry = catalogue.get(f"folder:{write(tmp_path / 'my preset', kind)}")
    assert (entry.task, entry.name, entry.features, entry.input_size) == ("texts", "my preset", 8, 16)
    assert (len(entry.blocks), entry.pooling, entry.works_offline) == (3, "mean", True)
    assert weights.is_ready(entry) and has_word_pieces(entry.id) == (kind in (BERT, DISTILBERT))
    older = json.loads(config(kind)) | {"registered_name": f"keras_nlp>{kind}Backbone"}
    (tmp_path / "my preset" / "config.json").write_text(json.dumps(older))
    assert catalogue.get(entry.id) == entry


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "tiny", BERT)
    weighted(BERT, layers__dense__vars__1=np.full(8, np.nan, np.float32))(folder)
    with pytest.raises(BackboneError, match=r"layers/dense/vars/1 holds weights that are not finite"):
        local_folder.check_numbers(folder)


def test_a_bert_may_have_the_pieces_of_xlm_roberta_and_rows_for_more(tmp_path: Path) -> None:
    """As multilingual E5 small has."""
    folder, rows = write(tmp_path / "tiny", BERT), len(SENTENCES) + 2 + 35
    without("assets/tokenizer/vocabulary.txt")(folder)
    asset("vocabulary.spm", sentence_model(SENTENCES))(folder)
    tokens(XLM)(folder)
    sized(vocabulary_size=rows)(folder)
    weighted(BERT, layers__reversible_embedding__vars__0=np.zeros((rows, 8), np.float32))(folder)
    entry = local_folder.published(f"folder:{folder}")
    assert (entry.kind, entry.tokenizer, entry.pad, has_word_pieces(entry.id)) == (BERT, XLM, 1, False)
    sized(vocabulary_size=rows + 256)(folder)
    weighted(BERT, layers__reversible_embedding__vars__0=np.zeros((rows + 256, 8), np.float32))(folder)
    with pytest.raises(BackboneError, match=r"asks for 302 pieces, and vocabulary.spm has 9"):
        catalogue.get(f"folder:{folder}")
