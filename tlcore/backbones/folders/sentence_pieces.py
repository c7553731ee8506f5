"""Checks of a SentencePiece model in a folder, before the native parser that makes tokens with it reads it.

It is a small protobuf: pieces of words, how they were trained, and a table that makes characters equal. Every
length in it is held against the file, and every step that the table can lead to against the table: the parser
itself looks at neither (Darts, a double array, is walked without bounds).
"""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np

from tlcore.backbones.folders import folder_files
from tlcore.backbones.folders.folder_files import refuse
from tlcore.errors import printable

MOST_BYTES = 20_000_000  # XLM-R's has 5 million
MOST_PIECE = 256  # bytes of a piece
MOST_BESIDE = 50  # bytes of its kind and score
MOST_OTHER = 1_000_000  # bytes of everything beside the pieces: tables of characters have a quarter million
_PIECE, _TRAINER, _NORMALIZER, _TESTS, _DENORMALIZER = range(1, 6)
_BYTES, _FIXED32 = 2, 5  # kinds of a field, beside numbers (0)
_TABLE, _MODEL_TYPE, _UNIGRAM = 2, 3, 1  # fields of a normalizer and of the trainer
ORDINARY, UNKNOWN, CONTROL = 1, 2, 3  # kinds of a piece
FIRST = (("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL))  # XLM-R moves them, and the others by one
BLOCK = 256  # units of the table: one for each byte that may follow
MOST_TEXT = 256  # bytes that the table may put in a character's place: known ones have 33
MOST_STEPS = 32  # of the table in a row, as many ends as the parser has room for: known tables have 13
Field = tuple[int, int, int | bytes]


def check(path: Path, size: int, remedy: str, spare: int = 0) -> bytes:
    """Compare the model with the number of pieces that `config.json` asks for; its content, to be parsed.

    Args:
        size: of the vocabulary, with the two pieces that XLM-R adds.
        spare: rows that no piece has, at most.

    Raises:
        BackboneError: it is none, is larger than such a model, or leads outside itself.
    """
    content = folder_files.read_small_file(path, MOST_BYTES, remedy)
    try:
        pieces = list(itertools.islice(_pieces(content), size))  # no more than the weights have rows for
    except ValueError as error:
        refuse(path.parent, f"{path.name} is no SentencePiece model: {printable(error, 200)}.")
    if not size - spare <= len(pieces) + 2 <= size:
        refuse(
            path.parent,
            f"config.json asks for {size:,} pieces, and {path.name} has {len(pieces):,} and two of XLM-R's.",
        )
    if tuple(pieces[: len(FIRST)]) != FIRST:
        refuse(path.parent, f"{path.name} does not begin with {', '.join(piece for piece, _ in FIRST)}.")
    others = [kind for _, kind in pieces[len(FIRST) :]]
    if UNKNOWN in others or len({piece for piece, _ in pieces}) < len(pieces):
        refuse(path.parent, f"{path.name} has a piece twice, or two for what is unknown.")
    return content


def _pieces(content: bytes) -> Iterator[tuple[str, int]]:
    """The pieces with their kinds; all else is looked at on the way. Raises ValueError: it cannot be used."""
    is_unigram, left = False, MOST_OTHER
    for number, _, value in _fields(content, once=range(_TRAINER, _DENORMALIZER + 1)):
        if not isinstance(value, bytes) or number not in range(_PIECE, _DENORMALIZER + 1):
            raise ValueError(f"field {number} is unknown")
        if number == _PIECE:
            yield _piece(value)
            continue
        if (left := left - len(value)) < 0:
            raise ValueError(f"it has more than {MOST_OTHER:,} bytes beside its pieces")
        if number == _TRAINER:
            told = _fields(value, once=(_MODEL_TYPE,))
            is_unigram = all(one == _UNIGRAM for field, _, one in told if field == _MODEL_TYPE)
        elif number in (_NORMALIZER, _DENORMALIZER):
            _check_normalizer(value)
    if not is_unigram:
        raise ValueError("it is not of the kind that XLM-RoBERTa has (unigram)")


def _check_normalizer(content: bytes) -> None:
    for number, _, value in _fields(content, once=(_TABLE,)):
        if number == _TABLE and value:
            _check_table(value if isinstance(value, bytes) else b"")


def _piece(content: bytes) -> tuple[str, int]:
    if len(content) > MOST_PIECE + MOST_BESIDE:
        raise ValueError(f"a piece of {len(content):,} bytes")
    text, kind, score = b"", ORDINARY, 0.0
    for number, form, value in _fields(content, once=(1, 2, 3)):
        if number == 1 and form == _BYTES and isinstance(value, bytes):
            text = value
        elif number == 2 and form == _FIXED32 and isinstance(value, bytes):
            score = struct.unpack("<f", value)[0]
        elif number == 3 and isinstance(value, int):
            kind = value
    if not 0 < len(text) <= MOST_PIECE or not math.isfinite(score) or not 1 <= kind <= 6:
        raise ValueError(f"a piece of {len(text):,} bytes, of kind {kind}, with the score {score}")
    if b"\0" in text:
        raise ValueError("a piece with the letter 0, where the parser ends it")
    return text.decode(), kind


def _fields(content: bytes, once: Collection[int]) -> Iterator[Field]:
    """Number, kind and value of each field of a message.

    Args:
        once: the fields that may stand there once: of two, protobuf takes the later one or makes one of both.
    """
    at, seen = 0, set[int]()
    while at < len(content):
        tag, at = _number(content, at)
        number, kind = tag >> 3, tag & 7
        if tag >> 32 or not number or number in seen:  # protobuf keeps 32 bits, and so another number
            raise ValueError(f"field {number} is unknown, or stands there twice")
        if number in once:
            seen.add(number)
        if kind == 0:
            value, at = _number(content, at)
            yield number, kind, value
            continue
        length = {1: 8, _FIXED32: 4}.get(kind, 0)
        if kind == _BYTES:
            length, at = _number(content, at)
        elif not length:
            raise ValueError(f"a field of kind {kind}")
        if length > len(content) - at:
            raise ValueError(f"it claims {length:,} bytes, and {len(content) - at:,} are left")
        yield number, kind, content[at : at + length]
        at += length


def _number(content: bytes, at: int) -> tuple[int, int]:
    """A number of up to 64 bits, seven in each byte, and where it ends."""
    if at < len(content) and content[at] < 128:  # most of them: this is asked a million times
        return content[at], at + 1
    value = 0
    for place, byte in enumerate(content[at : at + 10]):
        value |= (byte & 127) << (7 * place)
        if byte < 128 and not value >> 64:
            return value, at + place + 1
    raise ValueError("a number does not end, or has more than 64 bits")


def _check_table(table: bytes) -> None:
    """Hold every step of the double array, and every text that it names, against its length."""
    if len(table) < 4 or not 0 < (size := struct.unpack_from("<I", table)[0]) < len(table) - 4:
        raise ValueError("its table of characters has another size than it says")
    if size % (4 * BLOCK) or table[-1]:
        raise ValueError("its table of characters does not end")
    units = np.frombuffer(table, "<u4", size // 4, 4).astype(np.int64)
    texts = len(table) - 4 - size
    places = np.arange(len(units))
    follows = places ^ ((units >> 10) << ((units & 512) >> 6))
    is_step = units >> 31 == 0  # the others are ends, with the place of a text
    is_step[0] = True  # the parser begins there, whatever it says
    ends = is_step & (units & 256 != 0)
    if (follows[is_step] | (BLOCK - 1)).max(initial=0) >= len(units):
        raise ValueError("its table of characters leads outside itself")
    if (units[follows[ends]] & 0x7FFF_FFFF).max(initial=0) >= texts:
        raise ValueError("its table of characters names a text outside itself")
    if max(map(len, table[4 + size :].split(b"\0"))) > MOST_TEXT:
        raise ValueError(f"its table of characters has texts of more than {MOST_TEXT} bytes")
    if _is_deep(follows, is_step, places ^ (units & (BLOCK - 1))):
        raise ValueError(f"its table of characters has more than {MOST_STEPS} steps in a row")


def _is_deep(follows: np.ndarray, is_step: np.ndarray, parents: np.ndarray) -> bool:
    """Whether more steps than the parser has room for follow one another, or lead in a circle."""
    reached = np.zeros(len(follows), bool)
    reached[follows[0]] = True
    for _ in range(MOST_STEPS):
        taken = is_step & reached[parents]
        reached[:] = False
        reached[follows[taken]] = True
    return bool(reached.any())
