"""The branch of a head that counts terms, without Keras: for a network that takes its logits beside ids.

It gives the logits of the branch that is inside `model.keras` (`graft/network/count_branch.py`).
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from tlcore.heads.term_counts import LONGEST, TermCounts, TermKind
from tlcore.records import JsonType

FILE = "terms.json"  # beside an exported file
NUMBERS = "<f4"  # as the parts hold them: float32, its lowest byte first


STEPS = (
    "Make A to Z small, no other letters, and strip the marks of ASCII.",
    "Of `words`: split at blanks, tabs and ends of lines. Of `characters`: each code point is a part.",
    "A term is a part, or up to `longest` in a row with a blank between each. Count those of the vocabulary.",
    "Multiply each count by its weight, divide all by the square root of the sum of their squares, and "
    "multiply by the kernel, (terms, labels). Nothing counted: zeros.",
    "The network takes them as its second input, `counted`, beside the ids.",
)


class TermBranch(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of such a branch.

    Attributes:
        vocabulary: the terms.
        longest: so many words or characters in a row are one term.
        weights: of each term, (terms,); kernel: (terms, classes). Both float32; in JSON as Base64.
    """

    kind: TermKind
    longest: int
    vocabulary: tuple[str, ...]
    weights: bytes
    kernel: bytes


TERM_BRANCH = JsonType(TermBranch)


def pack(terms: TermCounts, kernel: np.ndarray) -> TermBranch:
    """The parts of a branch with these terms and this kernel, (terms, classes)."""
    return TermBranch(
        kind=terms.kind,
        longest=LONGEST[terms.kind],
        vocabulary=terms.terms,
        weights=terms.weights.astype(NUMBERS).tobytes(),
        kernel=kernel.astype(NUMBERS).tobytes(),
    )


def as_input(branch: TermBranch) -> dict[str, Any]:
    """Its description, beside that of the ids."""
    return msgspec.to_builtins(branch) | {"preprocessing": STEPS}


class TermLogits:
    """From a text to the logits of its terms, (1, classes) float32."""

    def __init__(self, branch: TermBranch) -> None:
        weights, kernel = (np.frombuffer(part, NUMBERS) for part in (branch.weights, branch.kernel))
        self._counts = TermCounts(branch.kind, branch.vocabulary, weights)
        self._kernel = kernel.reshape(len(weights), -1)

    def __call__(self, text: str) -> np.ndarray:
        return np.asarray(self._counts([text]) @ self._kernel, np.float32)
