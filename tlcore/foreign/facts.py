"""Facts in the file of a model from elsewhere, and those that a person adds: labels, pixel range, size."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tlcore.data.manifest import LONGEST_LABEL
from tlcore.data.names import clean_text
from tlcore.errors import ConfigError
from tlcore.records import JsonType

PixelRange = Literal["bytes", "unit", "signed", "imagenet", "caffe"]
Ending = Literal["softmax", "sigmoid", "scores"]
# The numbers that a network wants for the pixels of a picture, in words.
RANGES: dict[PixelRange, str] = {
    "bytes": "0 to 255",
    "unit": "0 to 1",
    "signed": "−1 to 1",
    "imagenet": "ImageNet mean and deviation",
    "caffe": "BGR less the mean",
}
RANGE_HELP: dict[PixelRange, str] = {
    "bytes": "The pixels as they are; the usual one where the network scales them itself.",
    "unit": "Each pixel divided by 255.",
    "signed": "Each pixel divided by 127.5, less 1: “tf” in Keras.",
    "imagenet": "0 to 1, less the mean of ImageNet's pictures, divided by their deviation: “torch” in Keras.",
    "caffe": "Blue, green, red, each less its mean in ImageNet: “caffe” in Keras.",
}
ENDINGS: dict[Ending, str] = {
    "softmax": "chances that add up to 1 (softmax)",
    "sigmoid": "a chance for each class by itself (sigmoid)",
    "scores": "scores without a limit; Graft makes chances of them (softmax)",
}
SIZES = (16, 1024)  # pixels of a side that Graft offers
USUAL_SIZE = 224  # where any goes


class ModelFacts(msgspec.Struct, frozen=True, kw_only=True):
    """`facts.json`: what was found in the file.

    Attributes:
        name: of the file, for people.
        size: pixels of a picture's side; None: any.
        outputs: numbers that it gives; 1: a chance of the second of two classes.
        scales: it begins by scaling pixels itself.
        whole: it reads whole numbers, so pixels can only be 0 to 255.
        left_out: kinds of layers that change pictures while a network trains: they are not taken over.
    """

    name: str
    size: int | None
    outputs: int
    ending: Ending
    scales: bool
    whole: bool
    parameters: int
    left_out: tuple[str, ...] = ()

    @property
    def classes(self) -> int:
        return max(2, self.outputs)

    @property
    def ranges(self) -> tuple[PixelRange, ...]:
        """The pixel ranges that can be meant."""
        return ("bytes",) if self.whole else tuple(RANGES)


class ModelAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """`answers.json`: what a person has said of it. `labels` in the order of the outputs."""

    labels: tuple[str, ...]
    pixels: PixelRange = "bytes"
    size: Annotated[int, Meta(ge=1, le=100_000)] = USUAL_SIZE


FACTS, ANSWERS = JsonType(ModelFacts), JsonType(ModelAnswers)


def labels_of(text: str) -> tuple[str, ...]:
    """The labels in a text with one in each line."""
    lines = (clean_text(line) for line in text.splitlines())
    return tuple(line for line in lines if line)


def checked(answers: ModelAnswers, facts: ModelFacts) -> ModelAnswers:
    """The answers, once they fit the model.

    Raises:
        ConfigError: they do not; says which and why.
    """
    labels = answers.labels
    if len(labels) != facts.classes:
        raise ConfigError(
            f"The model tells {facts.classes} classes apart, and {len(labels)} labels were given.",
            received=", ".join(labels) or "none",
            remedy="Give one label for each class, in the order of the model's outputs.",
        )
    if len(set(labels)) < len(labels):
        twice = next(label for at, label in enumerate(labels) if label in labels[:at])
        raise ConfigError("Two classes have one label.", received=twice, remedy="Give each class its own.")
    if odd := [one for one in labels if not one or len(one) > LONGEST_LABEL or clean_text(one) != one]:
        raise ConfigError("A label cannot be shown.", received=odd[0], remedy="Write it in other letters.")
    if answers.pixels not in facts.ranges:
        raise ConfigError(
            "The model reads whole numbers, so its pixels are 0 to 255.", received=RANGES[answers.pixels]
        )
    size = facts.size or answers.size
    if not SIZES[0] <= size <= SIZES[1]:
        raise ConfigError(f"Graft shows pictures of {SIZES[0]} to {SIZES[1]} pixels.", received=size)
    return msgspec.structs.replace(answers, size=size)


def sentence(facts: ModelFacts) -> str:
    """The facts in a few sentences."""
    size = f"{facts.size} × {facts.size} pixels" if facts.size else "any size"
    gives = f"tells {facts.outputs:,} classes apart, and gives {ENDINGS[facts.ending]}"
    if facts.outputs == 1:
        gives = "tells two classes apart, and gives the chance of the second one"
    said = f"It takes pictures of {size}, {gives}. It has {facts.parameters:,} numbers."
    if facts.scales:
        said += " It scales pixels by itself, so it most likely wants them from 0 to 255."
    if facts.ending == "sigmoid" and facts.outputs > 1:
        said += " In Graft its chances are shared out so that they add up to 1; the best one stays the best."
    if facts.left_out:
        said += f" Left out, since it only works in training: {', '.join(facts.left_out)}."
    return said
