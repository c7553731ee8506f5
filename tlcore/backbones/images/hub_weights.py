"""Weights of KerasHub's transformers, for the layers of `vision_transformer.py` and `swin_transformer.py`.
Imports KerasHub.

The two are different networks of the same numbers. What DINOv2 multiplies the result of attention and of the
dense part by goes into the weights that give it; a token that stands in front goes into its place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import keras_hub
import numpy as np

from tlcore.backbones import hub
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.published_image import HubKind, PublishedHub
from tlcore.backbones.catalogue.swin_facts import PublishedSwin
from tlcore.backbones.catalogue.transformer_facts import PublishedTransformer
from tlcore.backbones.images import moved_places, swin_transformer
from tlcore.download import OnProgress
from tlcore.errors import WeightsError

Array = np.ndarray[Any, Any]
Transformer = PublishedTransformer | PublishedSwin
CLOSE = 1e-4  # by which the numbers of a preset's converter may differ from the published ones


@dataclass(frozen=True)
class _LayerParts:
    """One layer of KerasHub's: two normalisations, the attention and the dense layers, first to last; and
    what the results of attention and dense part are multiplied by.
    """

    norms: tuple[keras.Layer, keras.Layer]
    attention: keras.Layer
    dense: tuple[keras.Layer, keras.Layer]
    scales: tuple[Array | float, Array | float] = (1.0, 1.0)
    gate: keras.Layer | None = None  # a layer of its own


@dataclass(frozen=True)
class _Parts:
    """KerasHub's network in parts. `positions` (prefix + patches, width) is added to the tokens; DINOv3
    has some for those of the prefix alone.
    """

    patches: keras.Layer
    positions: Array
    layers: list[_LayerParts]
    last_norm: keras.Layer
    gather: keras.Layer | None = None  # the layer that gathers one token from all
    first_norm: keras.Layer | None = None  # before the first layer


def load(model: keras.Model, entry: Transformer, size: int, on_progress: OnProgress | None) -> None:
    """Fill `model` with the published weights, downloading them where they are not there.

    Raises:
        WeightsError: they cannot be downloaded, or do not fit.
    """
    backbone = catalogue.get(entry.id)
    converter = getattr(keras_hub.layers, f"{entry.kind}ImageConverter")  # a small file: before the weights
    _check_colours(hub.from_preset(backbone, entry.preset, converter.from_preset, None), entry)
    kind = getattr(keras_hub.models, f"{entry.kind}Backbone")
    options: dict[str, Any] = {"dtype": "float32"}
    if entry.kind not in ("ViT", "DeiT", "SigLIP", "CLIP"):  # with positions for one size: `moved_places.fit`
        options["image_shape"] = (size, size, 3)
    loaded = hub.from_preset(
        backbone, entry.preset, lambda preset: kind.from_preset(preset, **options), on_progress
    )
    assign(model, entry, loaded)


def _check_colours(converter: Any, entry: PublishedHub) -> None:
    """Raises WeightsError where the preset wants other numbers than the network gives it."""
    for told, ours in ((converter.scale, entry.scale), (converter.offset, entry.offset)):
        if told is None or not np.allclose(np.broadcast_to(told, (3,)), ours, atol=CLOSE):
            raise WeightsError(f"{entry.name} wants its colours otherwise than published.", received=told)


def assign(model: keras.Model, entry: Transformer, backbone: keras.Model) -> None:
    """Copy the weights of KerasHub's `backbone` into `model`.

    Raises:
        WeightsError: they do not fit.
    """
    try:
        if isinstance(entry, PublishedSwin):
            swin_transformer.copy(model, backbone)
        else:
            if entry.kind == "CLIP":
                _check_activation(backbone, entry)
            _copy(model, PARTS[entry.kind](backbone), entry)
    except (ValueError, AttributeError) as error:
        raise WeightsError(f"The weights do not fit {entry.name}: {error}.", received=entry.preset) from error


def _copy(model: keras.Model, parts: _Parts, entry: PublishedTransformer) -> None:
    model.get_layer("patches").set_weights(parts.patches.get_weights())
    places = model.get_layer("positions")
    places.set_weights([moved_places.fit(parts.positions, places.input_dim, entry.prefix)])
    norms = {"last_norm": parts.last_norm}
    for number, layer in enumerate(parts.layers, start=1):
        name = f"layer{number}"
        norms |= {f"{name}_norm{place}": norm for place, norm in enumerate(layer.norms, start=1)}
        *before, kernel, bias = layer.attention.get_weights()
        of_attention, of_dense = layer.scales
        if entry.kind == "DINOV3":
            for part in ("query", "key", "value"):
                weights = getattr(layer.attention, f"{part}_dense").get_weights()
                model.get_layer(f"{name}_{part}").set_weights(weights)
            before = []
        model.get_layer(f"{name}_attention").set_weights(
            [*before, kernel * of_attention, bias * of_attention]
        )
        first, last = layer.dense
        _copy_first(model, name, first.get_weights(), entry, layer.gate)
        kernel, bias = last.get_weights()
        model.get_layer(f"{name}_dense2").set_weights([kernel * of_dense, bias * of_dense])
    if parts.first_norm is not None:
        norms["first_norm"] = parts.first_norm
    if parts.gather is not None:
        norms |= _copy_gather(model, parts.gather)
    for name, norm in norms.items():
        model.get_layer(name).set_weights(norm.get_weights())
        model.get_layer(name).epsilon = norm.epsilon


def _copy_first(
    model: keras.Model,
    name: str,
    weights: list[Array],
    entry: PublishedTransformer,
    own_gate: keras.Layer | None,
) -> None:
    """The first dense layer; of DINOv2 KerasHub has that and the gate in one, the gate first."""
    if own_gate is not None:
        model.get_layer(f"{name}_gate").set_weights(own_gate.get_weights())
    if own_gate is not None or not entry.is_gated:
        model.get_layer(f"{name}_dense1").set_weights(weights)
        return
    gate, rest = zip(*(np.split(weight, 2, axis=-1) for weight in weights), strict=True)
    model.get_layer(f"{name}_gate").set_weights(list(gate))
    model.get_layer(f"{name}_dense1").set_weights(list(rest))


def _copy_gather(model: keras.Model, gather: Any) -> dict[str, keras.Layer]:
    """The token that gathers from all others; its normalisation by our name."""
    model.get_layer("probe").set_weights([_numbers(gather.probe)])
    model.get_layer("gather_attention").set_weights(gather.attention.get_weights())
    model.get_layer("gather_dense1").set_weights(gather.mlp.fc1.get_weights())
    model.get_layer("gather_dense2").set_weights(gather.mlp.fc2.get_weights())
    return {"gather_norm2": gather.layer_norm}


def _siglip(backbone: Any) -> _Parts:
    encoder = getattr(backbone, "vision_encoder", backbone)
    return _Parts(
        encoder.embedding.patch_embedding,
        np.array(encoder.embedding.position_embedding.get_weights()[0]),
        [
            _LayerParts((one.layer_norm1, one.layer_norm2), one.self_attn, (one.mlp.fc1, one.mlp.fc2))
            for one in encoder.encoder_layers
        ],
        encoder.post_layer_norm,
        encoder.head,
    )


def _clip(backbone: Any) -> _Parts:
    encoder = getattr(backbone, "vision_encoder", backbone)
    embedding, layers = encoder.embedding, encoder.encoder_layers
    places = np.asarray(embedding.position_ids)[0]
    positions = np.array(embedding.position_embedding.get_weights()[0])[places]
    positions[0] += np.asarray(embedding.class_embedding)
    return _Parts(
        embedding.patch_embedding,
        positions,
        [
            _LayerParts((one.layer_norm_1, one.layer_norm_2), one.attention, (one.dense_1, one.dense_2))
            for one in layers
        ],
        encoder.layer_norm,
        first_norm=encoder.pre_layer_norm,
    )


def _check_activation(backbone: Any, entry: PublishedTransformer) -> None:
    """No weight tells it. Raises ValueError where it is another one than published."""
    told = getattr(backbone, "vision_encoder", backbone).intermediate_activation
    if (told == "quick_gelu") != entry.is_quick:
        raise ValueError(f"its activation is {told}")


def _vit(backbone: Any) -> _Parts:
    embedding, encoder = backbone.layers[1:3]
    positions = np.array(embedding.position_embedding.get_weights()[0])
    positions[0] += _numbers(embedding.class_token)[0]
    return _Parts(
        embedding.patch_embedding,
        positions,
        [
            _LayerParts((one.layer_norm_1, one.layer_norm_2), one.mha, (one.mlp.dense_1, one.mlp.dense_2))
            for one in encoder.encoder_layers
        ],
        encoder.layer_norm,
    )


def _deit(backbone: Any) -> _Parts:
    embedding, encoder = backbone.layers[1:3]
    positions = np.array(_numbers(embedding.position_embedding))
    positions[0] += _numbers(embedding.class_token)[0]
    positions[1] += _numbers(embedding.distillation_token)[0]
    return _Parts(
        embedding.patch_embedding,
        positions,
        [
            _LayerParts(
                (one.layer_norm_1, one.layer_norm_2), one.mha, (one.mlp.dense, one.output_layer.dense)
            )
            for one in encoder.encoder_layers
        ],
        encoder.layer_norm,
    )


def _dinov2(backbone: Any) -> _Parts:
    embedding = backbone.embeddings
    places, learned = (
        _numbers(weight)
        for weight in (embedding.interpolated_position_embeddings, embedding.position_embeddings)
    )
    if len(learned) != len(places):  # KerasHub moves them by another curve than they were made for
        side = round((len(places) - 1) ** 0.5)
        moved = moved_places.to_side(learned[1:], side, smooth=embedding.antialias_in_interpolation)
        places = np.concatenate([learned[:1], moved])
    registers = [_numbers(embedding.register_tokens)] if embedding.num_register_tokens else []
    positions = np.concatenate([places[:1] + _numbers(embedding.cls_token), *registers, places[1:]])
    return _Parts(
        embedding.patch_embeddings.projection,
        positions,
        list(map(_dinov2_layer, backbone.encoder.layers)),
        backbone.layernorm,
    )


def _dinov2_layer(layer: Any) -> _LayerParts:
    names = ("weights_in", "weights_out") if layer.use_swiglu_ffn else ("fc1", "fc2")
    first, last = (getattr(layer.mlp, name) for name in names)
    scales = (np.asarray(layer.layer_scale1.lambda1), np.asarray(layer.layer_scale2.lambda1))
    return _LayerParts((layer.norm1, layer.norm2), layer.attention.attention, (first, last), scales)


def _dinov3(backbone: Any) -> _Parts:
    embedding = backbone.embeddings
    return _Parts(
        embedding.patch_embeddings.projection,
        np.concatenate([_numbers(embedding.cls_token), _numbers(embedding.register_tokens)]),
        list(map(_dinov3_layer, backbone.encoder.layers)),
        backbone.layernorm,
    )


def _dinov3_layer(layer: Any) -> _LayerParts:
    return _LayerParts(
        (layer.norm1, layer.norm2),
        layer.attention,
        (layer.mlp.up_proj, layer.mlp.down_proj),
        (np.asarray(layer.layer_scale1.lambda1), np.asarray(layer.layer_scale2.lambda1)),
        getattr(layer.mlp, "gate_proj", None),
    )


def _numbers(weight: Any) -> Array:
    """A weight (1, tokens, width) as (tokens, width)."""
    return np.asarray(weight)[0]


PARTS: dict[HubKind, Callable[[Any], _Parts]] = {
    "ViT": _vit,
    "DeiT": _deit,
    "DINOV2": _dinov2,
    "DINOV3": _dinov3,
    "SigLIP": _siglip,
    "CLIP": _clip,
}
