"""The settings of the split into training, validation and test."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from tlcore.config.part import ConfigPart

HELD_OUT = {"unit": "%", "slider": (0.05, 0.4, 0.05)}


class SplitConfig(ConfigPart, frozen=True):
    """Shares of each class held out where the folder brings no such split; the rest is trained on.

    `most_per_class`: of what is left to train on, at most so many of each class are used, or in all where an
    example may show many classes; None uses all.
    """

    validation: Annotated[
        float,
        Meta(
            ge=0.05,
            le=0.5,
            title="Validation share",
            description="Held out to see, while training, how well new {many} are answered. A validation "
            "part that came with the data is used instead.",
            extra=HELD_OUT,
        ),
    ] = 0.15
    test: Annotated[
        float,
        Meta(
            ge=0.05,
            le=0.5,
            title="Test share",
            description="Held out to the very end for the score, and never trained on. A test part that came "
            "with the data is used instead.",
            extra=HELD_OUT,
        ),
    ] = 0.15
    seed: Annotated[
        int,
        Meta(
            ge=0, le=2**63 - 1, title="Seed of the split", description="Another one holds out other {many}."
        ),
    ] = 0
    most_per_class: Annotated[
        Annotated[int, Meta(ge=1, le=2**31 - 1)] | None,
        Meta(
            title="Training {many}{each}",
            description="At most so many are used, to see how far fewer would get. Empty: all of them.",
            extra={"empty": "all"},
        ),
    ] = None
    grouped: Annotated[
        bool,
        Meta(
            title="Look-alikes stay together",
            description="Near copies of one {one} never part between training and test: one that was learned "
            "by heart would count as understood.",
        ),
    ] = True
    brought: Annotated[
        bool,
        Meta(
            title="Split as it came",
            description="Training, validation and test parts that came with the data are kept. Off: all is "
            "drawn anew.",
        ),
    ] = True
