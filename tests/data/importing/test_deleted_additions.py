"""Additions to a data set that is deleted meanwhile: nothing is left in its place, nothing is lost."""

from __future__ import annotations

import shutil

import pytest

from tests.data.importing.conftest import Tree, check_stored
from tlcore.data.dataset import Dataset
from tlcore.data.importing import additions
from tlcore.data.importing.additions import add
from tlcore.errors import DataError


def test_an_addition_to_what_is_deleted_and_comes_back_takes_nothing_along(
    pets: Dataset, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is brought back between the question whether it is there and the tidying."""
    away, before = pets.folder.with_name("away"), pets.read()
    ready = [True]

    def delete(_: object) -> None:
        if not away.exists():
            pets.folder.rename(away)

    def come_back(dataset: Dataset, known: object) -> None:
        ready[0] = False
        tidy(dataset, known)  # type: ignore[arg-type]

    def is_ready(self: Dataset) -> bool:
        there = self.manifest(1).is_file()
        if not ready[0] and away.exists():
            for path in [path for path in pets.folder.rglob("*") if path.is_file()]:
                target = away / path.relative_to(pets.folder)
                target.parent.mkdir(exist_ok=True)
                path.rename(target)
            shutil.rmtree(pets.folder, ignore_errors=True)
            away.rename(pets.folder)
        return there

    tidy = additions._tidy
    monkeypatch.setattr(additions, "_tidy", come_back)
    monkeypatch.setattr(Dataset, "is_ready", property(is_ready))
    with pytest.raises(DataError):
        add(tree({f"fox/{n}.jpg": 50 + n for n in range(4)}, "more"), pets, on_progress=delete)
    assert pets.read() == before
    check_stored(pets)


def test_what_is_deleted_while_a_picture_is_stored_says_so(
    pets: Dataset, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store(self: Dataset, *_: object) -> None:
        if self.is_ready:
            self.folder.rename(self.folder.with_name("away"))
        raise FileNotFoundError

    monkeypatch.setattr(Dataset, "store", store)
    with pytest.raises(DataError, match="deleted"):
        add(tree({"fox/0.jpg": 50}, "more"), pets)
    assert not pets.folder.exists()


def test_an_addition_to_what_is_deleted_leaves_nothing_in_its_place(pets: Dataset, tree: Tree) -> None:
    away = pets.folder.with_name("away")

    def delete(_: object) -> None:
        if not away.exists():
            pets.folder.rename(away)

    with pytest.raises(DataError, match="deleted"):
        add(tree({f"fox/{n}.jpg": 50 + n for n in range(40)}, "more"), pets, on_progress=delete)
    assert not pets.folder.exists()
