"""Words for the examples of a task, for every sentence that speaks of them."""

from __future__ import annotations

from dataclasses import dataclass

from tlcore.data.manifest import Task


@dataclass(frozen=True)
class TaskWords:
    """`one` and `many` of them, the `container` in which they are brought, and what backbones consist of.

    `nearly`: in what near copies of one may differ. `unsorted`: how those lie that have no class.
    """

    one: str
    many: str
    container: str
    block: str
    nearly: str = ""
    unsorted: str = "without a class"

    def counted(self, count: int) -> str:
        """For example "one picture" or "1,204 pictures"."""
        return f"one {self.one}" if count == 1 else f"{count:,} {self.many}"


WORDS: dict[Task, TaskWords] = {
    "images": TaskWords(
        "picture",
        "pictures",
        "a folder with one folder of pictures per class",
        "block",
        "size, quality or a trifle",
        "in no class folder",
    ),
    "texts": TaskWords(
        "text",
        "texts",
        "a table with a column of texts and a column of classes",
        "layer",
        "case, digits, punctuation or space",
    ),
}
ANY_TASK = TaskWords("example", "examples", "a data set", "block")  # where the task is not known
