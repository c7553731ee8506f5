"""A proof: how the answers of an exported file compare with the model's, and whether that is good enough.

Where two classes are nearly as likely, either may come first; test examples are shown and decide nothing
about rounded formats, since whoever chooses by them spoils them.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from tlcore.export.formats.formats import Format
from tlcore.records import JsonType

CLOSE = 0.002  # chances of the two best classes this near count as one
LARGEST = 0.01  # difference of a chance, of a format that does not round
POINTS, EXAMPLES = 0.01, 2  # that a rounded format may be worse on validation: the larger of the two


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """The answers to the examples of one split.

    Attributes:
        same: examples with the same answer.
        largest: the largest difference of a chance.
        right, right_before: right answers of the file, and of the model.
    """

    n: int
    same: int
    largest: float
    right: int
    right_before: int


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """`proof.json`, beside the file.

    Attributes:
        edition: of the run's model.
        size, size_before: bytes of the file, and of `model.keras`.
        milliseconds, milliseconds_before: median for one example, without decoding.
        refusal: why the file is not offered; "": it is.
    """

    edition: str
    format: str
    size: int
    size_before: int
    milliseconds: float
    milliseconds_before: float
    splits: dict[str, Agreement]
    refusal: str = ""

    @property
    def n(self) -> int:
        return sum(split.n for split in self.splits.values())

    @property
    def same(self) -> int:
        return sum(split.same for split in self.splits.values())

    @property
    def largest(self) -> float:
        return max((split.largest for split in self.splits.values()), default=0.0)


PROOF = JsonType(Proof)


def agreement(chances: np.ndarray, before: np.ndarray, true: np.ndarray) -> Agreement:
    """Compare chances (n, classes) with those of the model; `true`: class numbers (n,)."""
    chosen, chosen_before = chances.argmax(1), before.argmax(1)
    best = np.sort(before, axis=1)[:, ::-1]
    is_close = best[:, 0] - best[:, 1] <= CLOSE if before.shape[1] > 1 else np.zeros(len(before), bool)
    difference = np.abs(chances - before).max(initial=0.0)
    return Agreement(
        n=len(true),
        same=int(((chosen == chosen_before) | is_close).sum()),
        largest=float(difference) if np.isfinite(chances).all() else float("inf"),
        right=int((chosen == true).sum()),
        right_before=int((chosen_before == true).sum()),
    )


def refusal(format: Format, splits: Mapping[str, Agreement]) -> str:
    """Why a file with these answers is not offered; "": it is."""
    if not any(split.n for split in splits.values()):
        return "There are no validation or test examples to prove it by."
    if format.is_rounded:
        return _too_often_wrong(splits.get("validation"))
    other = sum(split.n - split.same for split in splits.values())
    if other:
        return f"It gives another answer to {other:,} of {sum(s.n for s in splits.values()):,} examples."
    largest = max(split.largest for split in splits.values())
    if not largest <= LARGEST:
        return f"A chance differs by {largest:.3f}, and {LARGEST} is the limit."
    return ""


def _too_often_wrong(validation: Agreement | None) -> str:
    if validation is None or not validation.n:
        return "There are no validation examples to prove it by."
    fewer, allowed = validation.right_before - validation.right, max(EXAMPLES, POINTS * validation.n)
    if not np.isfinite(validation.largest):
        return "Its answers are no numbers."
    if fewer <= allowed:
        return ""
    return (
        f"It is right for {validation.right:,} of {validation.n:,} validation examples, "
        f"and the model for {validation.right_before:,}: rounding costs too much here."
    )
