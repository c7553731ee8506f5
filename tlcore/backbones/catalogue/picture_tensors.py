"""Names and shapes of the tensors of a vision transformer in a folder, as Hugging Face keeps them. Light.

Each is asked for by its role here, so that the checks before anything is built and the loading itself
(`images/folder_weights.py`) look at the same ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlcore.backbones.catalogue.folder_files import TensorShape
from tlcore.backbones.catalogue.transformer_facts import PublishedTransformer

OF_ALL = "embeddings.cls_token"  # the token that stands for the whole picture
PLACES = "embeddings.position_embeddings"
PATCHES = "embeddings.patch_embeddings.projection"
REGISTERS = "embeddings.register_tokens"
DISTILLATION = "embeddings.distillation_token"
LAST_NORM = "layernorm"
ASKED = ("query", "key", "value")


def layer(number: int) -> str:
    """The beginning of all names of a layer; the first is 0."""
    return f"encoder.layer.{number}"


def norms(entry: PublishedTransformer, number: int) -> tuple[str, str]:
    """The two normalisations of a layer."""
    names = ("norm1", "norm2") if entry.kind == "DINOV2" else ("layernorm_before", "layernorm_after")
    return f"{layer(number)}.{names[0]}", f"{layer(number)}.{names[1]}"


def dense(entry: PublishedTransformer, number: int) -> tuple[str, str]:
    """The dense layers of a layer, first and last; the first holds the gate, too, where it is gated."""
    names = ("intermediate.dense", "output.dense")
    if entry.kind == "DINOV2":
        names = ("mlp.weights_in", "mlp.weights_out") if entry.is_gated else ("mlp.fc1", "mlp.fc2")
    return f"{layer(number)}.{names[0]}", f"{layer(number)}.{names[1]}"


def scales(number: int) -> tuple[str, str]:
    """Factors of what attention and dense part give, in DINOv2."""
    return f"{layer(number)}.layer_scale1.lambda1", f"{layer(number)}.layer_scale2.lambda1"


def expected(entry: PublishedTransformer, places: int) -> Iterator[tuple[str, TensorShape]]:
    """The tensors of such a network with their shapes.

    Args:
        places: of patches, that have learned numbers.
    """
    width, patch = entry.width, entry.patch
    yield OF_ALL, (1, 1, width)
    ahead = 1 if entry.kind == "DINOV2" else entry.prefix  # registers have no places
    yield PLACES, (1, ahead + places, width)
    yield f"{PATCHES}.weight", (width, 3, patch, patch)
    yield f"{PATCHES}.bias", (width,)
    if entry.kind == "DeiT":
        yield DISTILLATION, (1, 1, width)
    if entry.kind == "DINOV2" and entry.prefix > 1:
        yield REGISTERS, (1, entry.prefix - 1, width)
    for number in range(entry.layers):
        yield from _layer(entry, number)
    yield from _norm(LAST_NORM, width)


def _layer(entry: PublishedTransformer, number: int) -> Iterator[tuple[str, TensorShape]]:
    width, inner = entry.width, entry.inner
    for name in norms(entry, number):
        yield from _norm(name, width)
    for name in ASKED:
        yield from _dense(f"{layer(number)}.attention.attention.{name}", width, width)
    yield from _dense(f"{layer(number)}.attention.output.dense", width, width)
    first, last = dense(entry, number)
    yield from _dense(first, width, 2 * inner if entry.is_gated else inner)
    yield from _dense(last, inner, width)
    if entry.kind == "DINOV2":
        for name in scales(number):
            yield name, (width,)


def _dense(name: str, inputs: int, outputs: int) -> Iterator[tuple[str, TensorShape]]:
    yield f"{name}.weight", (outputs, inputs)
    yield f"{name}.bias", (outputs,)


def _norm(name: str, width: int) -> Iterator[tuple[str, TensorShape]]:
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)
