"""Names and shapes of the tensors of a vision transformer or a Swin in a folder, as Hugging Face keeps them.
Light.

Each is asked for by its role here, so that the checks before anything is built and the loading itself
(`images/folder_weights.py`) look at the same ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlcore.backbones.catalogue.swin_facts import GROWTH, PATCH, PublishedSwin
from tlcore.backbones.catalogue.transformer_facts import PublishedTransformer
from tlcore.backbones.folders.folder_files import TensorShape

OF_ALL = "embeddings.cls_token"  # the token that stands for the whole picture
PLACES = "embeddings.position_embeddings"
REGISTERS = "embeddings.register_tokens"
DISTILLATION = "embeddings.distillation_token"
DINO = ("DINOV2", "DINOV3")


def patches(entry: PublishedTransformer) -> str:
    """The convolution that makes a token of each patch."""
    return f"embeddings.patch_embeddings{'' if entry.kind == 'DINOV3' else '.projection'}"


def last_norm(entry: PublishedTransformer) -> str:
    """The normalisation behind all layers."""
    return "norm" if entry.kind == "DINOV3" else "layernorm"


def layer(entry: PublishedTransformer, number: int) -> str:
    """The beginning of all names of a layer; the first is 0."""
    return f"layer.{number}" if entry.kind == "DINOV3" else f"encoder.layer.{number}"


def norms(entry: PublishedTransformer) -> tuple[str, str]:
    """The two normalisations of a layer."""
    return ("norm1", "norm2") if entry.kind in DINO else ("layernorm_before", "layernorm_after")


def attention(entry: PublishedTransformer) -> tuple[str, str, str, str]:
    """The dense layers of its attention: query, key, value and the one behind them."""
    if entry.kind == "DINOV3":
        return "attention.q_proj", "attention.k_proj", "attention.v_proj", "attention.o_proj"
    inside = "attention.attention"
    return f"{inside}.query", f"{inside}.key", f"{inside}.value", "attention.output.dense"


def dense(entry: PublishedTransformer) -> tuple[str, str]:
    """Its dense layers, first and last; DINOv2's first holds the gate, too, where it is gated."""
    if entry.kind == "DINOV3":
        return "mlp.up_proj", "mlp.down_proj"
    if entry.kind == "DINOV2":
        return ("mlp.weights_in", "mlp.weights_out") if entry.is_gated else ("mlp.fc1", "mlp.fc2")
    return "intermediate.dense", "output.dense"


GATE = "mlp.gate_proj"  # of DINOv3
SCALES = ("layer_scale1.lambda1", "layer_scale2.lambda1")  # factors of both results, in DINOv2 and 3


SWIN_PATCHES, SWIN_FIRST_NORM = "embeddings.patch_embeddings.projection", "embeddings.norm"
SWIN_ATTENTION = (
    *(f"attention.self.{part}" for part in ("query", "key", "value")),
    "attention.output.dense",
)
SWIN_BIAS = "attention.self.relative_position_bias_table"
SWIN_LAST_NORM = "layernorm"
SWIN_NORMS = ("layernorm_before", "layernorm_after")
SWIN_DENSE = ("intermediate.dense", "output.dense")


def swin_layer(stage: int, place: int) -> str:
    """The beginning of all names of a Swin's layer; the first of each stage is 0."""
    return f"encoder.layers.{stage}.blocks.{place}"


def swin_merge(stage: int) -> str:
    """The beginning of the names of what ends a stage."""
    return f"encoder.layers.{stage}.downsample"


def anchor(entry: PublishedTransformer | PublishedSwin) -> str:
    """The name of a tensor that each such model has once."""
    return f"{SWIN_FIRST_NORM}.weight" if isinstance(entry, PublishedSwin) else OF_ALL


def beyond(entry: PublishedTransformer | PublishedSwin) -> Iterator[str]:
    """Beginnings of names that only a model with more layers has."""
    if not isinstance(entry, PublishedSwin):
        yield layer(entry, entry.layers)
        return
    yield f"encoder.layers.{len(entry.depths)}"
    for stage, depth in enumerate(entry.depths):
        yield swin_layer(stage, depth)


def expected(entry: PublishedTransformer | PublishedSwin, places: int) -> Iterator[tuple[str, TensorShape]]:
    """The tensors of such a network with their shapes.

    Args:
        places: of patches, that have learned numbers; DINOv3 and Swin have none.
    """
    if isinstance(entry, PublishedSwin):
        yield from _swin(entry)
    else:
        yield from _transformer(entry, places)


def _swin(entry: PublishedSwin) -> Iterator[tuple[str, TensorShape]]:
    yield f"{SWIN_PATCHES}.weight", (entry.width, 3, PATCH, PATCH)
    yield f"{SWIN_PATCHES}.bias", (entry.width,)
    yield from _norm(SWIN_FIRST_NORM, entry.width)
    width = entry.width
    for stage, (depth, heads) in enumerate(zip(entry.depths, entry.heads, strict=True)):
        if stage:
            yield from _norm(f"{swin_merge(stage - 1)}.norm", 4 * width)
            yield from _dense(f"{swin_merge(stage - 1)}.reduction", 4 * width, 2 * width, has_bias=False)
            width *= 2
        for place in range(depth):
            for name, shape in _swin_layer(width, heads, entry.window):
                yield f"{swin_layer(stage, place)}.{name}", shape
    yield from _norm(SWIN_LAST_NORM, width)


def _swin_layer(width: int, heads: int, window: int) -> Iterator[tuple[str, TensorShape]]:
    for name in SWIN_NORMS:
        yield from _norm(name, width)
    for name in SWIN_ATTENTION:
        yield from _dense(name, width, width)
    yield SWIN_BIAS, ((2 * window - 1) ** 2, heads)
    first, last = SWIN_DENSE
    yield from _dense(first, width, GROWTH * width)
    yield from _dense(last, GROWTH * width, width)


def _transformer(entry: PublishedTransformer, places: int) -> Iterator[tuple[str, TensorShape]]:
    width, patch = entry.width, entry.patch
    yield OF_ALL, (1, 1, width)
    if entry.kind != "DINOV3":
        ahead = 1 if entry.kind == "DINOV2" else entry.prefix  # registers have no places
        yield PLACES, (1, ahead + places, width)
    yield f"{patches(entry)}.weight", (width, 3, patch, patch)
    yield f"{patches(entry)}.bias", (width,)
    if entry.kind == "DeiT":
        yield DISTILLATION, (1, 1, width)
    if entry.kind in DINO and entry.prefix > 1:
        yield REGISTERS, (1, entry.prefix - 1, width)
    for number in range(entry.layers):
        for name, shape in _layer(entry):
            yield f"{layer(entry, number)}.{name}", shape
    yield from _norm(last_norm(entry), width)


def _layer(entry: PublishedTransformer) -> Iterator[tuple[str, TensorShape]]:
    width, inner = entry.width, entry.inner
    for name in norms(entry):
        yield from _norm(name, width)
    query, key, value, behind = attention(entry)
    for name in (query, value, behind):
        yield from _dense(name, width, width)
    yield from _dense(key, width, width, has_bias=entry.kind != "DINOV3")
    first, last = dense(entry)
    holds_gate = entry.is_gated and entry.kind == "DINOV2"
    yield from _dense(first, width, 2 * inner if holds_gate else inner)
    if entry.is_gated and not holds_gate:
        yield from _dense(GATE, width, inner)
    yield from _dense(last, inner, width)
    if entry.kind in DINO:
        for name in SCALES:
            yield name, (width,)


def _dense(name: str, inputs: int, outputs: int, has_bias: bool = True) -> Iterator[tuple[str, TensorShape]]:
    yield f"{name}.weight", (outputs, inputs)
    if has_bias:
        yield f"{name}.bias", (outputs,)


def _norm(name: str, width: int) -> Iterator[tuple[str, TensorShape]]:
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)
