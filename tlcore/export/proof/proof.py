"""A proof: how the answers of an exported file compare with the model's, and whether that is good enough.

Test examples are shown and decide nothing about rounded formats, since whoever chooses by them spoils them.
What counts as the same answer depends on the task: `answers/`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from tlcore.export.formats.formats import Format
from tlcore.export.proof.answers import Agreement
from tlcore.records import JsonType

LARGEST = 0.01  # difference of a chance, of a format that does not round
POINTS, EXAMPLES = 0.01, 2  # that a rounded format may be worse on validation: the larger of the two


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """`proof.json`, beside the file.

    Attributes:
        edition: of the run's model, and of the page around it (`ModelExport.edition`).
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
    if not np.isfinite(validation.largest):
        return "Its answers are no numbers."
    lost, allowed = validation.score_before - validation.score, max(EXAMPLES / validation.n, POINTS)
    if lost <= allowed + 1e-9:
        return ""
    return (
        f"On {validation.n:,} validation examples it scores {validation.score:.3f}, "
        f"and the model {validation.score_before:.3f}: rounding costs too much here."
    )
