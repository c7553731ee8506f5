"""BERT's relatives in folders: DistilBERT, RoBERTa and XLM-RoBERTa, whole, or refused in one sentence."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

from tests.fixtures.text_folders import (
    BERT,
    DISTILBERT,
    PIECES,
    ROBERTA,
    SENTENCES,
    XLM,
    message,
    piece,
    sentence_model,
    tensors,
    write,
)
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.folders import sentence_pieces
from tlcore.errors import BackboneError
from tlcore.export.formats.formats import has_word_pieces

Change = Callable[[Path], object]


def config(base: dict[str, Any], **changes: Any) -> Change:
    return lambda folder: (folder / "config.json").write_text(json.dumps(base | changes))


def pieces(*some: str, **moved: int) -> Change:
    numbers = {piece: number for number, piece in enumerate(some)} | moved
    return lambda folder: (folder / "vocab.json").write_text(json.dumps(numbers))


def merges(content: bytes) -> Change:
    return lambda folder: (folder / "merges.txt").write_bytes(content)


def weighted(base: dict[str, Any], **changes: np.ndarray | None) -> Change:
    return lambda folder: save_file(tensors(base, **changes), folder / "model.safetensors")


def sentences(content: bytes) -> Change:
    return lambda folder: (folder / "sentencepiece.bpe.model").write_bytes(content)


def table(units: np.ndarray, texts: bytes = b"a\0", claimed: int | None = None) -> Change:
    """A table of characters in a SentencePiece model: a double array, and texts."""
    size = struct.pack("<I", 4 * units.size if claimed is None else claimed)
    return sentences(sentence_model(SENTENCES, message(2, size + units.astype("<u4").tobytes() + texts)))


def units(**some: int) -> np.ndarray:
    """A double array that leads nowhere, but for some of its units."""
    made = np.zeros(256, np.uint32)
    for place, unit in some.items():
        made[int(place[1:])] = unit
    return made


def without_epsilon(folder: Path) -> None:
    kept = {key: value for key, value in ROBERTA.items() if key != "layer_norm_eps"}
    (folder / "config.json").write_text(json.dumps(kept))


HALF = message(9, b"a" * 600_000)  # of what may lie beside the pieces
SEGMENTS = {"embeddings__token_type_embeddings__weight": np.zeros((2, 8), np.float32)}


@pytest.mark.parametrize(
    ("base", "change", "said"),
    [
        (DISTILBERT, config(DISTILBERT, dim=10**9), "config.json cannot be used"),
        (DISTILBERT, config(DISTILBERT, n_layers="2"), "config.json cannot be used"),
        (DISTILBERT, config(DISTILBERT, n_layers=3), "asks for transformer.layer.2.attention.q_lin.weight"),
        (DISTILBERT, config(DISTILBERT, n_layers=1), "more layers than the 1 of"),
        (DISTILBERT, config(DISTILBERT, dim=16_384), "12 × 16,384, and in model.safetensors it has 12 × 8"),
        (DISTILBERT, config(DISTILBERT, sinusoidal_pos_embds=True), "sinusoidal_pos_embds True"),
        (DISTILBERT, config(DISTILBERT, activation="relu"), "hidden_act relu"),
        (DISTILBERT, config(DISTILBERT, vocab_size=13), "13 × 8, and in model.safetensors it has 12 × 8"),
        (DISTILBERT, lambda folder: (folder / "vocab.txt").unlink(), "vocab.txt is missing"),
        (ROBERTA, config(ROBERTA, max_position_embeddings=514), "514 × 8, and in model.safet"),
        (ROBERTA, config(ROBERTA, pad_token_id=0), "pad_token_id 0"),
        (ROBERTA, config(ROBERTA, layer_norm_eps=1e-12), "layer_norm_eps 1e-12"),
        (BERT, config(BERT, layer_norm_eps=1e-5), "layer_norm_eps 1e-05"),
        (ROBERTA, without_epsilon, "layer_norm_eps 1e-12"),  # as transformers understands it
        (ROBERTA, config(ROBERTA, max_position_embeddings=17), "places for 15 tokens, and 16 to 1,024"),
        (BERT, config(BERT, max_position_embeddings=1_025), "places for 1,025 tokens"),
        (ROBERTA, config(ROBERTA, type_vocab_size=10**6), "type_vocab_size 1000000"),
        (ROBERTA, weighted(ROBERTA, **SEGMENTS), "of 1 × 8, and in model.safetensors it has 2 × 8"),
        (ROBERTA, lambda folder: (folder / "merges.txt").unlink(), "merges.txt is missing"),
        (ROBERTA, pieces(*PIECES[:-1]), "pieces of words, and vocab.json has 262"),
        (ROBERTA, pieces(*PIECES[:-1], "ab "), "vocab.json lacks <mask>"),
        (ROBERTA, pieces(*PIECES[:4], "??", *PIECES[5:]), "vocab.json lacks !"),
        (ROBERTA, pieces("<pad>", "<s>", *PIECES[2:]), "<s> in another place than 0"),
        (ROBERTA, pieces(*PIECES, ab=10**12), "does not number its pieces"),
        (ROBERTA, pieces(*PIECES, ab=-1), "does not number its pieces"),
        (ROBERTA, lambda folder: (folder / "vocab.json").write_text("[]"), "vocab.json cannot be used"),
        (ROBERTA, lambda folder: (folder / "vocab.json").write_text('{"<s>": "0"}'), "cannot be used"),
        (ROBERTA, merges(b"a b\na d\n"), "Line 2 of merges.txt is no pair"),
        (ROBERTA, merges(b"ab\n"), "Line 1 of merges.txt is no pair"),
        (ROBERTA, merges(b"\xff\xfe a\n"), "not text in UTF-8"),
        (ROBERTA, merges(b"a" * 30_000_000), "merges.txt is too large"),
        (XLM, config(XLM, vocab_size=12), "12 × 8, and in model.safetensors it has 11 × 8"),
        (XLM, config(XLM, max_position_embeddings=8_194), "config.json cannot be used"),
        (XLM, config(XLM, layer_norm_eps=1e-12), "layer_norm_eps 1e-12"),
        (XLM, lambda folder: (folder / "sentencepiece.bpe.model").unlink(), "bpe.model is missing"),
        (XLM, sentences(b"\x80\x04K\x01."), "is no SentencePiece model: "),
        (XLM, sentences(b""), "is no SentencePiece model: "),
        (XLM, sentences(b"a" * 30_000_000), "sentencepiece.bpe.model is too large"),
        (XLM, sentences(b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), "and 0 are left"),
        (XLM, sentences(b"\xff" * 40), "a number does not end"),
        (XLM, sentences(sentence_model(SENTENCES | {"d": 1})), "asks for 11 pieces, and sentencepiece.bpe"),
        (XLM, sentences(sentence_model(dict(reversed(SENTENCES.items())))), "does not begin with <unk>"),
        (XLM, sentences(sentence_model(SENTENCES | {"bc": 2})), "two for what is unknown"),
        (XLM, sentences(sentence_model({**SENTENCES, "bc": 9})), "a piece of 2 bytes, of kind 9"),
        (XLM, sentences(sentence_model(SENTENCES) + piece("d" * 260)), "a piece of 260 bytes"),
        (XLM, sentences(sentence_model(SENTENCES) + piece("d" * 300)), "a piece of 310 bytes"),
        (XLM, sentences(sentence_model(SENTENCES | {"bc": 4, "\0": 4})), "a piece with the letter 0"),
        (XLM, sentences(sentence_model(SENTENCES) + message(1, b"\x09bcdefghi")), "a piece of 0 bytes"),
        (XLM, sentences(sentence_model(SENTENCES) + piece("d", score=np.nan)), "with the score nan"),
        (XLM, sentences(sentence_model(SENTENCES) + message(1, b"\x0a\x01\xff")), "no SentencePiece model"),
        (XLM, sentences(sentence_model(SENTENCES) + message(9, b"")), "field 9 is unknown"),
        (
            XLM,
            sentences(sentence_model(SENTENCES) + message(4, b"a" * 1_000_001)),
            "more than 1,000,000 bytes",
        ),
        (XLM, sentences(sentence_model(SENTENCES, HALF) + message(5, HALF)), "more than 1,000,000 bytes"),
        (XLM, sentences(sentence_model(SENTENCES) + message(3, b"")), "field 3 is unknown, or stands there"),
        (XLM, sentences(sentence_model(SENTENCES, b"\x92\x80\x80\x80\x10\0")), "is unknown, or stands"),
        (XLM, sentences(b"\x8a" + b"\x80" * 8 + b"\x02\0"), "has more than 64 bits"),
        (XLM, sentences(sentence_model(SENTENCES, trainer=b"\x18\x02")), "not of the kind that XLM-RoBERTa"),
        (XLM, sentences(sentence_model(SENTENCES, trainer=b"\x18\x02") + message(2, b"")), "stands there"),
        (XLM, table(units(), claimed=10**9), "another size than it says"),
        (XLM, table(units()[:255]), "does not end"),
        (XLM, table(units(), b"a"), "does not end"),
        (XLM, table(units(_0=300 << 10)), "leads outside itself"),
        (XLM, table(units(_3=1 << 9 | 1 << 20)), "leads outside itself"),
        (XLM, table(units(_0=1 << 10 | 256, _1=1 << 31 | 2)), "names a text outside itself"),
        (XLM, table(units(), b"a" * 300 + b"\0"), "texts of more than 256 bytes"),
        (XLM, table(units(_0=1 << 31 | 1 << 29)), "leads outside itself"),  # the parser begins there
        (XLM, table(units(_97=97 << 10 | 256 | 97)), "more than 32 steps"),  # in a circle
    ],
)
def test_what_does_not_belong_together_is_refused(
    base: dict[str, Any], change: Change, said: str, tmp_path: Path
) -> None:
    folder = write(tmp_path / "tiny", base)
    change(folder)
    with pytest.raises(BackboneError) as problem:
        catalogue.get(f"folder:{folder}")
    assert said in str(problem.value) and str(problem.value).isprintable()


@pytest.mark.parametrize("base", [BERT | {"layer_norm_eps": 1e-12}, BERT, DISTILBERT, ROBERTA, XLM])
def test_what_belongs_together_is_taken(base: dict[str, Any], tmp_path: Path) -> None:
    entry = catalogue.get(f"folder:{write(tmp_path / 'tiny', base)}")
    assert (entry.task, entry.features, entry.input_size, len(entry.blocks)) == ("texts", 8, 16, 3)
    assert has_word_pieces(entry.id) == (base not in (ROBERTA, XLM))


@pytest.mark.parametrize("rule", ["nmt_nfkc", "nmt_nfkc_cf", "nfkc"])
def test_tables_of_characters_that_sentencepiece_writes_are_taken(rule: str, tmp_path: Path) -> None:
    made = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(["abc def ghi jkl"] * 20),
        model_writer=made,
        vocab_size=20,
        hard_vocab_limit=False,
        normalization_rule_name=rule,
        minloglevel=2,
    )
    path = tmp_path / "some.model"
    path.write_bytes(made.getvalue())
    count = SentencePieceProcessor(model_proto=made.getvalue()).vocab_size()
    sentence_pieces.check(path, count + 2, "")
    assert len(made.getvalue()) > 200_000  # the table is in it


def test_what_comes_into_the_folder_later_is_seen(tmp_path: Path) -> None:
    folder = write(tmp_path / "tiny", BERT)
    assert catalogue.get(f"folder:{folder}").pooling == "mean"
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    assert catalogue.get(f"folder:{folder}").pooling == "first"
    (folder / "model.safetensors.index.json").write_text("{}")
    with pytest.raises(BackboneError, match="over several files"):
        catalogue.get(f"folder:{folder}")
