"""The files of a model in a folder, as Hugging Face keeps one: small ones whole, of the weights the header
and, in pieces, the numbers. No TensorFlow.

Anything may lie there, so nothing is believed: a size is compared with the file before memory is taken, and
what contradicts itself is refused. Safetensors hold numbers alone: nothing in them is executed.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NoReturn, TypeVar

import msgspec
import numpy as np

from tlcore.errors import BackboneError, printable
from tlcore.records import JsonType, MalformedJson

CONFIG, WEIGHTS = "config.json", "model.safetensors"
INDEX = "model.safetensors.index.json"
MOST_CONFIG = 1_000_000  # bytes of a file of settings
MOST_HEADER = 10_000_000  # bytes: 200 layers take half a megabyte
MOST_SIDES = 8  # of a tensor: no network here has one of more than four
AT_ONCE = 4_000_000  # numbers of the weights looked at in one go
# NumPy's name of each kind of number, and the bits that are all set in "not a number" and "infinite".
KINDS = {
    "F64": ("<u8", 0x7FF << 52),
    "F32": ("<u4", 0x7F8 << 20),
    "F16": ("<u2", 0x7C00),
    "BF16": ("<u2", 0x7F80),
}
TensorShape = tuple[int, ...]
FileTimes = tuple[tuple[str, int, int], ...]  # name, time of change in nanoseconds and size in bytes
T = TypeVar("T")


class Tensor(msgspec.Struct, frozen=True):
    """A line of the header: where the numbers lie, in bytes after the header."""

    dtype: str
    shape: TensorShape
    data_offsets: tuple[int, int]


_HEADER = JsonType(dict[str, msgspec.Raw])
_TENSOR = JsonType(Tensor)


def check_numbers(folder: Path) -> None:
    """Read all weights once, in pieces of a few megabytes.

    Raises:
        BackboneError: some are not finite numbers.
    """
    start = _header_bytes(folder) + 8
    for name, tensor in tensors(folder).items():
        if tensor.dtype in KINDS:  # others are tables of positions: no weights
            check_finite(folder, folder / WEIGHTS, start, name, tensor)


def check_finite(folder: Path, path: Path, start: int, name: str, tensor: Tensor) -> None:
    """The same of one tensor in any file, whose offsets count from `start`."""
    kind, bits = KINDS[tensor.dtype]
    for part in _parts(path, start, tensor, kind):
        if ((part & bits) == bits).any():
            refuse(folder, f"{printable(name)} holds weights that are not finite numbers.")


def _parts(path: Path, start: int, tensor: Tensor, kind: str) -> Iterator[np.ndarray]:
    """The bits of a tensor's numbers as they lie in the file, some at a time."""
    at, end = (start + offset for offset in tensor.data_offsets)
    with path.open("rb") as file:
        file.seek(at)
        while at < end:
            content = file.read(min(end - at, AT_ONCE * np.dtype(kind).itemsize))
            at += len(content) or end
            yield np.frombuffer(content, kind)


def tensors(folder: Path) -> dict[str, Tensor]:
    """The header of the weights: every tensor by its name.

    Raises:
        BackboneError: it is none, is larger than `MOST_HEADER`, or speaks of what the file does not hold.
    """
    path, length = folder / WEIGHTS, _header_bytes(folder)
    try:
        with path.open("rb") as file:
            file.seek(8)
            lines = _HEADER.decode(file.read(length))
        lines.pop("__metadata__", None)
        entries = {name: _TENSOR.decode(line) for name, line in lines.items()}
    except (OSError, ValueError) as error:
        raise _unreadable(folder, str(error)) from error
    room = path.stat().st_size - 8 - length
    for name, tensor in entries.items():
        begin, end = tensor.data_offsets
        is_wild = len(tensor.shape) > MOST_SIDES or not all(0 <= side <= room for side in tensor.shape)
        if is_wild or not 0 <= begin <= end <= room:  # before sides are multiplied: they may be of any size
            raise _unreadable(folder, f"{printable(name)} lies outside the file")
        kind = KINDS.get(tensor.dtype)
        if kind and math.prod(tensor.shape) * np.dtype(kind[0]).itemsize != end - begin:
            raise _unreadable(folder, f"{printable(name)} has another size than its shape says")
    if sum(end - begin for begin, end in (tensor.data_offsets for tensor in entries.values())) > room:
        raise _unreadable(folder, "its tensors are larger than the file, or overlap")
    return entries


def read_tensor(folder: Path, name: str, tensor: Tensor) -> np.ndarray:
    """The numbers of a tensor that `check_tensors` has seen, as float32.

    Raises:
        BackboneError: some are not finite numbers, or too large for float32.
    """
    return read_numbers(folder, folder / WEIGHTS, _header_bytes(folder) + 8, name, tensor)


def read_numbers(folder: Path, path: Path, start: int, name: str, tensor: Tensor) -> np.ndarray:
    """The same of a tensor in any file, whose offsets count from `start`."""
    kind, _ = KINDS[tensor.dtype]
    bits = np.concatenate(list(_parts(path, start, tensor, kind)) or [np.empty(0, kind)])
    if tensor.dtype == "BF16":  # the upper half of a float32
        numbers = (bits.astype("<u4") << 16).view("<f4")
    else:
        with np.errstate(over="ignore"):
            numbers = bits.view(kind.replace("u", "f")).astype(np.float32, copy=False)
    if not np.isfinite(numbers).all():
        refuse(folder, f"{printable(name)} holds weights that are not finite numbers.")
    return numbers.reshape(tensor.shape)


def _header_bytes(folder: Path) -> int:
    """Length of the header, as the file says."""
    try:
        with (folder / WEIGHTS).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            length = int.from_bytes(file.read(8), "little")
    except OSError as error:
        raise _unreadable(folder, error.strerror or str(error)) from error
    if not 2 <= length <= size - 8:
        raise _unreadable(folder, f"its header claims {length:,} bytes, and the file has {size:,}")
    if length > MOST_HEADER:
        raise _unreadable(folder, f"its header has {length:,} bytes, and may have {MOST_HEADER:,}")
    return length


def _unreadable(folder: Path, why: str) -> BackboneError:
    return BackboneError(
        f"{WEIGHTS} cannot be read: {why}."[:300], received=folder, remedy="Copy or download it again."
    )


def check_tensors(
    folder: Path, entries: dict[str, Tensor], expected: Iterable[tuple[str, TensorShape]], prefix: str
) -> None:
    """Compare the header with the tensors that `config.json` asks for.

    Args:
        prefix: begins the names of the model's tensors in the file.

    Raises:
        BackboneError: one is missing, or has another shape, or is not of floating-point numbers.
    """
    for name, shape in expected:
        tensor = entries.get(prefix + name)
        if tensor is None:
            refuse(folder, f"config.json asks for {name}, which {WEIGHTS} does not hold.")
        check_shape(folder, name, tensor.shape, shape)
        if tensor.dtype not in KINDS:
            refuse(
                folder,
                f"{name} is stored as {printable(tensor.dtype, 20)}, and only {', '.join(KINDS)} are read.",
            )


def check_shape(
    folder: Path, name: str, shape: TensorShape, expected: TensorShape, file: str = WEIGHTS
) -> None:
    """Raises BackboneError where a tensor has another shape than `config.json` asks for."""
    if shape != expected:
        asked = f"config.json asks for {name} of {_sizes(expected)}"
        refuse(folder, f"{asked}, and in {file} it has {_sizes(shape)}.")


def check_layers(folder: Path, entries: dict[str, Tensor], beyond: str, layers: int) -> None:
    """Raises BackboneError where the weights have more layers than config.json says: names begin `beyond`."""
    if any(name.startswith(beyond) for name in entries):
        refuse(folder, f"{WEIGHTS} holds more layers than the {layers} of config.json.")


def check_heads(folder: Path, width: int, heads: int) -> None:
    """Raises BackboneError where the width cannot be divided among the heads."""
    if width % heads:
        refuse(
            folder,
            f"config.json divides a width of {width:,} among {heads:,} heads, which leaves a rest.",
        )


def check_whole(folder: Path) -> None:
    """Raises BackboneError where the weights lie in several files."""
    if (folder / INDEX).exists():
        refuse(folder, f"{INDEX} spreads the weights over several files, and only one is read.")


def prefix_of(folder: Path, entries: dict[str, Tensor], anchor: str) -> str:
    """Prefix of the names of this model's tensors, such as "bert.".

    Args:
        anchor: the name of a tensor that each such model has once.

    Raises:
        BackboneError: there is none, or there are several.
    """
    prefixes = [name.removesuffix(anchor) for name in entries if name.endswith(anchor)]
    if not prefixes:
        refuse(folder, f"{WEIGHTS} does not hold {anchor}.")
    if len(prefixes) > 1 and "" not in prefixes:
        refuse(folder, f"{WEIGHTS} holds {len(prefixes)} models, and it should be one.")
    return min(prefixes, key=len)


def _sizes(shape: tuple[int, ...]) -> str:
    return printable(" × ".join(f"{size:,}" for size in shape) or "one number", 60)


def read_small_file(path: Path, most: int, remedy: str) -> bytes:
    """Content of a file of the folder that is not larger than `most` bytes.

    Raises:
        BackboneError: it is, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            if (size := os.fstat(file.fileno()).st_size) <= most:
                return file.read(size)
    except OSError as error:
        raise BackboneError(
            f"{path.name} cannot be read: {error.strerror}.", received=path.parent, remedy=remedy
        ) from error
    raise BackboneError(f"{path.name} is too large.", received=path.parent, remedy=remedy)


def modified(
    folder: Path, needed: Iterable[str], remedy: str, optional: Iterable[str] = (INDEX,)
) -> FileTimes:
    """Time and size of each file that is needed, and of the optional ones that are there: what was read of
    others is out of date.

    Raises:
        BackboneError: some are missing, or nobody may look there.
    """
    try:
        if missing := [name for name in needed if not (folder / name).is_file()]:
            raise BackboneError(f"{', '.join(missing)} is missing there.", received=folder, remedy=remedy)
        there = [*needed, *(name for name in optional if (folder / name).is_file())]
        files = [(name, (folder / name).stat()) for name in there]
    except OSError as error:
        why = f"That folder cannot be read: {error.strerror}."
        raise BackboneError(why, received=folder, remedy=remedy) from error
    return tuple((name, file.st_mtime_ns, file.st_size) for name, file in files)


def decoded(path: Path, kind: JsonType[T], remedy: str) -> T:
    """The settings in a small file.

    Raises:
        BackboneError: it is too large, or they cannot be used.
    """
    content = read_small_file(path, MOST_CONFIG, remedy)
    try:
        return kind.decode(content)
    except MalformedJson as error:
        raise BackboneError(f"{path.name} cannot be used: {error}.", received=path, remedy=remedy) from error


def converted(path: Path, content: object, kind: JsonType[T], remedy: str) -> T:
    """The settings that another kind of file says in names of its own; errors as `decoded`."""
    try:
        return kind.convert(content)
    except MalformedJson as error:
        raise BackboneError(f"{path.name} cannot be used: {error}.", received=path, remedy=remedy) from error


def refuse(folder: Path, what: str) -> NoReturn:
    """Raises BackboneError: the files do not belong together."""
    raise BackboneError(what, received=folder, remedy="Give the files of one model, as they were published.")
