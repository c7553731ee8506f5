"""The examples of a proof, by split, and the questions about them that a fresh process is given."""

from __future__ import annotations

import numpy as np

from tlcore.config.task import INPUTS
from tlcore.data.manifest import Example
from tlcore.data.text_store import read_texts
from tlcore.errors import DataError
from tlcore.export.formats.input_side import input_side
from tlcore.export.proof import answers
from tlcore.export.proof.ask import Questions
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits

CALIBRATION = 100  # training pictures that show a rounded format which numbers occur


class ProofExamples:
    """All validation and test examples of a run, or a random sample where there are many.

    Attributes:
        asked: the examples, by split.
        training: some that the run learned from.

    Raises:
        DataError: the data are gone, or came with a run from somebody else, without what the model reads.
    """

    def __init__(self, run: Run) -> None:
        self.run, self.dataset = run, run.dataset()
        manifest = run.manifest()
        places = assign_splits(run.config(), manifest)
        pairs = list(zip(manifest.examples, places, strict=True))
        by_split = {name: [e for e, place in pairs if place == name] for name in ("validation", "test")}
        self.asked = {name: _sample(some, answers.of(run.task).MOST) for name, some in by_split.items()}
        self.training = _sample([example for example, place in pairs if place == "train"], CALIBRATION)
        if not self.dataset.is_ready and not self._has_thumbnails():
            raise DataError(
                f"The {run.words.many} of this run are not here, so no file could be proven.",
                remedy="Import or copy the same data set. Then open the run's file, or copy the run, again.",
            )

    def _has_thumbnails(self) -> bool:
        """Small pictures of it are there, and the model names what is in a picture whatever its size."""
        one = next(iter(self.all), None)
        return self.run.task == "images" and one is not None and self.dataset.thumbnail(one.sha256).is_file()

    @property
    def all(self) -> list[Example]:
        """The examples that are asked about, split after split."""
        return [example for some in self.asked.values() for example in some]

    def questions(self) -> Questions:
        """Questions about all of them, to any file."""
        if INPUTS[self.run.task] == "texts":
            texts = read_texts(self.dataset.folder)
            return Questions(texts=tuple(texts[example.sha256] for example in self.all))
        pictures = tuple(str(self.dataset.readable(example.sha256)) for example in self.all)
        return Questions(pictures=pictures, size=input_side(self.run), fit=self.run.config().fit)


def _sample(some: list[Example], most: int) -> list[Example]:
    if len(some) <= most:
        return some
    rows = np.random.default_rng(0).choice(len(some), most, replace=False)
    return [some[row] for row in sorted(rows.tolist())]
