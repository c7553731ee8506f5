"""The why card without a browser: closed it asks nothing, open it shows where, what, and what is like it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.components.browser.brush.brush import Mark, cover_picture
from pages.components.predict.explain import parts
from pages.components.shared.answers import predictors
from tests.fixtures import SHORT
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.pages import page_script
from tests.fixtures.patched_pictures import patched_picture
from tests.fixtures.tiny_training import Trained
from tests.pages.conftest import words
from tlcore.evaluate import analysis
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run

PAGE = page_script("why")
NEW = 2000  # the first seed that no picture was trained on


@pytest.fixture(autouse=True, scope="module")
def nobody_stays_awake() -> Iterator[None]:
    """The models' processes end with these tests."""
    yield
    for predictor in list(predictors._awake.awake.by_key.values()):
        predictor.close()
    st.cache_resource.clear()


def opened(run: Run, path: Path, is_open: bool = True) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=120)
    at.query_params["run"], at.query_params["path"] = str(run.folder), str(path)
    at.session_state["one_why"] = is_open
    at.run()
    assert not at.exception and not at.error
    return at


@pytest.fixture(scope="module")
def mine(patched: Furnished, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """A workspace of this file's own: one process of its model answers all tests, whatever they take away."""
    return patched.copy(tmp_path_factory.mktemp("why") / "workspace")


@pytest.fixture
def there(mine: Furnished, monkeypatch: pytest.MonkeyPatch) -> Furnished:
    for name, value in mine.env.items():
        monkeypatch.setenv(name, value)
    return mine


@contextlib.contextmanager
def without(*places: Path) -> Iterator[None]:
    """These files and folders are away for a while; whatever came in their place goes."""
    for place in places:
        place.rename(place.with_name(f"{place.name} away"))
    yield
    for place in places:
        place.unlink(missing_ok=True)
        place.with_name(f"{place.name} away").rename(place)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a [b](c) *d*.png"
    patched_picture("red patch", NEW)[0].save(path)
    return path


def test_a_closed_card_asks_nothing(there: Furnished, picture: Path) -> None:
    at = opened(there.run, picture, is_open=False)
    assert "red patch" in words(at)
    assert not at.selectbox and not at.slider
    assert [why for *_, why, _, _ in at.session_state["answers"]] == [False]


def test_an_open_card_shows_where_and_what_is_alike(there: Furnished, picture: Path) -> None:
    at = opened(there.run, picture)
    (chosen,) = at.selectbox
    assert chosen.value == "red patch" and len(chosen.options) == 3
    assert "8 × 8 fields" in words(at) and "You have covered nothing yet" in words(at)
    assert words(at).count("red patch  \n") == 5  # the nearest ones, each with its label
    at.toggle(key="one_heat_table").set_value(True).run()
    assert not at.exception and at.dataframe[0].value.shape == (8, 8)
    at.selectbox[0].set_value("blue patch").run()
    assert not at.exception and not at.error
    assert [label for *_, why, label, _ in at.session_state["answers"] if why] == ["red patch", "blue patch"]


def test_the_nearest_may_be_gone(there: Furnished, picture: Path) -> None:
    with without(there.dataset.folder):
        assert words(opened(there.run, picture)).count("This picture is no longer in the data set.") == 5


def test_a_run_of_an_earlier_version_has_no_nearest(there: Furnished, picture: Path) -> None:
    run = there.run
    told = run.folder / analysis.FILE  # the model's process reads the features again when this one changes
    with without(run.folder / analysis.FEATURES):
        told.touch()
        at = opened(run, picture)
        assert "Train it again" in words(at) and at.slider
        with without(told, run.folder / "status.json"):
            Reporter(run).stage("study", "Looking")
            assert "still analysing" in words(opened(run, picture))
    told.touch()


def test_what_is_like_nothing_is_called_so(there: Furnished, tmp_path: Path) -> None:
    path = tmp_path / "black.png"
    patched_picture("red patch", NEW)[0].point(lambda value: 255 - value // 8).save(path)
    found = analysis.read(there.run.folder)
    assert found is not None
    novelty = analysis.Novelty(threshold=0.001, neighbours=5, flagged=0.05, n=20)
    with without(there.run.folder / analysis.FILE):
        analysis.write(there.run.folder, analysis.Analysis(novelty=novelty, points=found.points))
        assert "unlike anything in training" in words(opened(there.run, path))


def test_covering_the_patch_changes_the_answer(there: Furnished, tmp_path: Path) -> None:
    whole, box = patched_picture("red patch", NEW + 1)
    left, top, right, bottom = (side / 128 for side in box)
    middle = (left + right) / 2
    on = Mark(points=((middle, top), (middle, bottom)), radius=(right - left) / 2)
    off = Mark(points=(((middle + 0.5) % 1, (top + 0.7) % 1),), radius=0.06)
    found = []
    for number, marks in enumerate([(), (on,), (off,)]):
        path = tmp_path / f"{number}.bmp"
        cover_picture(whole, marks).save(path)
        found.append(predictors.ask(there.run, path)["probabilities"]["red patch"])
    before, patch_covered, other_covered = found
    assert before > 0.7 and patch_covered < 0.3 and other_covered > 0.6


def test_the_words_of_a_text(trained_texts: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(trained_texts.home / "workspace"))
    monkeypatch.setenv("PYTHONPATH", SHORT)
    run, table = trained_texts.run, trained_texts.data
    path = tmp_path / "text.txt"
    text = "Is <b>my</b> :red[invoice] wrong? 自然 I was charged twice"
    path.write_text(text, encoding="utf-8")
    at = opened(run, path)
    assert "left out each word" in words(at)
    nearest = at.dataframe[0].value
    assert len(nearest) == 5 and all(one in table.read_text() for one in nearest["Text"])
    at.toggle(key="one_words_table").set_value(True).run()
    assert not at.exception
    pieces = at.dataframe[0].value
    assert sorted(pieces["Word"]) == sorted(text.replace("自然", "自 然").split())
    changes = [float(change.split()[-1].replace("−", "-")) for change in pieces.iloc[:, 1]]
    assert [abs(change) for change in changes] == sorted(map(abs, changes), reverse=True) and any(changes)


@pytest.mark.parametrize("counts", [False, True])
def test_the_last_words_of_a_long_text(
    counts: bool, trained_texts: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(trained_texts.home / "workspace"))
    monkeypatch.setattr(Run, "counts_terms", counts)
    why = {"pieces": [{"text": "Hello ", "change": 0.1}, {"text": "you", "change": 0.0}], "unread": 1}
    monkeypatch.setattr(parts, "explained_answer", lambda *_: {"text": "Hello you", "why": why})
    (tmp_path / "text.txt").write_text("Hello you", encoding="utf-8")
    said = words(opened(trained_texts.run, tmp_path / "text.txt"))
    assert "The last 1 word changed nothing" in said and ("the head counts" in said) == counts
    assert (parts.COUNTS_TOO in said) == counts
