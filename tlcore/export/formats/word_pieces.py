"""WordPiece, the tokenizer of BERT and its kin, without TensorFlow: for files of models that take token ids.

It gives the ids of KerasHub's layer, which is inside `model.keras`.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from tlcore.records import JsonType

FILE = "tokenizer.json"  # beside an exported file
CONTINUED = "##"  # begins a piece that continues a word
LONGEST_WORD = 100  # bytes; a longer one is unknown
# Chinese characters, each a word of its own; and what Unicode's case folding drops.
_CHINESE = re.compile(
    "[\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U0002a6df\U0002a700-\U0002ceaf\uf900-\ufaff\U0002f800-\U0002fa1f]"
)
_IGNORED = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)


STEPS = (
    "If `drops_accents`: decompose the text (NFD) and drop its marks (Mn).",
    "Split it at blanks and control characters; punctuation marks and Chinese letters are words themselves.",
    "If `folds_case`: fold each word (NFKC_Casefold).",
    "Split each word into the longest pieces of the vocabulary, one after the other; one that continues a "
    f"word begins with {CONTINUED}. A word with a rest, or with over {LONGEST_WORD} bytes, is `unknown`.",
    "The id of a piece is its place in the vocabulary, from 0. Keep the first `length` - 2 ids, put `start` "
    "before them and `end` behind them. Where the `shape` has the length, fill up with `padding`.",
)


class WordPieces(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a WordPiece tokenizer.

    Attributes:
        vocabulary: the pieces; the id of each is its place.
        length: ids of a text at most, start and end included; a longer text is cut off.
        start, end, padding, unknown: their ids.
        folds_case: upper case counts as lower case.
        drops_accents: letters count without their accents.
    """

    vocabulary: tuple[str, ...]
    length: int
    start: int
    end: int
    padding: int
    unknown: int
    folds_case: bool
    drops_accents: bool


WORD_PIECES = JsonType(WordPieces)


def as_input(pieces: WordPieces, shape: list[int | None], vocabulary: str = "") -> dict[str, Any]:
    """The description of a model's input: ids, and the way to them from a text.

    Args:
        shape: None: any number.
        vocabulary: the file that has the pieces, one in a line; "": they are in the description.
    """
    fields = msgspec.to_builtins(pieces) | ({"vocabulary": vocabulary} if vocabulary else {})
    about = {"kind": "ids", "dtype": "int32", "shape": shape, "splitting": "WordPiece"}
    return about | fields | {"preprocessing": STEPS}


class Tokenizer:
    """From a text to its ids, int32: as many as it has, start and end included, `length` at most."""

    def __init__(self, pieces: WordPieces) -> None:
        self._pieces = pieces
        self._ids = {piece: number for number, piece in enumerate(pieces.vocabulary)}

    def __call__(self, text: str) -> np.ndarray:
        pieces = self._pieces
        found = [number for word in self._words(text) for number in self._split(word)]
        return np.array([pieces.start, *found[: pieces.length - 2], pieces.end], np.int32)

    def padded(self, text: str) -> np.ndarray:
        """The ids of a text, (length,)."""
        ids, pieces = self(text), self._pieces
        return np.pad(ids, (0, pieces.length - len(ids)), constant_values=pieces.padding)

    def _words(self, text: str) -> Iterator[str]:
        if self._pieces.drops_accents:
            decomposed = unicodedata.normalize("NFD", text)
            text = "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")
        word = ""
        for letter in text:
            kind = unicodedata.category(letter)
            is_word = kind[0] == "P" or letter in string.punctuation or _CHINESE.match(letter)
            if not is_word and letter not in " \t\n\f\r" and kind not in ("Cc", "Cf"):
                word += letter
                continue
            yield word
            word = ""
            if is_word:
                yield letter
        yield word

    def _split(self, word: str) -> list[int]:
        """The ids of the longest pieces, one after the other."""
        word = _fold(word) if self._pieces.folds_case else word
        if len(word.encode(errors="replace")) > LONGEST_WORD:
            return [self._pieces.unknown]
        found, start = [], 0
        while start < len(word):
            before = CONTINUED if start else ""
            ends = (end for end in range(len(word), start, -1) if before + word[start:end] in self._ids)
            end = next(ends, 0)
            if not end:
                return [self._pieces.unknown]
            found.append(self._ids[before + word[start:end]])
            start = end
        return found


def _fold(word: str) -> str:
    """NFKC_Casefold of Unicode."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    return _IGNORED.sub("", folded)
