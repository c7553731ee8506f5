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
from tlcore.backbones.folders.preset_names import NAMES
from tlcore.records import JsonType

WEIGHTS, SHARDS = "model.weights.h5", "model.weights.json"
SHARD = re.compile(r"model_\d{5}\.weights\.h5")
MOST_SHARDS = 100
_PARTS = {"weight": "0", "bias": "1"}


class ShardMap(msgspec.Struct):
    """Which file has which variables of a preset that was too large for one."""

    weight_map: dict[str, str | list[str]]


_SHARDS = JsonType(ShardMap)


_LAYER = re.compile(r"(?:(?:encoder|transformer)\.layer|layer)\.(\d+)(?:\.(.+))?")
_STAGE = re.compile(r"encoder\.layers\.(\d+)(?:\.blocks\.(\d+)|\.downsample)?(?:\.(.+))?")


_OF_HEADS = ("query_dense", "key_dense", "value_dense", "output_dense")


class _Place(NamedTuple):
    """Where a tensor lies, and in which shape; of query, key and value side by side it may be one third.
    `is_kernel`: its sides lie there the other way round.
    """

    path: str
    shape: TensorShape
    third: int | None
    is_kernel: bool


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
        if len(shape) == 2 and place.is_kernel:
            return numbers.reshape(shape[::-1]).T
        return numbers.reshape(shape)

    def _stored(self, place: _Place) -> tuple[str, Tensor]:
        if place.path not in self.found:
            refuse(self.folder, f"config.json asks for {place.path}, which {WEIGHTS} does not hold.")
        file, tensor = self.found[place.path]
        folder_files.check_shape(self.folder, place.path, tensor.shape, place.shape, file)
        return file, tensor

    def _place(self, name: str, shape: TensorShape) -> _Place:
        stem, _, part = name.rpartition(".")
        if path := self._exact(name):
            return _Place(path, self._shape("", shape, path, None), None, False)
        path = f"{self._exact(stem)}/vars/{_PARTS[part]}"
        third = ("query", "key", "value").index(stem.rpartition(".")[2]) if "/qkv/" in path else None
        return _Place(path, self._shape(part, shape, path, third), third, part == "weight")

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

    def _shape(self, part: str, shape: TensorShape, path: str, third: int | None) -> TensorShape:
        """The shape there of a tensor; no `part` is one that no layer of KerasHub's turns."""
        if len(shape) == 4:
            return shape[2], shape[3], shape[1], shape[0]
        if not part:
            is_flat = len(shape) == 3 and path.endswith("position_embedding/vars/0")
            return shape[1:] if is_flat else shape
        outputs, inputs = shape[0], shape[-1]
        kernel = (inputs,) if len(shape) == 2 else ()
        if third is not None:
            return (*kernel, 3 * outputs)
        of_heads = path.split("/")[-3] if self.names.has_heads else ""
        if of_heads not in _OF_HEADS:
            return (*kernel, outputs)
        if of_heads != "output_dense":
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


def check_numbers(folder: Path) -> None:
    """Read all weights once, in pieces; errors as `folder_files.check_numbers`."""
    for path, (file, tensor) in arrays(folder).items():
        folder_files.check_finite(folder, folder / file, 0, path, tensor)
