"""DistilBERT, RoBERTa and XLM-RoBERTa from a folder: counted alike, and KerasHub's own numbers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np
import pytest
import sentencepiece
import tensorflow as tf
from safetensors.numpy import save_file

from tests.fixtures.text_folders import BERT, DISTILBERT, PIECES, ROBERTA, XLM, tensors, write
from tests.fixtures.written_code import eager
from tlcore.backbones.catalogue import catalogue, local_folder
from tlcore.backbones.folders import local_folder_checks
from tlcore.backbones.texts import loader
from tlcore.commands.describe import texts as describe_texts
from tlcore.errors import BackboneError
from tlcore.graft.inputs.text_rows import encode

IDS = np.array([[0, 5, 6, 7, 8, 9, 10, 2], [0, 9, 8, 2, 1, 1, 1, 1]], np.int32)
PREFIXES = {"distilbert": "distilbert.", "roberta": "roberta."}  # XLM-RoBERTa's are bare


@pytest.mark.parametrize("base", [DISTILBERT, ROBERTA, XLM])
def test_it_gives_the_numbers_of_keras_hubs_own_loader(base: dict[str, Any], tmp_path: Path) -> None:
    prefix = PREFIXES.get(base["model_type"], "")
    folder = write(tmp_path / "tiny", base, prefix)
    # KerasHub's converter forgets RoBERTa's one segment.
    none = {local_folder_checks.SEGMENTS: np.zeros((1, 8), np.float32)} if base is ROBERTA else {}
    save_file(tensors(base, prefix, **none), folder / "model.safetensors")
    theirs = keras_hub.models.Backbone.from_preset(str(folder))
    states, mask = loader.load(f"folder:{folder}")(IDS)
    wanted = theirs({"token_ids": IDS, "padding_mask": np.asarray(mask)})
    np.testing.assert_allclose(states, wanted, atol=1e-6)
    save_file(tensors(base, **none), folder / "model.safetensors")  # as sentence encoders are published
    np.testing.assert_array_equal(loader.load(f"folder:{folder}")(IDS)[0], states)


def test_all_tokens_of_roberta_are_of_its_first_segment(tmp_path: Path) -> None:
    """Whether its numbers lie in a segment, or with each place, is the same."""
    folder = write(tmp_path / "tiny", ROBERTA)
    states, _ = loader.load(f"folder:{folder}")(IDS)
    made = tensors(ROBERTA)
    made["embeddings.position_embeddings.weight"] += made[local_folder_checks.SEGMENTS]
    made[local_folder_checks.SEGMENTS][:] = 0
    save_file(made, folder / "model.safetensors")
    np.testing.assert_allclose(loader.load(f"folder:{folder}")(IDS)[0], states, atol=1e-5)


@pytest.mark.parametrize("base", [DISTILBERT, ROBERTA])
def test_it_is_described_like_what_is_counted_in_the_graph(base: dict[str, Any], tmp_path: Path) -> None:
    id = f"folder:{write(tmp_path / 'tiny', base)}"
    entry = local_folder.published(id)
    network = loader.build(entry, entry.longest, loader.random_backbone(entry))
    assert catalogue.get(id).blocks == describe_texts.blocks(network, entry.longest)


def test_the_activation_of_a_bert_is_the_one_that_it_names_also_in_a_file(tmp_path: Path) -> None:
    asked, states = np.array([[2, 5, 6, 3]], np.int32), {}
    for act in ("gelu", "gelu_new"):
        backbone = loader.load(f"folder:{write(tmp_path / act, BERT | {'hidden_act': act})}")
        states[act] = np.asarray(backbone(asked)[0])
        backbone.save(tmp_path / "model.keras")
        again = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
        np.testing.assert_array_equal(again(asked)[0], states[act])
    apart = np.abs(states["gelu"] - states["gelu_new"]).max()
    assert 1e-5 < apart < 0.05


def test_pairs_of_pieces_become_one(tmp_path: Path) -> None:
    folder = write(tmp_path / "tiny", ROBERTA)
    with (
        eager()
    ):  # to trace KerasHub's pairs takes seconds: test_tokens_of_other_kinds_… in test_loader.py does
        ids = np.asarray(loader.tokenizer(f"folder:{folder}", 16)(tf.constant(["abc", "abd"])))
    assert [PIECES[number] for number in ids[0, :4]] == ["<s>", "abc", "</s>", "<pad>"]
    assert [PIECES[number] for number in ids[1, :4]] == ["<s>", "ab", "d", "</s>"]


def test_pieces_of_sentences_are_numbered_as_xlm_roberta_learned_them(tmp_path: Path) -> None:
    """One more than in the SentencePiece model, and 3 for what is unknown (Conneau et al., 2020)."""
    folder = write(tmp_path / "tiny", XLM)
    pieces = sentencepiece.SentencePieceProcessor(str(folder / "sentencepiece.bpe.model"))
    texts = ["ab abc", "c b", "zz a"]
    found = encode(texts, loader.tokenizer(f"folder:{folder}", 16))
    for text, ids in zip(texts, found, strict=True):
        wanted = [0, *(number + 1 if number else 3 for number in pieces.encode(text)), 2]
        assert ids.tolist() == wanted + [1] * (16 - len(wanted))


def test_the_parser_gets_no_other_bytes_than_were_checked(tmp_path: Path) -> None:
    """A file that changes, and keeps its size and time, is told from the one of before when it is parsed."""
    folder = write(tmp_path / "tiny", XLM)
    path = folder / "sentencepiece.bpe.model"
    assert local_folder.published(f"folder:{folder}")
    before, content = path.stat(), path.read_bytes()
    path.write_bytes(content.replace(b"bc", b"b\0"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(BackboneError, match="a piece with the letter 0"):
        loader.tokenizer(f"folder:{folder}", 16)


def test_what_was_built_ahead_is_not_used_once_the_folder_holds_other_weights(tmp_path: Path) -> None:
    folder = write(tmp_path / "tiny", BERT)
    ahead = loader.build_ahead(f"folder:{folder}")
    assert loader.load(f"folder:{folder}") is ahead
    loader.build_ahead(f"folder:{folder}")
    save_file(tensors(BERT, embeddings__LayerNorm__bias=np.ones(8, np.float32)), folder / "model.safetensors")
    os.utime(folder / "model.safetensors", ns=(0, 0))  # of the same size, and older
    assert np.abs(loader.load(f"folder:{folder}")(IDS)[0] - ahead(IDS)[0]).max() > 0.01
