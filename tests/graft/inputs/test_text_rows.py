"""Texts as rows of token ids: batches by length, keys by content, a length that fits the data."""

from __future__ import annotations

import functools
import hashlib
from collections import deque
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.tiny_texts import NASTY
from tests.fixtures.tiny_training import small
from tests.graft.conftest import compiled
from tlcore.backbones.texts import loader
from tlcore.graft.cache import features
from tlcore.graft.inputs import text_rows
from tlcore.graft.inputs.text_rows import TextRows, choose_length, count_tokens, encode
from tlcore.graft.network import build_text
from tlcore.workspace import Workspace

LENGTH = 40
WORDS = [" ".join(["word"] * (n % 45)) + f" {n}" for n in range(70)]


@pytest.fixture(scope="module")
def source(short_minilm: str) -> TextRows:
    return TextRows([*NASTY.values(), *WORDS], loader.tokenizer(short_minilm, LENGTH))


def test_a_row_is_a_text(source: TextRows) -> None:
    rows = np.array([3, 0, 3])
    assert source.total == len(NASTY) + len(WORDS) and source.size == LENGTH
    assert source(rows).shape == (3, LENGTH) and source(rows).dtype == np.int32
    assert (source(rows) == encode([source.texts[row] for row in rows], source.tokens)).all()
    assert (source.decode(3) == source(rows)[0]).all() and source.row_bytes == source(rows)[0].nbytes
    assert source.model_inputs(rows).tolist() == [source.texts[row] for row in rows]


def test_a_key_names_the_ids_and_not_how_they_came_about(source: TextRows, short_minilm: str) -> None:
    keys = source.keys(np.array([1, 0]))
    assert keys.tolist() == [hashlib.sha256(source.decode(row).tobytes()).digest() for row in (1, 0)]
    assert source.description != TextRows([], loader.tokenizer(short_minilm, 24)).description


def test_a_shorter_tokenizer_shares_the_trace_of_a_longer_one(
    source: TextRows, short_minilm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "_tokenizers", deque(maxlen=3))  # other tests' tokenizers may be longer too
    longer, shorter = loader.tokenizer(short_minilm, LENGTH), loader.tokenizer(short_minilm, 16)
    assert shorter._compiled is longer._compiled is not source.tokens._compiled
    alone = loader.Tokens(shorter.layer, 16)
    assert (shorter.encode(source.texts) == alone.encode(source.texts)).all()


def test_batches_are_of_similar_length_and_lose_nothing(source: TextRows) -> None:
    rows = np.random.default_rng(0).permutation(source.total)[:-5]
    parts = list(source.batches(rows, 8))
    assert sorted(np.concatenate([part for part, _ in parts])) == sorted(rows)
    widths = [ids.shape[1] for _, ids in parts]
    assert widths == sorted(widths, reverse=True) and widths[0] == LENGTH and widths[-1] == 8
    assert all(width % 8 == 0 for width in widths) and len(set(widths)) > 3
    for part, ids in parts:
        wanted = source(part)
        assert (wanted[:, : ids.shape[1]] == ids).all() and not wanted[:, ids.shape[1] :].any()
        assert (ids[0, -8:] != 0).any()  # no shorter than it needs to be
    assert list(source.batches(rows[:0], 8)) == []


def test_batches_of_parts_are_those_of_the_whole(source: TextRows) -> None:
    rows = np.random.default_rng(0).permutation(source.total)
    ordered, whole = source.in_order(rows), list(source.batches(rows, 8))
    parts = [batch for at in range(0, len(rows), 16) for batch in source.batches(ordered[at : at + 16], 8)]
    for (mine, ids), (wanted, wanted_ids) in zip(parts, whole, strict=True):
        assert (mine == wanted).all() and np.array_equal(ids, wanted_ids)


@functools.cache
def frozen_part(backbone: str, unfreeze: int | str) -> keras.Model | None:
    """One for all tests."""
    return build_text.build(small(backbone=backbone, unfreeze=unfreeze), 3, LENGTH).front


@pytest.mark.parametrize("unfreeze", [0, 1, "all"])
def test_batches_by_length_give_the_features_of_padded_ones(
    source: TextRows, short_minilm: str, tmp_path: Path, unfreeze: int | str
) -> None:
    """Computed as they are needed, or before, into the cache."""
    front = frozen_part(short_minilm, unfreeze)
    engine, rows = compiled(front), np.array([5, 80, 0, 17, 5, 3, *range(20, 70)])
    frozen = features.FrozenPart(front, source, np.arange(source.total), short_minilm, Workspace(tmp_path))
    wanted, mask = engine.run(source(rows)), source(rows) != 0
    for read in (features.live_reader(engine, source), frozen.reader(engine, lambda done, total: None)):
        found = read(rows)
        assert [tensor.shape for tensor in found] == [tensor.shape for tensor in wanted]
        for mine, theirs in zip(found, wanted, strict=True):
            if mine.ndim == 3:  # what lies behind a text's end does not matter
                mine, theirs = mine * mask[..., None], theirs * mask[..., None]
            np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_features_of_texts_are_computed_once(source: TextRows, short_minilm: str, tmp_path: Path) -> None:
    front = frozen_part(short_minilm, 1)
    rows, counted = np.arange(source.total), []
    for _ in range(2):
        frozen = features.FrozenPart(front, source, rows, short_minilm, Workspace(tmp_path))
        read = frozen.reader(compiled(front), lambda done, total: counted.append(done))
    alike = source.total - len(set(source.keys(rows).tolist()))  # an empty text and one of spaces, say
    assert counted[0] == alike < source.total
    assert counted[-1] == source.total and counted.count(source.total) == 2
    states, mask = read(np.array([7, 2]))
    assert states.shape == (2, LENGTH, 384)
    assert mask.dtype == bool and (mask == (source(np.array([7, 2])) != 0)).all()


def test_lengths_count_start_and_end(short_minilm: str) -> None:
    found = count_tokens(["", "a man", "word " * 100], loader.tokenizer(short_minilm, 17))
    assert found.tolist() == [2, 4, 17]


@given(st.lists(st.integers(2, 600), min_size=1), st.sampled_from([128, 512]))
def test_a_length_reads_most_texts_to_their_end(found: list[int], longest: int) -> None:
    chosen, cut_off = choose_length(np.array(found), longest)
    assert chosen % 8 == 0 and 16 <= chosen <= longest
    assert cut_off == sum(length > chosen for length in found) / len(found)
    assert cut_off <= 0.05 or chosen == longest
    if chosen > 16:  # and is not longer than that takes
        assert sum(length > chosen - 8 for length in found) / len(found) >= 0.05


def test_a_length_is_chosen() -> None:
    assert choose_length(np.array([3] * 99 + [200]), 512) == (16, 0.01)
    assert choose_length(np.array([30] * 50 + [41] * 50), 512) == (48, 0.0)
    assert choose_length(np.array([700] * 4), 512) == (512, 1.0)


def test_ids_of_very_many_texts_lie_in_a_file(
    source: TextRows, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    monkeypatch.setattr(text_rows, "MOST_BYTES", 100)
    found = encode(source.texts, source.tokens)
    assert isinstance(found, np.memmap) and (found == source(np.arange(source.total))).all()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]  # it goes with the process
