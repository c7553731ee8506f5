"""Words of a text that speak for a class: the change of its chance when each is left out.

Leaving out, also called occlusion or erasure (Li and others, 2016, arXiv:1612.08220), needs no gradient and
works for any model. In scripts without spaces between words, a piece is a character or a few.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np

from tlcore.explain.why import Explain
from tlcore.graft.predict.classifier import Classifier
from tlcore.runs.question import Question

MOST = 200  # pieces that are left out in turn; the rest stays in the text
SMALLEST_CHANGE = 1e-6  # less is rounding: a piece that is read changes more
BATCH_SIZE = 32  # texts

# Scripts that do not put spaces between words, by how Unicode's names of their letters begin, and how many
# letters make a piece: an ideograph means something by itself, a letter of Thai does not.
NONE, A_WORD = 0, 10**9
UNSPACED = {
    **dict.fromkeys(("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"), 1),
    **dict.fromkeys(("THAI", "LAO", "KHMER", "MYANMAR"), 3),
}


def split_pieces(text: str) -> list[str]:
    """`text` cut up, each piece with the space behind it; joined they are the text again."""
    parts: list[str] = []
    room, letters = NONE, 0  # of the last piece: how many letters it may hold, and how many it does
    for character in text:
        own = _room(character)
        if parts and (character.isspace() or (room != NONE and _extends_letter(character))):
            parts[-1] += character
        elif parts and own == room and letters < room:
            parts[-1] += character
            letters += 1
        else:
            parts.append(character)
            room, letters = own, 1
        room = NONE if character.isspace() else room
    return parts


def _room(character: str) -> int:
    """Number of letters of its script in a piece."""
    return UNSPACED.get(unicodedata.name(character, "").split(" ", 1)[0], A_WORD)


def _extends_letter(character: str) -> bool:
    """Accents, vowel signs, and what joins or colours the emoji before it."""
    return unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf", "Sk")


class PieceEffects:
    """Effect of each piece of a text on the chance of a class."""

    def __init__(self, model: Classifier) -> None:
        self.model = model

    def __call__(self, text: str, number: int) -> dict[str, Any]:
        """`pieces`: of the beginning of the text, each its `text` and `change`; `rest`: characters after;
        `unread`: how many of the last pieces change nothing, since the model reads only so much of a text.

        `change`: by how much class `number` is less likely without the piece, −1 to 1; below 0: more likely.
        """
        parts = split_pieces(text)
        tested, rest = parts[:MOST], "".join(parts[MOST:])
        without = ["".join([*tested[:at], *tested[at + 1 :], rest]) for at in range(len(tested))]
        chances = self._chances([text, *without], number)
        changes = (chances[0] - chances[1:]).tolist()
        effects = [{"text": piece, "change": change} for piece, change in zip(tested, changes, strict=True)]
        unread = next(
            (at for at, change in enumerate(reversed(changes)) if abs(change) > SMALLEST_CHANGE), len(tested)
        )
        return {"pieces": effects, "rest": len(rest), "unread": unread}

    def _chances(self, texts: list[str], number: int) -> np.ndarray:
        inputs = np.array(texts, dtype=object)
        parts = [inputs[at : at + BATCH_SIZE] for at in range(0, len(inputs), BATCH_SIZE)]
        return np.concatenate([self.model.probabilities(part)[:, number] for part in parts])


def explainer(model: Classifier) -> Explain:
    """`PieceEffects` for the first text in a file."""
    words = PieceEffects(model)

    def explain(question: Question, number: int) -> dict[str, Any]:
        _, texts = next(model.read(question.path))
        return words(str(texts[0]), number)

    return explain
