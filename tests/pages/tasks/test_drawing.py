"""The drawing board, seen from Python: what it shows, and what it makes of what the browser asks for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as values
from streamlit.testing.v1 import AppTest

from pages.components.shared.datasets import edits
from pages.components.tasks.drawing.drawing import (
    DrawingWish,
    Way,
    _listener,
    board_place,
    carry_out_wish,
    open_board,
)
from tests.fixtures.board import CAT, HEIGHT, WIDTH, boxes, undrawn
from tests.fixtures.pages import page_script
from tlcore.data.annotations.drawing import DrawnShape
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Box, Key
from tlcore.data.versions import versions
from tlcore.data.versions.annotation_edits import SetBoxes, annotation_digest
from tlcore.data.versions.example_states import states

DOG = Box("dog", 1.0, 2.0, 30.0, 40.0)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return undrawn(tmp_path / "workspace" / "datasets" / "pets")


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The content of one browser tab's session holds."""
    held: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", held)
    return held


def key(dataset: Dataset, number: int) -> Key:
    return next(key for key in states(dataset.read()) if key[1] == f"{number}.png")


def wish(
    dataset: Dataset, number: int, to: Way, *shapes: Box, seq: int = 1, keep: bool = True
) -> DrawingWish:
    at = key(dataset, number)
    seen = annotation_digest(states(dataset.read())[at].example)
    drawn = tuple(DrawnShape(b.label, (b.left, b.top, b.right, b.bottom)) for b in shapes)
    return DrawingWish("a", seq, at, seen, to, drawn if keep else None)


def test_the_browser_gets_pixels_classes_and_a_picture_of_our_own(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(dataset.folder.parents[1]))
    at = AppTest.from_file(page_script("drawing"), default_timeout=30)
    at.session_state[board_place(dataset)] = key(dataset, 1)
    (board,) = at.run().get("bidi_component")
    data = json.loads(board.proto.json)
    assert data["shapes"] == [{"label": "cat", "at": [10, 10, 40, 40]}] and data["size"] == [WIDTH, HEIGHT]
    assert data["src"].startswith("data:image/jpeg;base64,/9j/") and data["classes"] == ["cat"]
    assert (data["place"], data["unannotated"], data["annotated"]) == ("2 of 4", 3, True)


def test_what_is_drawn_is_a_version_and_the_next_without_any_comes(
    session: dict[str, Any], dataset: Dataset
) -> None:
    place = board_place(dataset)
    open_board(dataset, None)
    assert session[place] == key(dataset, 0)
    carry_out_wish(dataset, wish(dataset, 0, "new", CAT, DOG), place)
    assert boxes(dataset)["0.png"] == (CAT, DOG) and session[place] == key(dataset, 2)
    assert edits.log(dataset).message == "2 boxes on “0.png” drawn."
    carry_out_wish(dataset, wish(dataset, 2, "next", keep=False), place)
    carry_out_wish(dataset, wish(dataset, 3, "next"), place)
    assert boxes(dataset)["2.png"] is None and boxes(dataset)["3.png"] == ()
    assert session[place] == key(dataset, 0)
    carry_out_wish(dataset, wish(dataset, 0, "undo", keep=False), place)
    assert boxes(dataset)["3.png"] is None and session[place] == key(dataset, 0)
    carry_out_wish(dataset, wish(dataset, 0, "close", keep=False), place)
    assert session[place] is None


def test_only_the_pictures_that_were_chosen_are_turned_over(
    session: dict[str, Any], dataset: Dataset
) -> None:
    place = board_place(dataset)
    one, other = key(dataset, 3), key(dataset, 1)
    open_board(dataset, one, (one, ("f" * 64, "gone.png"), other))
    for goal in (other, one):
        at = next(key for key in (one, other) if key == session[place])
        carry_out_wish(dataset, DrawingWish("a", 1, at, "", "next"), place)
        assert session[place] == goal


def test_two_tabs_that_draw_at_once_lose_nothing(session: dict[str, Any], dataset: Dataset) -> None:
    place = board_place(dataset)
    open_board(dataset, key(dataset, 1))
    mine, other = wish(dataset, 1, "next", DOG), wish(dataset, 0, "stay", CAT)
    versions.change(dataset, SetBoxes(mine.key, (CAT, DOG), mine.seen))
    carry_out_wish(dataset, mine, place)
    assert "Somebody else has changed" in str(edits.log(dataset).error)
    assert session[place] == mine.key and boxes(dataset)["1.png"] == (CAT, DOG)
    carry_out_wish(dataset, wish(dataset, 1, "stay", DOG), place)
    carry_out_wish(dataset, other, place)
    assert (boxes(dataset)["1.png"], boxes(dataset)["0.png"]) == ((DOG,), (CAT,))
    assert dataset.latest == 4


def test_a_wish_that_comes_again_is_carried_out_once(session: dict[str, Any], dataset: Dataset) -> None:
    place = board_place(dataset)
    said = {
        "from": "a", "seq": 1, "key": key(dataset, 0), "to": "stay", "seen": wish(dataset, 0, "stay").seen,
        "shapes": [{"label": "dog", "at": [1, 2, 30, 40]}],
    }  # fmt: skip
    for _ in range(2):
        session[f"{place}_board"] = {"act": said}
        _listener(dataset, place)()
    assert dataset.latest == 2 and boxes(dataset)["0.png"] == (DOG,)


def test_a_board_that_is_left_while_it_says_something_is_silent(
    session: dict[str, Any], dataset: Dataset
) -> None:
    place = board_place(dataset)
    assert f"{place}_board" not in session
    _listener(dataset, place)()
    assert dataset.latest == 1 and edits.log(dataset).error is None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values.fixed_dictionaries(
        {},
        optional={
            "from": values.text(max_size=2),
            "seq": values.integers() | values.none(),
            "key": values.lists(values.text(max_size=2), max_size=3),
            "seen": values.text(max_size=2),
            "to": values.sampled_from(["stay", "next", "undo", "close", "away"]),
            "shapes": values.none()
            | values.lists(
                values.fixed_dictionaries({"at": values.lists(values.floats(), max_size=5)}), max_size=3
            ),
        },
    )
)
def test_what_no_board_says_changes_nothing(
    session: dict[str, Any], dataset: Dataset, said: dict[str, Any]
) -> None:
    place = board_place(dataset)
    session[f"{place}_board"] = {"act": said}
    _listener(dataset, place)()
    assert dataset.latest == 1


def test_hostile_numbers_are_said_and_kept_out(session: dict[str, Any], dataset: Dataset) -> None:
    place = board_place(dataset)
    for hostile in (float("nan"), float("inf"), -1e308):
        carry_out_wish(dataset, wish(dataset, 1, "next", Box("cat", 0, 0, hostile, 9)), place)
        assert "cannot be kept" in str(edits.log(dataset).error)
    carry_out_wish(dataset, wish(dataset, 1, "next", *[CAT] * 100_000), place)
    assert "more than 10,000 objects" in str(edits.log(dataset).error)
    assert dataset.latest == 1
    carry_out_wish(dataset, wish(dataset, 1, "next", keep=False), place)
    assert edits.log(dataset).place == ""  # what was given up is not spoken of any more


def test_a_data_set_that_is_deleted_meanwhile_is_said(session: dict[str, Any], dataset: Dataset) -> None:
    place, late = board_place(dataset), wish(dataset, 0, "next", CAT)
    shutil.rmtree(dataset.folder)
    carry_out_wish(dataset, late, place)
    assert "deleted" in str(edits.log(dataset).error)
    carry_out_wish(dataset, wish_of(late, "close"), place)
    open_board(dataset, None)
    assert "deleted" in str(edits.log(dataset).error) and not dataset.folder.exists()


def wish_of(other: DrawingWish, to: Way) -> DrawingWish:
    return DrawingWish("a", 2, other.key, other.seen, to)
