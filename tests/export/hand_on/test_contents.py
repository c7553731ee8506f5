"""The files of a run from somebody else: what is spoiled, hostile or does not fit the others is refused."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.lib import format as npy

from tests.fixtures.archives import a_zip
from tests.fixtures.tiny_training import Trained
from tlcore.errors import RunError
from tlcore.export.hand_on import contents

HERE = Path(__file__).parent


@pytest.fixture
def folder(trained: Trained, tmp_path: Path) -> Path:
    """A finished run's files, without those that are made of them."""
    shutil.copytree(trained.folder, tmp_path / "run", ignore=shutil.ignore_patterns("exports", "tests"))
    return tmp_path / "run"


def test_a_sound_run_passes(folder: Path, trained: Trained) -> None:
    manifest = msgspec.structs.replace(trained.run.manifest(), version=1)
    for place in (folder / "data", folder / "earlier" / "1" / "data"):
        place.mkdir(parents=True)
        (place / "manifest.json").write_bytes(msgspec.json.encode(manifest))
    shutil.copy(folder / "config.json", folder / "earlier" / "1")
    contents.check(folder)
    (folder / "earlier" / "1").rename(folder / "earlier" / "2")
    with pytest.raises(RunError, match="went on from is missing"):
        contents.check(folder)


def changed(name: str, change: Callable[[Any], object]) -> Callable[[Path], None]:
    """Change the JSON in one file."""

    def act(folder: Path) -> None:
        value = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps(change(value) or value))

    return act


def written(name: str, content: bytes) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)

    return act


def arrays(**changes: Any) -> Callable[[Path], None]:
    """Change arrays of the features."""

    def act(folder: Path) -> None:
        with np.load(folder / "features.npz") as file:
            found = dict(file) | changes
        np.savez(folder / "features.npz", **found)

    return act


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (HERE / "pickled",))


def a_header(shape: tuple[int, ...]) -> bytes:
    """An array that declares more than it holds."""
    file = io.BytesIO()
    npy.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return file.getvalue() + bytes(8)


def npz(content: bytes) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        a_zip(folder / "features.npz", [("features.npy", content)], method=0)

    return act


def report(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    return changed("report.json", lambda value: change(value["test"]) and None)


SPOILED: dict[str, tuple[Callable[[Path], None], str]] = {
    "settings": (written("config.json", b"{"), "config.json"),
    "backbone": (changed("config.json", lambda value: value | {"backbone": "none"}), "no such backbone"),
    "folder": (changed("config.json", lambda value: value | {"backbone": "folder:/etc"}), "a folder of this"),
    **{
        name[:9]: (changed("config.json", lambda value, n=name: value | {"backbone": n}), "a folder of this")
        for name in ("folder:~", "folder:~nobody", "folder:" + "a" * 300)
    },
    "unknown setting": (changed("config.json", lambda value: value | {"code": "x"}), "config.json"),
    "no labels": (written("labels.json", b"[]"), "classes are not all different"),
    "equal labels": (written("labels.json", b'["a","a","b"]'), "classes are not all different"),
    "turned label": (written("labels.json", b'["a","b","\\u202ec"]'), "cannot be shown"),
    "long label": (written("labels.json", json.dumps(["a", "b", "c" * 101]).encode()), "cannot be shown"),
    "other labels": (written("labels.json", b'["a","b","c"]'), "not those of the model"),
    "no report": (written("report.json", b"{}"), "report.json"),
    "confusion": (report(lambda test: test["confusion"].pop()), "do not belong together"),
    "count": (report(lambda test: test.update(n=7) or True), "do not belong together"),
    "prediction": (report(lambda test: test["predictions"][0].update(label="?") or True), "belong together"),
    "terms": (
        changed("report.json", lambda value: value | {"head_choice": {"penalty": 1, "counts": "words"}}),
        "terms that the model counts",
    ),
    "analysis": (written("study.json", b"[]"), "study.json"),
    "no arrays": (written("features.npz", b"PK"), "damaged"),
    "pickle": (arrays(labels=np.array([Evil()], dtype=object)), "something else than numbers"),
    "huge": (npz(a_header((10**9, 10**9))), "another size than it declares"),
    "negative": (npz(a_header((-1, -2))), "another size than it declares"),
    "long header": (npz(a_header(tuple([1] * 2_000))), "damaged"),
    "another array": (arrays(evil=np.zeros(2)), "an array that no run has"),
    "lengths": (arrays(labels=np.zeros(1, np.int32)), "do not belong together"),
    "class": (
        lambda folder: arrays(labels=np.full(24, 99, np.int32))(folder),
        "class that the model has not",
    ),
    "infinite": (lambda folder: infinite(folder), "no number"),
    "head": (
        lambda folder: np.savez(folder / "before_refit.npz", np.array([Evil()], dtype=object)),
        "else than",
    ),
    "examples": (written("data/manifest.json", b"{}"), "data/manifest.json"),
    "task": (written("data/manifest.json", b'{"name":"x","task":"texts"}'), "of another kind"),
    "model": (written("model.keras", b"PK\x03\x04"), "model is not opened"),
}


def infinite(folder: Path) -> None:
    with np.load(folder / "features.npz") as file:
        features = file["features"].copy()
    features[0, 0] = np.inf
    arrays(features=features)(folder)


@pytest.mark.parametrize("name", SPOILED)
def test_what_does_not_fit_is_refused(name: str, folder: Path) -> None:
    spoil, sentence = SPOILED[name]
    spoil(folder)
    with pytest.raises(RunError, match=sentence):
        contents.check(folder)
    assert not (HERE / "pickled").exists()
