"""Model files, features and checkpoints that carry code, lie about their size, or do not fit."""

from __future__ import annotations

import base64
import io
import json
import marshal
import os
import pickle
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.hostile.crafted_archives import write
from benchmarks.hostile.world import World, put

ZEROS = 2_000_000_000  # bytes that a small file unpacks to


class Bait:
    """An object that runs a command when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch '{self.canary}'",)


def members(model: Path) -> dict[str, bytes]:
    """The parts of a model file."""
    with zipfile.ZipFile(model) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(parts: Mapping[str, bytes | int], *more: tuple[str, bytes | int]) -> bytes:
    """The same as a file, and others in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (*parts.items(), *more):
            write(archive, name, content)
    return out.getvalue()


def layer(module: str, kind: str, config: dict[str, Any], registered: str | None = None) -> bytes:
    """A model's `config.json` with one layer of that class."""
    inner = {"module": module, "class_name": kind, "config": config, "registered_name": registered}
    shape = {"batch_shape": [None, 64, 64, 3]}
    entry = {"module": "keras.layers", "class_name": "InputLayer", "config": shape}
    return json.dumps(
        {
            "module": "keras",
            "class_name": "Sequential",
            "config": {"name": "m", "layers": [entry, inner]},
            "registered_name": None,
        }
    ).encode()


def code(canary: Path) -> dict[str, bytes]:
    """Configurations that would run something, each in another way."""
    source = compile(f"open({str(canary)!r}, 'w')", "x", "eval")
    packed_code = base64.b64encode(marshal.dumps(source)).decode()
    inner = {"code": packed_code, "defaults": None, "closure": None}
    function = {"class_name": "__lambda__", "config": inner}
    origin = {"origin": f"file://{canary.parent}/given", "fname": str(canary)}
    touch = {"command": f"touch '{canary}'", "args": f"touch '{canary}'"}
    return {
        "a lambda layer": layer("keras.layers", "Lambda", {"name": "l", "function": function}),
        "a class of os": layer("os", "system", touch),
        "a class of builtins": layer("builtins", "exec", {"source": f"open({str(canary)!r}, 'w')"}),
        "a class of subprocess": layer("subprocess", "Popen", {"args": ["touch", str(canary)]}),
        "a module of nobody": layer("nowhere.at_all", "Layer", {}),
        "a layer of a saved model": layer("keras.layers", "TFSMLayer", {"filepath": "/etc", "name": "t"}),
        "a keras function": layer("keras.utils", "get_file", origin),
        "a torch module": layer("keras.layers", "TorchModuleWrapper", {"module": packed_code, "name": "t"}),
    }


def models(world: World, canary: Path) -> Iterator[tuple[str, bytes | None]]:
    """Contents of `model.keras`; None: a folder. None of them may answer, and none may run anything."""
    whole = (world.run / "model.keras").read_bytes()
    parts = members(world.run / "model.keras")
    weights = parts["model.weights.h5"]
    for name, config in code(canary).items():
        yield name, pack(parts | {"config.json": config})
    changed: dict[str, dict[str, bytes | int]] = {
        "a bomb in the place of weights": {"model.weights.h5": ZEROS},
        "a bomb in the place of the config": {"config.json": ZEROS},
        "100,000 brackets": {"config.json": b'{"config": ' * 100_000},
        "a config that is a list": {"config.json": b"[]"},
        "a config that is not UTF-8": {"config.json": b'{"\xff": 1}'},
        "weights that are cut": {"model.weights.h5": weights[: len(weights) // 2]},
        "weights with changed bytes": {"model.weights.h5": _shaken(weights)},
    }
    for name, other in changed.items():
        yield name, pack({**parts, **other})
    yield "a path that leads out", pack(parts, (f"../../{canary.name}", b"x"), (str(canary), b"x"))
    yield "no config", pack({name: part for name, part in parts.items() if name != "config.json"})
    yield "no weights", pack({name: part for name, part in parts.items() if "weights" not in name})
    yield "a file that is cut", whole[: len(whole) // 2]
    yield "a file of HDF5", weights
    yield "a pickle", pickle.dumps(Bait(canary))
    yield "an empty file", b""
    yield "a folder", None


def _shaken(content: bytes) -> bytes:
    """The head of it with every third byte another."""
    head = bytearray(content[:4000])
    head[8::3] = bytes(len(head[8::3]))
    return bytes(head) + content[4000:]


def features(canary: Path) -> dict[str, bytes]:
    """Contents of `features.npz`: without it a model still answers."""
    pickled = np.array([Bait(canary)], dtype=object)
    out = io.BytesIO()
    np.savez(out, directions=pickled, sha256=pickled, labels=pickled, neighbours=pickled)
    header = b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (%s, 9), }"
    lying = (header % b"99999999999").ljust(127) + b"\n"
    return {
        "pickled features": out.getvalue(),
        "features that are a pickle": pickle.dumps(Bait(canary)),
        "a bomb of features": pack({"directions.npy": ZEROS}),
        "features of a shape that lies": pack({"directions.npy": lying, "labels.npy": lying}),
        "features that are cut": out.getvalue()[:100],
    }


def checkpoints(canary: Path) -> dict[str, bytes]:
    """Contents of a checkpoint: training begins anew, or goes on from the one before."""
    out = io.BytesIO()
    np.savez(out, state=np.array([Bait(canary)], dtype=object), tail_00000=np.zeros(3))
    state = {"epoch": 1, "best_epoch": 1, "best_loss": 0.1, "history": []}
    other = io.BytesIO()
    encoded = np.frombuffer(json.dumps(state).encode(), np.uint8)
    np.savez(other, state=encoded, tail_00000=np.zeros((3, 3)), optimizer_00000=np.zeros(1))
    return {
        "a pickled checkpoint": out.getvalue(),
        "a checkpoint that is cut": out.getvalue()[:99],
        "a checkpoint of another model": other.getvalue(),
        "a bomb of a checkpoint": pack({"state.npy": ZEROS}),
    }


def own_backbones(world: World, whole: Path) -> dict[str, Path]:
    """Copies of MiniLM's folder `whole` in which one thing does not fit the others."""
    config = json.loads((whole / "config.json").read_bytes())
    changes: dict[str, dict[str, bytes]] = {
        "a hidden size of 16,384": {"config.json": json.dumps(config | {"hidden_size": 16_384}).encode()},
        "twelve layers": {"config.json": json.dumps(config | {"num_hidden_layers": 12}).encode()},
        "a vocabulary of 10 million": {"config.json": json.dumps(config | {"vocab_size": 10**7}).encode()},
        "7 heads": {"config.json": json.dumps(config | {"num_attention_heads": 7}).encode()},
        "a config that is not UTF-8": {"config.json": b'{"model_type": "\xff"}'},
        "six words": {"vocab.txt": b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n"},
        "no words": {"vocab.txt": b""},
        "words that are not UTF-8": {"vocab.txt": b"\xff\xfe\n" * 30_522},
        "a header of 4 GB": {"model.safetensors": (2**32).to_bytes(8, "little") + b"{}"},
        "a header that leads out": {"model.safetensors": _tensors({"x": [0, 2**40]})},
        "a tokenizer of another kind": {"tokenizer_config.json": b'{"do_lower_case": "<b>", "x": [1]}'},
        "weights that are a pickle": {"model.safetensors": pickle.dumps(Bait(world.root / "canary"))},
    }
    found = {}
    for name, files in changes.items():
        found[name] = world.copy(whole, "backbone")
        for file, content in files.items():
            put(found[name] / file, content)
    return found


def _tensors(offsets: dict[str, list[int]]) -> bytes:
    head = {name: {"dtype": "F32", "shape": [2**20], "data_offsets": at} for name, at in offsets.items()}
    text = json.dumps(head).encode()
    return len(text).to_bytes(8, "little") + text
