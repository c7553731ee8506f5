"""The tasks: what a model is to say of an example, and what its backbone has to read for that."""

from __future__ import annotations

from typing import Literal

# The class of a picture or text; where the objects in a picture are; the class of each of its pixels.
Task = Literal["images", "texts", "detection", "segmentation"]
InputKind = Literal["images", "texts"]
INPUTS: dict[Task, InputKind] = {
    "images": "images",
    "texts": "texts",
    "detection": "images",
    "segmentation": "images",
}
# The backbone for each task that works without internet.
DEFAULT_BACKBONES: dict[Task, str] = {
    "images": "efficientnet_lite0",
    "texts": "minilm_l6",
    "detection": "efficientnet_lite0",
    "segmentation": "efficientnet_lite0",
}
