"""Reads the numbers out of a legacy torch file without torch and without running what the file says.

The format (`torch.save` before 1.6): three pickles (magic number, protocol, machine), the state dict as a
pickle whose tensors point at storages, the list of storage keys, then each storage as an int64 count and
raw little-endian numbers. Only the four names that such a state dict needs can be unpickled. Tensors may be
views with any strides: EfficientNet-Lite0 stores its convolution kernels transposed.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from tlcore.errors import WeightsError

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
LARGEST = 1 << 30  # bytes of one storage; both files that Graft reads stay far below
DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _Storage:
    """A storage as the pickle names it; its numbers follow later in the file."""

    def __init__(self, dtype: np.dtype[Any], count: int) -> None:
        self.dtype, self.count = dtype, count
        self.numbers: np.ndarray[Any, Any] | None = None


class _View:
    """A tensor as the pickle describes it: offset, shape and strides, in numbers, over a storage."""

    def __init__(
        self, storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
    ) -> None:
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self) -> np.ndarray[Any, Any]:
        numbers = self.storage.numbers
        if (
            numbers is None
            or len(self.shape) != len(self.strides)
            or self.offset < 0
            or min(self.strides, default=0) < 0
        ):
            raise ValueError("a tensor without numbers, or with impossible strides")
        reach = self.offset + sum(
            (size - 1) * step for size, step in zip(self.shape, self.strides, strict=True)
        )
        if min(self.shape, default=1) < 1 or reach >= numbers.size:
            raise ValueError("a tensor that reaches outside its storage")
        steps = [step * numbers.itemsize for step in self.strides]
        view = np.lib.stride_tricks.as_strided(numbers[self.offset :], self.shape, steps, writeable=False)
        return np.array(view)


def _rebuild(storage: Any, offset: int, shape: Any, strides: Any, *_: object) -> _View:
    """Stands in for `torch._utils._rebuild_tensor_v2`."""
    if not isinstance(storage, _Storage):
        raise pickle.UnpicklingError("a tensor without a storage")
    return _View(storage, int(offset), tuple(map(int, shape)), tuple(map(int, strides)))


class _Unpickler(pickle.Unpickler):
    """Refuses every name outside the short list, so that nothing in the file can run."""

    def __init__(self, file: BinaryIO, storages: dict[str, _Storage]) -> None:
        super().__init__(file)
        self.storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _, count, view = pid
        if kind != "storage" or view is not None or not 0 <= count * dtype.itemsize <= LARGEST:
            raise pickle.UnpicklingError("an unknown kind of storage")
        return self.storages.setdefault(str(key), _Storage(dtype, int(count)))


def read(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """The state dict of a legacy torch file: name → array, in the shape that torch shows.

    Raises:
        WeightsError: not such a file, damaged, or asking for more than plain numbers.
    """
    try:
        with path.open("rb") as file:
            return _read(file)
    except (
        pickle.UnpicklingError,
        ValueError,
        TypeError,
        AttributeError,
        EOFError,
        KeyError,
        IndexError,
    ) as error:
        raise WeightsError(
            f"The weight file cannot be read: {error}.",
            received=path.name,
            remedy="Delete it and fetch it again with `python -m tlcore backbones --fetch`.",
        ) from error


def _read(file: BinaryIO) -> dict[str, np.ndarray[Any, Any]]:
    storages: dict[str, _Storage] = {}
    magic, protocol, machine = (_Unpickler(file, storages).load() for _ in range(3))
    if magic != MAGIC or protocol != PROTOCOL or not machine["little_endian"]:
        raise ValueError("not a legacy torch file")
    state = _Unpickler(file, storages).load()
    for key in _Unpickler(file, storages).load():
        storage = storages[key]
        if int.from_bytes(file.read(8), "little") != storage.count:
            raise ValueError("a storage of another length than announced")
        raw = file.read(storage.count * storage.dtype.itemsize)
        storage.numbers = np.frombuffer(raw, storage.dtype, storage.count)
    return {str(name): view.array() for name, view in state.items()}
