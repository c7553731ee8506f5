"""The settings of a keras-hub preset in a folder, in the words that Hugging Face has for them. Light.

A preset says in `config.json` which of KerasHub's classes it is of and with which arguments. Graft makes none
of what it names: the class is looked up here, its arguments are read as numbers, and all else that a preset
may hold (`task.json`, `preprocessor.json`, `metadata.json`) is left alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tlcore.backbones.folders import folder_files
from tlcore.backbones.folders.folder_files import CONFIG, refuse
from tlcore.backbones.folders.picture_config import NEW, SWIN
from tlcore.backbones.folders.text_config import EPSILONS, ROBERTAS, SHIFT, XLM
from tlcore.errors import BackboneError, printable
from tlcore.records import JsonType

CONVERTER = "image_converter.json"
MOST = 1_000_000  # of a number, before others are computed from it: integers of JSON may have any size
REMEDY = f"Give a folder that holds {CONFIG}, {CONVERTER} and model.weights.h5, as keras-hub saves a preset."
TEXT_FILES = f"{CONFIG}, tokenizer.json, model.weights.h5 and the folder assets"
TEXT_REMEDY = f"Give a folder that holds {TEXT_FILES}, as keras-hub saves a preset."


class AnyConfig(msgspec.Struct):
    """The fields of `config.json` that name the architecture: Hugging Face's, and KerasHub's."""

    model_type: str = ""
    class_name: str = ""


class HubObject(msgspec.Struct):
    """One of KerasHub's objects: its class and the arguments."""

    class_name: str
    config: dict[str, Any]
    registered_name: str | None = None


class _HubClass(NamedTuple):
    """Hugging Face's name of the architecture, and those of the arguments; what others must be."""

    model_type: str
    renamed: dict[str, str]
    fixed: dict[str, object]


_OF_LAYERS = {
    "num_layers": "num_hidden_layers",
    "num_heads": "num_attention_heads",
    "hidden_dim": "hidden_size",
    "patch_size": "patch_size",
}
_ALL_BIASES = ("use_mha_bias", "use_mlp_bias", "use_class_token", "use_patch_bias")
_INNER = {"intermediate_dim": "intermediate_size"}
_EPSILON = {"layer_norm_epsilon": "layer_norm_eps"}
USUAL_EPSILON = 1e-6  # KerasHub's, where Hugging Face has 1e-12
_DINOV3 = {
    **{"num_register_tokens": "num_register_tokens", "use_gated_mlp": "use_gated_mlp"},
    **{"hidden_activation": "hidden_act", "layer_norm_eps": "layer_norm_eps", "rope_theta": "rope_theta"},
    **{f"use_{part}_bias": f"{part}_bias" for part in ("query", "key", "value", "proj", "mlp")},
}
_SWIN = ("embed_dim", "depths", "num_heads", "window_size", "patch_size", "mlp_ratio", "qkv_bias")
PICTURES: dict[str, _HubClass] = {
    "ViTBackbone": _HubClass(
        "vit", {**_OF_LAYERS, "mlp_dim": "intermediate_size", **_EPSILON}, dict.fromkeys(_ALL_BIASES, True)
    ),
    "DeiTBackbone": _HubClass("deit", {**_OF_LAYERS, **_INNER, **_EPSILON}, {"use_mha_bias": True}),
    "DINOV2Backbone": _HubClass(
        "dinov2",
        {**_OF_LAYERS, "num_register_tokens": "num_register_tokens", "use_swiglu_ffn": "use_swiglu_ffn"},
        {},
    ),
    "DINOV3Backbone": _HubClass(NEW, {**_OF_LAYERS, **_INNER, **_DINOV3}, {}),
    "SwinTransformerBackbone": _HubClass(SWIN, dict(zip(_SWIN, _SWIN, strict=True)), {"patch_norm": True}),
}
_OF_TEXTS = {
    **{"vocabulary_size": "vocab_size", "max_sequence_length": "max_position_embeddings"},
    **{"num_layers": "num_hidden_layers", "num_heads": "num_attention_heads", "hidden_dim": "hidden_size"},
    **_INNER,
    "num_segments": "type_vocab_size",
}
TEXTS = {
    "BertBackbone": _HubClass("bert", _OF_TEXTS, {}),
    "DistilBertBackbone": _HubClass("distilbert", _OF_TEXTS, {}),
    "RobertaBackbone": _HubClass("roberta", _OF_TEXTS, {}),
    "XLMRobertaBackbone": _HubClass(XLM, _OF_TEXTS, {}),
}
_ANY, _OBJECT = JsonType(AnyConfig), JsonType(HubObject)


def architecture(folder: Path, remedy: str) -> str:
    """The architecture that `config.json` names: Hugging Face's type of model, or KerasHub's class.

    Raises:
        BackboneError: it names none.
    """
    told = folder_files.decoded(folder / CONFIG, _ANY, remedy)
    if not told.model_type + told.class_name:
        raise BackboneError(f"{CONFIG} names no model_type.", received=folder, remedy=remedy)
    return told.model_type or told.class_name


def hub_object(path: Path, remedy: str) -> HubObject:
    """One of KerasHub's objects in a file of settings.

    Raises:
        BackboneError: it is none, or of a class of somebody's own.
    """
    found = folder_files.decoded(path, _OBJECT, remedy)
    known = [
        f"{package}>{found.class_name}" for package in ("keras_hub", "keras_nlp")
    ]  # its name before 2024
    if found.registered_name not in (None, *known):
        refuse(path.parent, f"{path.name} asks for {printable(found.registered_name, 60)}, which is unknown.")
    return found


def picture_settings(folder: Path) -> dict[str, Any]:
    """The settings of a backbone for pictures; `PictureConfig` and `SwinConfig` hold their bounds.

    Raises:
        BackboneError: they are none of a known class.
    """
    settings, told = _settings(folder, PICTURES, REMEDY)
    shape = told.get("image_shape")
    if settings["model_type"] == "dinov2":
        shape = told.get("position_embedding_shape") or shape
        settings |= _of_dinov2(told)
    settings["image_size"] = _sides(folder, shape)
    return settings


def _settings(
    folder: Path, classes: dict[str, _HubClass], remedy: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings in Hugging Face's words, and all arguments in KerasHub's."""
    found = hub_object(folder / CONFIG, remedy)
    if (known := classes.get(found.class_name)) is None:
        refuse(folder, f"config.json asks for {printable(found.class_name, 60)}, which is unknown.")
    told = {"layer_norm_epsilon": USUAL_EPSILON} | found.config
    for key, value in known.fixed.items():
        if told.get(key, value) != value:
            refuse(
                folder,
                f"config.json asks for what no such network here has: {key} {printable(told[key], 40)}.",
            )
    settings = {ours: told[theirs] for theirs, ours in known.renamed.items() if told.get(theirs) is not None}
    settings["model_type"] = known.model_type
    return settings, told


def text_settings(folder: Path) -> dict[str, Any]:
    """The same of a backbone for texts, whose activation is KerasHub's; `FolderConfig` holds their bounds.

    Raises:
        BackboneError: they are none of a known class.
    """
    settings, _ = _settings(folder, TEXTS, TEXT_REMEDY)
    kind, places = settings["model_type"], settings.get("max_position_embeddings")
    if kind in ROBERTAS and isinstance(places, int):
        settings["max_position_embeddings"] = places + SHIFT
    return settings | {
        "hidden_act": "gelu_new" if kind == "bert" else "gelu",  # which comes near it, as Google's did
        "pad_token_id": int(kind in ROBERTAS),
        "layer_norm_eps": EPSILONS[kind],
    }


def _of_dinov2(told: dict[str, Any]) -> dict[str, Any]:
    """Its dense part is told as a multiple of the width, whose whole part is taken."""
    inner, width = told.get("intermediate_dim"), told.get("hidden_dim")
    ratio: Any = inner
    if isinstance(inner, int) and isinstance(width, int) and 0 < inner < MOST and 0 < width < MOST:
        ratio = (inner + 0.5) / width
    return {
        "mlp_ratio": ratio,
        **({"model_type": "dinov2_with_registers"} if told.get("num_register_tokens") else {}),
    }


def _sides(folder: Path, shape: object) -> object:
    """Height and width of a picture of three colours."""
    if not isinstance(shape, list) or len(shape) != 3 or shape[2] != 3:
        refuse(folder, f"config.json takes pictures of {printable(shape, 60)}, and not of three colours.")
    return shape[:2]


def variables(folder: Path) -> tuple[int, int]:
    """The number among KerasHub's variables that the registers of a DINO have, and that the places have."""
    told = hub_object(folder / CONFIG, REMEDY).config
    registers = 1 + bool(told.get("use_mask_token", True))
    return registers, registers + bool(told.get("num_register_tokens")) + 1  # behind the interpolated ones


def colours(folder: Path) -> dict[str, Any]:
    """The same of its converter of pictures, as `PreprocessorConfig` bounds them.

    Raises:
        BackboneError: it is none.
    """
    told = hub_object(folder / CONVERTER, REMEDY).config
    scale, offset = (_three(folder, told.get(name), usual) for name, usual in (("scale", 1), ("offset", 0)))
    if not all(1e-6 < abs(one) < 1e3 for one in scale):
        refuse(folder, f"{CONVERTER} multiplies colours by {printable(scale, 60)}.")
    if not all(abs(one) < MOST for one in offset):
        refuse(folder, f"{CONVERTER} adds {printable(offset, 60)} to colours.")
    deviation = [1 / (255 * one) for one in scale]
    size = told.get("image_size")
    side = {"height": size[0], "width": size[1]} if isinstance(size, list) and len(size) == 2 else None
    return {
        "image_std": deviation,
        "image_mean": [round(-move * one, 9) + 0.0 for move, one in zip(offset, deviation, strict=True)],
        "do_center_crop": True,
        "crop_size": side,
    }


def _three(folder: Path, told: object, usual: float) -> list[float]:
    """A number for each colour, as told: of all, of each, or not at all."""
    some: list[Any] = told if isinstance(told, list) else [usual if told is None else told] * 3
    if len(some) != 3 or not all(type(one) in (int, float) for one in some):
        refuse(folder, f"{CONVERTER} has {printable(told, 60)} where three numbers should be.")
    return some
