"""The differences between the codes of pictures and of texts, in one table by task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tlcore.config.task import Task
from tlcore.export.code.classes import images, texts
from tlcore.export.code.common.values import CodeValues


@dataclass(frozen=True)
class CodeKind:
    """The lines of one kind of example; of some there are templates, since nothing of a run is in them.

    Attributes:
        listed: a sentence about the file that says which examples there are.
        learned: from what the backbone has learned.
        reading: imports, constants, and the function `read_split`.
        backbone: the network from an input, whose name is that of one example, to `features`.
        copies: `x_views`, changed copies of the training examples; "": there are none.
        norms: what becomes of batch norm where the backbone learns.
        cut: what the unfrozen part is given, with `{last}` for the output of the last frozen block.
        rows: some rows of `self.x`, where that is the output of the frozen part.
        answer: the beginning of the function `answer`, up to its `chances`; and `ask`, a call of it.
    """

    listed: str
    learned: str
    reading: Callable[[CodeValues], str]
    backbone: Callable[[CodeValues], str]
    copies: Callable[[CodeValues], str]
    norms: Callable[[CodeValues], str]
    cut: str
    rows: str
    answer: str
    ask: str


KINDS: dict[Task, CodeKind] = {
    "images": CodeKind(
        listed="The table split.csv names the pictures, with the class and the part of the split of each.",
        learned="from a million photos",
        reading=images.reading,
        backbone=images.backbone,
        copies=images.copies,
        norms=images.norms,
        cut="{last}",
        rows="self.x[rows]",
        answer=images.ANSWER,
        ask=images.ASK,
    ),
    "texts": CodeKind(
        listed="The file texts.json has the texts, with the class and the part of the split of each.",
        learned="from very many texts",
        reading=texts.reading,
        backbone=texts.backbone,
        copies=lambda values: "",
        norms=lambda values: "",
        cut="({last}, is_token)",
        rows="self.x[rows] if isinstance(self.x, np.ndarray) else tuple(part[rows] for part in self.x)",
        answer=texts.ANSWER,
        ask=texts.ASK,
    ),
}


def kind_of(values: CodeValues) -> CodeKind:
    """The lines for the examples of a run."""
    return KINDS[values.task]
