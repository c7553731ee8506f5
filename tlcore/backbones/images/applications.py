"""The image models of `keras.applications`, each with its own preprocessing: flat graphs with stable names.

Their weight files go into the weights folder, with progress, a time-out and clear words where there is no
network. Keras itself would download to the home directory, and it numbers unnamed layers by what was built
before, so the same model would have other names the second time.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import keras

from tlcore.backbones.catalogue.published_image import PublishedImage
from tlcore.backbones.images.preprocess import STYLES
from tlcore.backbones.weights import weights
from tlcore.download import OnProgress

SUBFOLDER = "keras"  # of the weights folder


def build(
    entry: PublishedImage,
    size: int,
    pretrained: bool,
    include_top: bool,
    on_progress: OnProgress | None = None,
) -> keras.Model:
    """The network from uint8 (size, size, 3) to its last feature map, or to class probabilities.

    Raises:
        WeightsError: the weights are not there and cannot be downloaded.
    """
    picture = keras.Input((size, size, 3), dtype="uint8", name="picture")
    constructor = getattr(keras.applications, entry.constructor)
    with downloads_to(lambda url, name, digest: _fetch(url, name, digest, on_progress)):
        model = constructor(
            include_top=include_top,
            weights="imagenet" if pretrained else None,
            input_tensor=STYLES[entry.style](picture),
            input_shape=(size, size, 3),
        )
    return name_operations(flatten(model), entry.id)


def _fetch(url: str, name: str, digest: str | None, on_progress: OnProgress | None) -> Path:
    return weights.download(url, weights.folder() / SUBFOLDER / name, digest, on_progress)


@contextlib.contextmanager
def downloads_to(fetch: Callable[[str, str, str | None], Path]) -> Iterator[None]:
    """Let Keras ask `fetch(url, file name, hash)` for files while a network is built.

    `weights=<path>` would be the public way, but EfficientNet builds another graph for it than for
    "imagenet", so the call that Keras makes is replaced for the duration.
    """

    def get_file(fname: str | None = None, origin: str = "", **options: Any) -> str:
        digest = options.get("file_hash") or options.get("md5_hash")
        return str(fetch(origin, fname or origin.rsplit("/", 1)[-1], digest))

    module = sys.modules[keras.utils.get_file.__module__]
    with mock.patch.object(module, "get_file", get_file):
        yield


def flatten(model: keras.Model) -> keras.Model:
    """The same network with nested Sequential parts (ConvNeXt's stem) flattened; weights are copied."""
    if not any(isinstance(operation, keras.Sequential) for operation in model.operations):
        return model

    def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(operation, keras.Sequential):
            return operation(*args, **kwargs)
        x = args[0]
        for layer in operation.layers:
            x = layer(x)
        return x

    copied = keras.models.clone_model(model, call_function=call, clone_function=_clone)
    copied.set_weights(model.get_weights())
    return copied


def _clone(layer: Any) -> Any:
    return layer.__class__.from_config(layer.get_config())


def name_operations(model: keras.Model, name: str) -> keras.Model:
    """Give unnamed operations names that depend on this graph alone, and none a leading underscore."""
    count: Counter[str] = Counter()
    for operation in model.operations:
        kind = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(operation).__name__).lower()
        automatic = re.fullmatch(rf"{re.escape(_default_name(operation))}(_\d+)?", operation.name)
        if automatic or not isinstance(operation, keras.Layer):
            operation.name = f"{kind}_auto{count[kind]}"
            count[kind] += 1
        else:
            operation.name = operation.name.lstrip("_")
    return keras.Model(model.inputs[0], model.outputs[0], name=name)


def _default_name(operation: Any) -> str:
    """The name that Keras derives from a class, before its number."""
    words = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", type(operation).__name__)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"\W", "", words)).lower()
