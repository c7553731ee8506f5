"""The weights of a keras-hub preset in a folder, asked for by Hugging Face's names and in its shapes. Light.

So a preset and a folder of Hugging Face fill the same networks. Where each tensor lies follows from the names
that KerasHub's classes give their parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from tlcore.backbones.folders import folder_files, hdf5_files
from tlcore.backbones.folders.folder_files import Tensor, TensorShape, refuse
from tlcore.records import JsonType

WEIGHTS, SHARDS = "model.weights.h5", "model.weights.json"
SHARD = re.compile(r"model_\d{5}\.weights\.h5")
MOST_SHARDS = 100
_PARTS = {"weight": "0", "bias": "1"}


class ShardMap(msgspec.Struct):
    """Which file has which variables of a preset that was too large for one."""

    weight_map: dict[str, str | list[str]]


_SHARDS = JsonType(ShardMap)


class HubNames(NamedTuple):
    """KerasHub's names: of a layer ("{}" is its number), and by Hugging Face's of all else."""

    layer: str
    inside: dict[str, str]
    beside: dict[str, str]
    has_heads: bool = True  # its attention keeps the numbers of each head apart


_ATTENTION = {f"attention.attention.{one}": one for one in ("query", "key", "value")} | {
    "attention.output.dense": "output"
}


def _attention(place: str) -> dict[str, str]:
    return {theirs: f"{place}/{part}_dense" for theirs, part in _ATTENTION.items()}


def _vit(norms: str, first: str, last: str) -> dict[str, str]:
    return _attention("mha") | {
        "layernorm_before": f"{norms}_1",
        "layernorm_after": f"{norms}_2",
        "intermediate.dense": first,
        "output.dense": last,
    }


_NORMS = {"norm1": "norm1", "norm2": "norm2"}
_SCALES = {f"layer_scale{one}.lambda1": f"layer_scale{one}/vars/0" for one in (1, 2)}
_LAST = "layers/layer_normalization"
_PLACES, _TOKEN = "embeddings.position_embeddings", "embeddings.cls_token"
_PATCHES = "embeddings.patch_embeddings.projection"
_VIT, _DEIT = "layers/vi_t_patching_and_embedding", "layers/dei_t_embeddings"
_DINO2, _DINO3 = "layers/dinov2_embedding", "layers/dinov3_embedding"
NAMES = {
    "vit": HubNames(
        "layers/vi_t_encoder/encoder_layers/vi_t_encoder_block{}",
        _vit("layer_norm", "mlp/dense_1", "mlp/dense_2"),
        {
            _TOKEN: f"{_VIT}/vars/0",
            _PLACES: f"{_VIT}/position_embedding/vars/0",
            _PATCHES: f"{_VIT}/patch_embedding",
            "layernorm": "layers/vi_t_encoder/layer_norm",
        },
    ),
    "deit": HubNames(
        "layers/dei_t_encoder/encoder_layers/dei_t_encoder_block{}",
        _vit("layer_norm", "mlp/dense", "output_layer/dense"),
        {
            _TOKEN: f"{_DEIT}/vars/0",
            "embeddings.distillation_token": f"{_DEIT}/vars/1",
            _PLACES: f"{_DEIT}/vars/2",
            _PATCHES: f"{_DEIT}/patch_embedding",
            "layernorm": "layers/dei_t_encoder/layer_norm",
        },
    ),
    "dinov2": HubNames(
        "layers/dinov2_encoder/layers/dinov2_layer{}",
        _attention("attention/attention")
        | _NORMS
        | _SCALES
        | {f"mlp.{one}": f"mlp/{one}" for one in ("fc1", "fc2", "weights_in", "weights_out")},
        {
            _TOKEN: f"{_DINO2}/vars/0",
            "embeddings.register_tokens": _DINO2 + "/vars/{registers}",
            _PLACES: _DINO2 + "/vars/{places}",
            _PATCHES: f"{_DINO2}/patch_embeddings/projection",
            "layernorm": _LAST,
        },
    ),
    "dinov3_vit": HubNames(
        "layers/dinov3_encoder/layers/dinov3_layer{}",
        {
            f"attention.{one}_proj": f"attention/{two}_dense"
            for one, two in zip("qkvo", ("query", "key", "value", "output"), strict=True)
        }
        | _NORMS
        | _SCALES
        | {f"mlp.{one}_proj": f"mlp/{one}_proj" for one in ("up", "gate", "down")},
        {
            _TOKEN: f"{_DINO3}/vars/0",
            "embeddings.register_tokens": _DINO3 + "/vars/{registers}",
            "embeddings.patch_embeddings": f"{_DINO3}/patch_embeddings/projection",
            "norm": _LAST,
        },
        has_heads=False,
    ),
    "swin": HubNames(
        "layers/swin_transformer_stage{}/blocks/swin_transformer_block{}",
        {
            **{f"attention.self.{one}": "attn/qkv" for one in ("query", "key", "value")},
            "attention.output.dense": "attn/proj",
            "attention.self.relative_position_bias_table": "attn/vars/0",
            **{"layernorm_before": "norm1", "layernorm_after": "norm2"},
            **{"intermediate.dense": "mlp/fc1", "output.dense": "mlp/fc2"},
        },
        {
            _PATCHES: "layers/patch_embedding/proj",
            "embeddings.norm": "layers/patch_embedding/norm",
            "layernorm": _LAST,
        },
        has_heads=False,
    ),
}


_LAYER = re.compile(r"(?:encoder\.layer|layer)\.(\d+)(?:\.(.+))?")
_STAGE = re.compile(r"encoder\.layers\.(\d+)(?:\.blocks\.(\d+)|\.downsample)?(?:\.(.+))?")


class _Place(NamedTuple):
    """Where a tensor lies, and in which shape; of query, key and value side by side it may be one third."""

    path: str
    shape: TensorShape
    third: int | None


class PresetTensors:
    """The tensors of one preset.

    Args:
        kind: Hugging Face's name of the architecture.
        heads: of each layer's attention.
        order: the numbers of the registers and of the places among the variables beside them.

    Raises:
        BackboneError: no weights are there, or they cannot be read.
    """

    def __init__(self, folder: Path, kind: str, heads: int = 1, order: tuple[int, int] = (0, 0)) -> None:
        self.folder, self.names, self.heads, self.order = folder, NAMES[kind], heads, order
        self.found = arrays(folder)

    def check(self, expected: Iterable[tuple[str, TensorShape]], beyond: Iterable[str], layers: int) -> None:
        """Compare the file's list with the tensors that `config.json` asks for; errors as `read`.

        Args:
            beyond: beginnings of names that only a model with more than `layers` has.
        """
        for name, shape in expected:
            self._stored(self._place(name, shape))
        for beginning in beyond:
            path = self._exact(beginning)
            if any(one.startswith(f"{path}/") for one in self.found):
                refuse(self.folder, f"{WEIGHTS} holds more layers than the {layers} of config.json.")

    def read(self, name: str, shape: TensorShape) -> np.ndarray:
        """The numbers of a tensor as float32, by Hugging Face's name and in its shape.

        Raises:
            BackboneError: it is not there, has another shape, or some are not finite numbers.
        """
        place = self._place(name, shape)
        file, tensor = self._stored(place)
        numbers = folder_files.read_numbers(self.folder, self.folder / file, 0, place.path, tensor)
        if place.third is not None:
            numbers = np.split(numbers, 3, axis=-1)[place.third]
        if len(shape) == 4:
            return numbers.transpose(3, 2, 0, 1)
        if len(shape) == 2 and name.endswith(".weight"):
            return numbers.reshape(shape[::-1]).T
        return numbers.reshape(shape)

    def _stored(self, place: _Place) -> tuple[str, Tensor]:
        if place.path not in self.found:
            refuse(self.folder, f"config.json asks for {place.path}, which {WEIGHTS} does not hold.")
        file, tensor = self.found[place.path]
        folder_files.check_shape(self.folder, place.path, tensor.shape, place.shape, file)
        return file, tensor

    def _place(self, name: str, shape: TensorShape) -> _Place:
        path, (stem, _, part) = self._exact(name), name.rpartition(".")
        path = path or f"{self._exact(stem)}/vars/{_PARTS[part]}"
        third = ("query", "key", "value").index(stem.rpartition(".")[2]) if "/qkv/" in path else None
        return _Place(path, self._shape(stem, part, shape, path, third), third)

    def _exact(self, name: str) -> str:
        """The path of a name that stands in the tables as it is, or ""."""
        registers, places = self.order
        if found := _LAYER.fullmatch(name):
            return self._inside(self.names.layer.format(_nth(found[1])), found[2])
        if not (found := _STAGE.fullmatch(name)):
            return self.names.beside.get(name, "").format(registers=registers, places=places)
        stage, block, rest = found.groups()
        if block is not None:
            return self._inside(self.names.layer.format(_nth(stage), _nth(block)), rest)
        path = f"layers/swin_transformer_stage{_nth(stage)}"
        return "" if rest and "." in rest else f"{path}/downsample/{rest}" if rest else path

    def _inside(self, layer: str, rest: str | None) -> str:
        if rest is None:
            return layer
        return f"{layer}/{self.names.inside[rest]}" if rest in self.names.inside else ""

    def _shape(self, stem: str, part: str, shape: TensorShape, path: str, third: int | None) -> TensorShape:
        if len(shape) == 4:
            return shape[2], shape[3], shape[1], shape[0]
        if part == "position_embeddings" and path.endswith("position_embedding/vars/0"):
            return shape[1:]
        if part not in _PARTS:
            return shape
        outputs, inputs = shape[0], shape[-1]
        kernel = (inputs,) if len(shape) == 2 else ()
        if third is not None:
            return (*kernel, 3 * outputs)
        if not self.names.has_heads or not stem.split(".", 3)[-1].startswith("attention."):
            return (*kernel, outputs)
        if not stem.endswith("attention.output.dense"):
            return (*kernel, self.heads, outputs // self.heads)
        return (self.heads, inputs // self.heads, outputs) if kernel else (outputs,)


def _nth(number: str) -> str:
    """How Keras counts parts of one kind: the first has no number."""
    return "" if number == "0" else f"_{number}"


def weight_files(folder: Path) -> tuple[str, ...]:
    """The files of its weights: one, or a list and all parts.

    Raises:
        BackboneError: too many parts, or parts with other names than Keras gives them.
    """
    if (folder / WEIGHTS).is_file() or not (folder / SHARDS).is_file():
        return (WEIGHTS,)
    told = folder_files.decoded(folder / SHARDS, _SHARDS, hdf5_files.REMEDY).weight_map.values()
    parts = {one for some in told for one in ([some] if isinstance(some, str) else some)}
    if len(parts) > MOST_SHARDS or not all(SHARD.fullmatch(part) for part in parts):
        refuse(folder, f"{SHARDS} names other files than model_00000.weights.h5 and so on.")
    return (SHARDS, *sorted(parts))


def arrays(folder: Path) -> dict[str, tuple[str, Tensor]]:
    """Every array by its name: the file that has it, and its place there.

    Raises:
        BackboneError: as `hdf5_files.arrays`, or two files have the same.
    """
    found: dict[str, tuple[str, Tensor]] = {}
    for file in weight_files(folder):
        for path, tensor in (hdf5_files.arrays(folder / file) if file != SHARDS else {}).items():
            if path in found:
                refuse(folder, f"{file} holds {path}, and so does {found[path][0]}.")
            found[path] = file, tensor
    return found
