"""Words for the examples of a task, for every sentence that speaks of them."""

from __future__ import annotations

from dataclasses import dataclass

from tlcore.data.manifest import Task


@dataclass(frozen=True)
class TaskWords:
    """`one` and `many` of them, the `container` in which they are brought, and what backbones consist of.

    `nearly`: in what near copies of one may differ. `unsorted`: how those lie that have no class, and
    `sorting`: what to do with them, and `drawing`: how to bring those that are to be drawn on. `marks`:
    what a person gives one. `score`: what a report's `accuracy` is for the task. `each`: " per class",
    where an example has one class alone.
    """

    one: str
    many: str
    container: str
    block: str
    nearly: str = ""
    unsorted: str = "without a class"
    score: str = "accuracy"
    each: str = " per class"
    marks: str = "classes"
    drawing: str = ""
    sorting: str = "Sort them in the gallery, use class cards, or bring a folder for each class."

    @property
    def counts_right(self) -> bool:
        """Is the score the share of examples that are answered right?"""
        return self.score == "accuracy"

    @property
    def score_title(self) -> str:
        """The score as a heading; "mAP" stays as it is written."""
        return self.score if self.score[1].isupper() else self.score[0].upper() + self.score[1:]

    @property
    def unit(self) -> str:
        """The word behind the figure of a score."""
        return "right" if self.counts_right else self.score

    def figure(self, value: float) -> str:
        """A score: "93.1 %", or "0.931" where it is no share of examples."""
        return f"{100 * value:.1f} %" if self.counts_right else f"{value:.3f}"

    @property
    def scale(self) -> int:
        """The factor by which a chart or a table shows a score: in percent, or as it is."""
        return 100 if self.counts_right else 1

    def interval(self, bounds: tuple[float, float]) -> str:
        """For example "86.3 % to 96.5 %", or "0.804 to 0.843"."""
        return " to ".join(map(self.figure, bounds))

    def scored(self, value: float) -> str:
        """A score with what it is: "93.1 % right", or "0.931 mean IoU"."""
        return f"{self.figure(value)} {self.unit}"

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
        drawing="To draw boxes or areas on them, bring them without that folder.",
    ),
    "texts": TaskWords(
        "text",
        "texts",
        "a table with a column of texts and a column of classes",
        "layer",
        "case, digits, punctuation or space",
    ),
    "detection": TaskWords(
        "picture",
        "pictures",
        "a folder of pictures with a box around each object: as VOC, COCO, YOLO, LabelMe or CVAT files",
        "block",
        "size, quality or a trifle",
        "without boxes",
        score="mAP at IoU 0.5",
        each="",
        marks="boxes",
        sorting="Draw boxes on some of them.",
    ),
    "segmentation": TaskWords(
        "picture",
        "pictures",
        "a folder of pictures with the areas of each class: as mask pictures, COCO, LabelMe or CVAT files",
        "block",
        "size, quality or a trifle",
        "without areas",
        score="mean IoU",
        each="",
        marks="areas",
        sorting="Draw areas on some of them.",
    ),
}
# Where the task is not known.
ANY_TASK = TaskWords("example", "examples", "a data set", "block", score="score")
