"""Labels that a person has called right."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tlcore.data import confirmed_labels
from tlcore.errors import DataError

CAT, DOG = ("a" * 64, "cat/1.jpg", "cat"), ("b" * 64, "<b>dog</b>/שלום.jpg", "dog")


def test_nothing_is_confirmed_at_first(tmp_path: Path) -> None:
    assert confirmed_labels.read(tmp_path) == set() == confirmed_labels.read(tmp_path / "nowhere")


def test_labels_are_kept_and_taken_back(tmp_path: Path) -> None:
    confirmed_labels.add(tmp_path, [CAT])
    confirmed_labels.add(tmp_path, [DOG, CAT])
    assert confirmed_labels.read(tmp_path) == {CAT, DOG}
    assert (*CAT[:2], "dog") not in confirmed_labels.read(tmp_path)  # another label is another question
    confirmed_labels.remove(tmp_path, [CAT])
    assert confirmed_labels.read(tmp_path) == {DOG}


def test_a_data_set_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="was deleted"):
        confirmed_labels.add(tmp_path / "gone", [CAT])
    assert not (tmp_path / "gone").exists()


@given(some.binary(max_size=60))
def test_a_spoiled_file_is_the_same_as_none(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("data")
    (folder / confirmed_labels.FILE).write_bytes(content)
    assert all(len(label) == 3 for label in confirmed_labels.read(folder))
    confirmed_labels.add(folder, [CAT])
    assert CAT in confirmed_labels.read(folder)
