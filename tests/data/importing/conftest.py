"""A small data set to add to, and a check of all that it stores."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tlcore.data.dataset import Dataset
from tlcore.data.importing.importer import import_data

Tree = Callable[..., Path]
Files = dict[str, bytes | int]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "home"))


@pytest.fixture
def pets(tree: Tree, tmp_path: Path, two_classes: Files) -> Dataset:
    """4 cats and 4 dogs."""
    import_data(tree(two_classes), tmp_path / "set", name="pets")
    return Dataset(tmp_path / "set")


def check_stored(dataset: Dataset) -> None:
    """The contents in the versions are there, under their own hashes; nothing else is."""
    known = set()
    for number in range(1, dataset.latest + 1):
        manifest = dataset.read(number)
        known |= {example.sha256 for example in (*manifest.examples, *manifest.aside)}
    for name in known:
        assert hashlib.sha256(dataset.file(name).read_bytes()).hexdigest() == name
        Image.open(dataset.thumbnail(name)).load()
    for folder in ("files", "thumbs"):
        assert {path.stem for path in dataset.folder.glob(f"{folder}/*/*")} == known
