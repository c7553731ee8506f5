"""The map: what the browser is given, its filters, what a click opens, and what it weighs."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.components.shared.analyses.embedding_map.embedding_map import (
    MOST_CLASSES,
    OTHERS,
    SHAPES,
    _listener,
    map_data,
    marks_of,
)
from pages.components.shared.class_colours import class_colours
from pages.components.shared.viewers import images
from pages.components.shared.viewers.viewer import ExamplePreviews
from tests.fixtures.analysed_run import FIRST, flowers, studied, trained
from tests.fixtures.planted_faults import LABELS, ROSE, TULIP
from tests.fixtures.text_workspace import Written
from tests.pages.conftest import Open, words
from tlcore.data.dataset import Dataset
from tlcore.data.task_words import WORDS
from tlcore.evaluate import analysis
from tlcore.evaluate.analysis import Analysis, Point
from tlcore.runs.run import Run


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    dataset = flowers(thumbnails=30)
    run = trained(dataset, FIRST, wrong=3)
    studied(run, dataset)
    return run


def opened(empty: Open, run: str = FIRST) -> AppTest:
    at = empty("evaluate", run=run, section="map")
    assert not at.exception, at.exception
    return at


def drawn(at: AppTest) -> dict[str, Any]:
    """What the browser is given."""
    (component,) = at.get("bidi_component")
    return dict(json.loads(component.proto.json))


def test_all_points_are_given_with_mistakes_and_names_as_text(run: Run, empty: Open) -> None:
    data = drawn(opened(empty))
    assert len(data["x"]) == 60 and sum(data["shown"]) == 60 and data["labels"] == sorted(LABELS)
    wrong = [at for at in range(60) if data["answer"][at] not in (-1, data["label"][at])]
    assert len(wrong) == 3 and data["wrong"] == "mistake on a test picture"
    assert data["answer"].count(-1) == 45
    assert {entry["shown"] for entry in data["legend"]} == set(LABELS)
    assert data["sheet"].startswith("data:image/webp;base64,")


def test_filters_leave_the_others_in_place(run: Run, empty: Open) -> None:
    at = opened(empty)
    before = drawn(at)
    at.selectbox(key=f"map_class_{FIRST}").select(TULIP).run()
    assert sum(drawn(at)["shown"]) == 20 and drawn(at)["x"] == before["x"]
    at.selectbox(key=f"map_part_{FIRST}").select("test").run()
    assert sum(drawn(at)["shown"]) == 5 and "5 of 60 pictures shown" in words(at)
    at.selectbox(key=f"map_class_{FIRST}").select(ROSE).run()
    at.toggle(key=f"map_wrong_{FIRST}").set_value(True).run()
    assert sum(drawn(at)["shown"]) == 3 and not at.exception


def test_the_same_as_a_table(run: Run, empty: Open) -> None:
    at = opened(empty)
    at.toggle(key=f"map_table_{FIRST}").set_value(True).run()
    (table,) = [frame.value for frame in at.dataframe]
    assert len(table) == 60 and table["Mistake"].sum() == 3 and set(table["Split"]) == {"Training", "Test"}


def test_a_click_opens_the_example(run: Run, empty: Open) -> None:
    at = opened(empty)
    at.session_state[f"map_{FIRST}_opened"] = 0
    at.run()
    assert not at.exception and "The model answered" in words(at) and "Test ·" in words(at)
    (close,) = [button for button in at.button if button.label == "Close"]
    close.click().run()
    assert "Test ·" not in words(at)


@pytest.mark.parametrize("told", [None, 7, {}, {"at": "x"}, {"at": -1}, {"at": 60}, {"at": [1]}])
def test_what_the_browser_makes_up_is_ignored(told: object, monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, Any] = {"map": {"open": told}}
    monkeypatch.setattr("streamlit.session_state", session)
    _listener("map", 60)()
    assert session == {"map": {"open": told}}
    session["map"] = {"open": {"at": 59}}
    _listener("map", 60)()
    assert session["map_opened"] == 59


COLOURS = class_colours([f"class {n}" for n in range(30)])


def many(classes: int, count: int = 400) -> list[Point]:
    return [
        Point(f"{n:064x}", f"{n}.jpg", f"class {n % classes}", "", "train", 0.0, 0.0) for n in range(count)
    ]


def test_every_class_has_a_look_of_its_own_as_long_as_they_can_be_told_apart() -> None:
    looks = marks_of(many(MOST_CLASSES), COLOURS)
    assert len({(look["shape"], look["colour"]) for look in looks.values()}) == MOST_CLASSES
    assert len({look["shape"] for look in looks.values()}) == MOST_CLASSES == len(SHAPES)
    assert list(looks) == list(COLOURS)[:MOST_CLASSES], "in the order of the classes"
    assert {name: look["colour"] for name, look in looks.items()}.items() <= COLOURS.items()


def test_of_many_classes_the_commonest_are_named() -> None:
    points = [*many(30), *(Point("f" * 64, "x", "class 7", "", "test", 0.0, 0.0) for _ in range(50))]
    data = map_data(points, [True] * len(points), ExamplePreviews(), WORDS["images"], "", COLOURS)
    legend = data["legend"]
    assert isinstance(legend, list) and len(legend) == MOST_CLASSES
    assert "class 7" in [entry["shown"] for entry in legend] and legend[-1] == {
        "shown": "21 other classes",
        "look": OTHERS,
    }


def test_two_thousand_stay_light(run: Run, tmp_path: Path) -> None:
    """Photo-like thumbnails: what the browser gets once is about a megabyte."""
    dataset = Dataset(tmp_path / "many")
    random = np.random.default_rng(0)
    for n in range(2000):
        path = dataset.thumbnail(f"{n:064x}")
        path.parent.mkdir(parents=True, exist_ok=True)
        small = Image.fromarray(random.integers(0, 255, (9, 12, 3), np.uint8))
        small.resize((128, 96), Image.Resampling.BICUBIC).save(path, "JPEG", quality=85)
    points = many(5, 2000)
    seen = images.glimpses(dataset, [point.sha256 for point in points])
    with Image.open(io.BytesIO(base64.b64decode(seen.sheet.partition(",")[2]))) as sheet:
        assert max(sheet.size) <= images.SHEET
    data = map_data(points, [True] * 2000, seen, WORDS["images"], "", COLOURS)
    assert len(json.dumps(data)) < 2_000_000 and len(json.dumps(data)) - len(seen.sheet) < 150_000


def test_thumbnails_that_are_gone_leave_their_place(run: Run, tmp_path: Path) -> None:
    seen = images.glimpses(Dataset(tmp_path / "nowhere"), ["a" * 64] * 5)
    assert (seen.cell, seen.across) == (96, 3)


def test_texts_have_their_beginnings(written: Written, tmp_path: Path, empty: Open) -> None:
    own = written.copy(tmp_path / "workspace")
    points = tuple(
        Point(e.sha256, e.name, e.label, "", "train", n / 60, 0.5)
        for n, e in enumerate(own.dataset.read().examples)
    )
    analysis.write(own.run.folder, Analysis(points=points))
    at = opened(empty, own.run.id)
    data = drawn(at)
    assert data["sheet"] == "" and data["texts"][0] == "What a <b>lovely</b> *shop*!"
    assert max(map(len, data["texts"])) <= 140 and "picture" not in words(at)
    at.session_state[f"map_{own.run.id}_opened"] = 0
    at.run()
    assert not at.exception and "learned from it" in words(at)


def test_without_a_map_it_is_said_why(run: Run, empty: Open) -> None:
    analysis.write(run.folder, Analysis())
    assert "too few pictures for a map" in words(opened(empty))
    (run.folder / analysis.FILE).unlink()
    assert "without the map" in words(opened(empty))
