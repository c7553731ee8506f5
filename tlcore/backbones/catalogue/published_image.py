"""Published facts about a picture backbone: the rows of `image_facts.py` and `transformer_facts.py`."""

from __future__ import annotations

from typing import Literal

import msgspec

from tlcore.backbones.catalogue.entry import WeightSource

Style = Literal["torch", "tf", "caffe", "built-in"]
KERAS = "keras.io, Keras Applications"


class PublishedImage(msgspec.Struct, frozen=True):
    """`constructor` names the function in `keras.applications`; empty for all others.

    `style` is how it wants its numbers, as `tlcore/backbones/images/preprocess.py` has them.
    """

    id: str
    name: str
    family: str
    constructor: str
    style: Style
    top1: float | None
    top5: float | None
    licence: str
    input_size: int = 224
    min_size: int = 32
    source: WeightSource = "keras"
    published: str = KERAS
