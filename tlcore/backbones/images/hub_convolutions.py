"""Convolutional networks of KerasHub as one flat graph of plain Keras layers. Imports KerasHub.

KerasHub has whole blocks inside one layer. Here these are laid open, so a network can be cut between any two
blocks, frozen batch norms are found, and its file needs nothing else. What is laid open is the preset itself,
normalised as its own converter says: no numbers of ours are in between.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import keras
import keras_hub
import numpy as np
from keras_hub.src.utils.timm import (  # how KerasHub reads timm's networks, from which its presets are
    convert_cspnet,
    convert_efficientnet,
    convert_hgnetv2,
    convert_mobilenet,
    convert_resnet,
)

from tlcore.backbones import hub
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.convolution_facts import PublishedConvolutional
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.backbones.catalogue.published_image import HubKind
from tlcore.backbones.graph import replay, steps
from tlcore.backbones.images.applications import name_operations
from tlcore.download import OnProgress
from tlcore.errors import WeightsError

SIZES: dict[HubKind, Any] = {
    "ResNet": convert_resnet,
    "EfficientNet": convert_efficientnet,
    "MobileNet": convert_mobilenet,
    "HGNetV2": convert_hgnetv2,
    "CSPNet": convert_cspnet,
}
VD = "_vd"  # ends the names of ResNets whose first convolution is three and whose shortcuts take means
LAST_STAGE = "stage4"  # of HGNetV2, which gives the maps of all its stages


def build(entry: PublishedConvolutional, size: int) -> keras.Model:
    """The network with random weights: uint8 pictures (n, size, size, 3) → maps (n, h, w, width)."""
    kind = getattr(keras_hub.models, f"{entry.kind}Backbone")
    return lay_open(kind(**(sizes(entry) | shape(entry, size))), entry.scale, entry.offset, entry.id)


def sizes(entry: PublishedConvolutional) -> dict[str, Any]:
    """Arguments of KerasHub's class."""
    name = entry.architecture.removesuffix(VD)
    told = {"architecture": name, "pretrained_cfg": {"tag": "ssld"}}  # HGNetV2's teacher left out some layers
    told_by: dict[str, Any] = SIZES[entry.kind].convert_backbone_config(told)
    if name != entry.architecture:
        told_by |= {"input_conv_filters": [32, 32, 64], "input_conv_kernel_sizes": [3, 3, 3]}
        told_by["block_type"] += VD
    return told_by


def shape(entry: PublishedConvolutional, size: int) -> dict[str, Any]:
    """The arguments that a preset does not have, or not for this size."""
    if entry.kind != "EfficientNet":
        return {"image_shape": (size, size, 3)}
    width = {key: value for key, value in sizes(entry).items() if key == "num_features"}
    return {"input_shape": (size, size, 3)} | width  # KerasHub 0.32 keeps no width of the last map


def load(entry: PublishedConvolutional, size: int, on_progress: OnProgress | None) -> keras.Model:
    """The network with the published weights, downloading them where they are not there.

    Raises:
        WeightsError: they cannot be downloaded, or are those of another network.
    """
    described = catalogue.get(entry.id)
    converter = getattr(keras_hub.layers, f"{entry.kind}ImageConverter")  # a small file: before the weights
    scale, offset = _colours(hub.from_preset(described, entry.preset, converter.from_preset, None), entry)
    kind = getattr(keras_hub.models, f"{entry.kind}Backbone")
    options = shape(entry, size) | {"dtype": "float32"}
    network = hub.from_preset(
        described, entry.preset, lambda preset: kind.from_preset(preset, **options), on_progress
    )
    model = lay_open(network, scale, offset, entry.id)
    check(model, described)
    return model


def check(model: keras.Model, described: Backbone) -> None:
    """Compare a network with its entry of the catalogue.

    Raises:
        WeightsError: it is another one.
    """
    names = {operation.name for operation in model.operations}
    if model.count_params() != described.params or not names >= {one.output for one in described.blocks}:
        raise WeightsError(f"The weights do not fit {described.name}.", received=described.id)


def _colours(converter: Any, entry: PublishedConvolutional) -> tuple[list[float], list[float]]:
    """Factors and sums of the three channels.

    Raises:
        WeightsError: the converter names none.
    """
    if converter.scale is None or converter.offset is None:
        raise WeightsError(f"{entry.name} does not say how it wants its colours.", received=entry.preset)
    scale, offset = (np.broadcast_to(one, (3,)).tolist() for one in (converter.scale, converter.offset))
    return scale, offset


def lay_open(network: Any, scale: list[float], offset: list[float], name: str) -> keras.Model:
    """The same network from uint8 pictures on, of copies of its plain layers and none of KerasHub's."""
    picture = keras.Input(network.inputs[0].shape[1:], dtype="uint8", name="picture")
    x = keras.layers.Rescaling(scale, offset, dtype="float32", name="normalise")(picture)
    last = network.output[LAST_STAGE] if isinstance(network.output, dict) else network.output
    opened = keras.Model(network.inputs, last)
    while any(_is_nested(step.operation) for step in steps(opened)):
        opened = keras.Model(opened.inputs, replay(opened, opened.inputs, _open)[0])
    copy = _Copy(f"{network.name}_")
    model = keras.Model(picture, replay(opened, [x], copy)[0])
    return name_operations(model, name)


def _is_nested(operation: Any) -> bool:
    return isinstance(operation, keras.Layer) and type(operation).__module__.startswith("keras_hub")


def _open(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The calls inside a layer of KerasHub's instead of the one of it."""
    return operation.call(*args, **kwargs) if _is_nested(operation) else operation(*args, **kwargs)


class _Copy:
    """Calls a copy of each layer, with its weights, in the current policy of numbers.

    Args:
        prefix: that names may begin with, of the network they are of.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.names: Counter[str] = Counter()

    def __call__(self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if isinstance(operation, keras.layers.Identity):
            return args[0]
        if not isinstance(operation, keras.Layer):
            return operation(*args, **kwargs)
        name = operation.name.removeprefix(self.prefix)
        self.names[name] += 1
        name = (
            name if self.names[name] == 1 else f"{name}_{self.names[name]}"
        )  # one layer may be called twice
        weights = operation.get_weights()
        if _is_depthwise(operation):
            layer: keras.Layer = _depthwise(operation, name)
            weights[0] = weights[0].swapaxes(2, 3)
        else:
            config = operation.get_config() | {"name": name}
            config.pop("dtype")
            layer = type(operation).from_config(config)
        result = layer(*args)
        layer.set_weights(weights)
        return result


def _is_depthwise(operation: Any) -> bool:
    plain = type(operation) is keras.layers.Conv2D
    return plain and operation.groups == operation.filters == operation.kernel.shape[-1] > 1


def _depthwise(convolution: Any, name: str) -> keras.layers.DepthwiseConv2D:
    """The same as a convolution in as many groups as channels, which is slow and has no gradient on a CPU."""
    return keras.layers.DepthwiseConv2D(
        convolution.kernel_size,
        convolution.strides,
        convolution.padding,
        dilation_rate=convolution.dilation_rate,
        use_bias=convolution.use_bias,
        name=name,
    )
