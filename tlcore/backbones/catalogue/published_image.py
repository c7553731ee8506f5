"""Published facts about picture backbones: rows of `image_facts.py` and of the facts of KerasHub's."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from tlcore.backbones.catalogue.entry import WeightSource

Style = Literal["torch", "tf", "caffe", "built-in"]
KERAS = "keras.io, Keras Applications"
# These begin the names of KerasHub's classes.
TransformerKind = Literal["ViT", "DeiT", "DINOV2", "DINOV3", "SigLIP", "CLIP", "SwinTransformer"]
ConvolutionKind = Literal["ResNet", "EfficientNet", "MobileNet", "HGNetV2", "CSPNet"]
HubKind = Literal[TransformerKind, ConvolutionKind]
CONVOLUTIONS: tuple[ConvolutionKind, ...] = get_args(ConvolutionKind)
Colours = tuple[float, float, float]
IMAGENET: tuple[Colours, Colours] = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
HALF: tuple[Colours, Colours] = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


class PublishedImage(msgspec.Struct, frozen=True):
    """`constructor` names the function in `keras.applications`; empty for all others.

    `style` is how it wants its numbers, as `tlcore/backbones/images/preprocess.py` has them. `tested_size` is
    the side of the pictures that the accuracies are of, where it is not `input_size`.
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
    tested_size: int | None = None


class PublishedHub(PublishedImage, frozen=True, kw_only=True):
    """A network of KerasHub's. `preset` is its name there for the weights, and `handle` where they lie at
    Kaggle. Colours between 0 and 1 enter less their `mean`, divided by their `deviation`.
    """

    kind: HubKind
    preset: str
    handle: str
    mean: Colours
    deviation: Colours
    constructor: str = ""
    style: Style = "built-in"
    top5: float | None = None
    source: WeightSource = "keras_hub"

    @property
    def scale(self) -> list[float]:
        """Factors of a colour from 0 to 255, one for each channel ..."""
        return [1 / (255 * one) for one in self.deviation]

    @property
    def offset(self) -> list[float]:
        """... and numbers that are added to it then."""
        return [-mean / one for mean, one in zip(self.mean, self.deviation, strict=True)]
