"""Opening a run from somebody else, on a page: its progress, its failure, and the way to it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from pages.components.shared.runs.open_run import OWN
from tests.fixtures.image_workspace import Furnished
from tests.pages.conftest import Open, components, words
from tlcore import config as configuration
from tlcore.data.dataset import LIST_ONLY
from tlcore.export.hand_on.opening import Opening
from tlcore.runs.job import Reporter
from tlcore.workspace import Workspace


def test_a_page_without_a_model_has_the_box(empty: Open) -> None:
    for page in ("home", "train", "evaluate", "predict", "compare", "export"):
        at = empty(page)
        assert not at.exception
        assert [box.label for box in at.expander if "from elsewhere" in box.label], page
        (box,) = components(at, "graft_upload")
        assert (box["tables"], box["ways"]) == ([".graft", ".keras"], ["table"])


def test_a_failure_stays_until_it_is_dismissed(empty: Open) -> None:
    opening = Opening.new(Workspace())
    Reporter(opening).end("failed", error="This file is not opened. <b>Two</b> entries have one name.")
    at = empty("home")
    assert "Two" in words(at) and at.expander[0].proto.expanded
    at.button(key=next(button.key for button in at.button if button.label == "Dismiss")).click().run()
    assert not at.exception and not opening.folder.exists() and "Two" not in words(at)


def test_one_that_was_stopped_or_killed_says_so(empty: Open) -> None:
    for state, sentence in (("cancelled", "It was stopped"), ("running", "The opening was interrupted")):
        opening = Opening.new(Workspace())
        status = {"state": state, "pid": 4_000_000, "started": 1.0}
        (opening.folder / "status.json").write_text(json.dumps(status))
        assert sentence in words(empty("home"))
        shutil.rmtree(opening.folder)


def test_the_run_is_shown_once_it_is_there(
    full: Open, furnished: Furnished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = furnished.copy(tmp_path / "workspace")
    monkeypatch.setenv("GRAFT_HOME", str(copy.home))
    opening = Opening.new(Workspace())
    told = {"folder": str(copy.run.folder), "compared": 0, "has_data": True}
    (opening.folder / "opened.json").write_text(json.dumps(told))
    Reporter(opening).end("done", "Ready")
    at = full("home")
    assert not at.exception and opening.folder.exists(), "another tab, or person, has begun it"
    assert at.title[0].value != "Evaluate"
    at.session_state[OWN] = {opening.id}
    at.run()
    assert not at.exception and not opening.folder.exists()
    assert at.title[0].value == "Evaluate"


def test_after_a_refresh_the_run_is_one_click_away(
    full: Open, furnished: Furnished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = furnished.copy(tmp_path / "workspace")
    monkeypatch.setenv("GRAFT_HOME", str(copy.home))
    opening = Opening.new(Workspace())
    told = {"folder": str(copy.run.folder), "compared": 0, "has_data": True}
    (opening.folder / "opened.json").write_text(json.dumps(told))
    Reporter(opening).end("done", "Ready")
    at = full("home")
    at.button(key=next(button.key for button in at.button if button.label == "See it")).click().run()
    assert not at.exception and not opening.folder.exists()
    assert at.title[0].value == "Evaluate"


def test_the_pages_say_where_the_pictures_are(
    full: Open, furnished: Furnished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = furnished.copy(tmp_path / "workspace").run
    data = run.dataset().folder.rename(run.folder / "data")
    config = msgspec.structs.replace(run.config(), data=str(data))
    (run.folder / "config.json").write_bytes(configuration.to_json(config))
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    assert "from somebody else, with its pictures" in words(full("evaluate", run=run.id))
    shutil.rmtree(data / "files")
    (data / LIST_ONLY).touch()
    assert "with small pictures only" in words(full("evaluate", run=run.id))
    shutil.rmtree(data / "thumbs")
    for page in ("train", "evaluate", "predict", "compare", "export"):
        at = full(page, run=run.id)
        assert not at.exception and not at.error, page
        assert ("without its pictures" in words(at)) == (page in ("train", "evaluate"))
    assert "The data set of this run is not here" in words(full("evaluate", run=run.id, section="labels"))
