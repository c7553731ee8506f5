"""The restricted reader of legacy torch files, on files written here byte by byte."""

from __future__ import annotations

import io
import os
import pickle
import sys
import types
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tlcore.backbones.images import torch_pickle
from tlcore.errors import WeightsError


class _Storage:
    def __init__(self, key: str, kind: type, numbers: np.ndarray) -> None:
        self.key, self.kind, self.numbers = key, kind, numbers


class _Tensor:
    def __init__(
        self, storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
    ) -> None:
        self.parts = (storage, offset, shape, strides, False, OrderedDict())

    def __reduce__(self) -> tuple[Any, ...]:
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.parts


class _Pickler(pickle.Pickler):
    def persistent_id(self, item: Any) -> Any:
        if isinstance(item, _Storage):
            return ("storage", item.kind, item.key, "cpu", item.numbers.size, None)
        return None


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """As much of torch as pickling by reference asks for."""
    module, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def _rebuild_tensor_v2(*_: object) -> None: ...

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]
    for name in ("FloatStorage", "LongStorage"):
        setattr(module, name, type(name, (), {"__module__": "torch", "__qualname__": name}))
    monkeypatch.setitem(sys.modules, "torch", module)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    return module


def _write(path: Path, state: dict[str, Any], storages: list[_Storage]) -> Path:
    out = io.BytesIO()
    header = (torch_pickle.MAGIC, torch_pickle.PROTOCOL, {"little_endian": True}, state)
    for part in (*header, [storage.key for storage in storages]):
        _Pickler(out, protocol=2).dump(part)
    for storage in storages:
        out.write(storage.numbers.size.to_bytes(8, "little") + storage.numbers.tobytes())
    path.write_bytes(out.getvalue())
    return path


def test_strides_and_offsets_are_honoured(tmp_path: Path, torch: Any) -> None:
    numbers = np.arange(30, dtype="<f4")
    storage = _Storage("1", torch.FloatStorage, numbers)
    count = _Storage("2", torch.LongStorage, np.array([7], "<i8"))
    state = OrderedDict(
        straight=_Tensor(storage, 0, (2, 3), (3, 1)),
        transposed=_Tensor(storage, 6, (3, 2), (1, 3)),
        scalar=_Tensor(count, 0, (), ()),
    )
    read = torch_pickle.read(_write(tmp_path / "w.pth", state, [storage, count]))
    assert np.array_equal(read["straight"], numbers[:6].reshape(2, 3))
    assert np.array_equal(read["transposed"], numbers[6:12].reshape(2, 3).T)
    assert read["scalar"] == 7


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [(0, (2, 3), (9, 1)), (28, (2, 3), (3, 1)), (0, (2,), (-1,)), (0, (2, 2), (1,))],
)
def test_tensors_outside_their_storage_are_refused(
    tmp_path: Path, torch: Any, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> None:
    storage = _Storage("1", torch.FloatStorage, np.zeros(10, "<f4"))
    path = _write(tmp_path / "w.pth", OrderedDict(a=_Tensor(storage, offset, shape, strides)), [storage])
    with pytest.raises(WeightsError, match="cannot be read"):
        torch_pickle.read(path)


class _Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch harmed",)


def test_nothing_in_the_file_can_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = _write(tmp_path / "w.pth", {"a": _Harmful()}, [])
    with pytest.raises(WeightsError, match="not allowed"):
        torch_pickle.read(path)
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip", pickle.dumps(3), b"\x80\x02."])
def test_other_files_are_refused_in_plain_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"w\.pth"):
        torch_pickle.read(path)


def test_a_cut_off_file_is_refused(tmp_path: Path, torch: Any) -> None:
    storage = _Storage("1", torch.FloatStorage, np.zeros(10, "<f4"))
    path = _write(tmp_path / "w.pth", OrderedDict(a=_Tensor(storage, 0, (10,), (1,))), [storage])
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(WeightsError):
        torch_pickle.read(path)
