"""The model card of a finished run: metadata for the Hub, then Markdown that people read.

It is made of what the run has recorded, each time anew: the threshold may be another one by now.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from tlcore import __version__
from tlcore.characters import as_markdown
from tlcore.export.card import metadata, picture, sections
from tlcore.export.card.class_scores import confusion_table
from tlcore.export.card.facts import CardFacts, gather
from tlcore.export.card.limits import limits
from tlcore.runs.run import Run

PICTURE = "confusion.png"
ALT = "Confusion matrix of the test part: a row for each true class, a column for each answer"


@dataclass(frozen=True)
class ModelCard:
    """A card in the parts in which it is shown.

    Attributes:
        title: the name of the model, as Markdown.
        opening: the Markdown before the picture; `rest`: after it.
        picture: the confusion matrix, PNG.
    """

    title: str
    metadata: dict[str, Any]
    opening: str
    picture: bytes
    rest: str

    @property
    def text(self) -> str:
        """The whole file, `README.md`."""
        head = metadata.as_yaml(self.metadata)
        return f"{head}\n# {self.title}\n\n{self.opening}\n![{ALT}]({PICTURE})\n\n{self.rest}"


def make(run: Run) -> ModelCard:
    """The card of a run.

    Raises:
        RunError: it has no model, or its records cannot be read.
    """
    facts = gather(run)
    rest = (
        *(part(facts) for part in (sections.classes, sections.calibration, limits, sections.data)),
        *(part(facts) for part in (sections.training, sections.licence, _software)),
    )
    return ModelCard(
        title=as_markdown(facts.name),
        metadata=metadata.metadata(facts),
        opening=f"{sections.summary(facts)}\n{sections.results(facts)}",
        picture=picture.draw(confusion_table(facts.report.test)),
        rest="\n".join(rest),
    )


def _software(facts: CardFacts) -> str:
    saved = f"Saved with Keras {as_markdown(facts.keras_version)}. " if facts.keras_version else ""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("keras", "tensorflow", "numpy", "pillow"))
    by = f"Graft {__version__} on Python {platform.python_version()}"
    return f"## Software\n\n{saved}Card written with {by}: {libraries}.\n"
