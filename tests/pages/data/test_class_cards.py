"""Class cards on the Data page: what they send becomes a data set or a version, and then a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pages.components.browser.upload.upload import Received
from pages.components.data import class_cards
from tests.fixtures.image_workspace import Furnished
from tests.pages.conftest import Open, components, words
from tlcore.runs.job import Job
from tlcore.runs.run import Run, runs
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace


def sent(monkeypatch: pytest.MonkeyPatch, name: str, box: str) -> list[list[str]]:
    """The cards with this key send something once; the commands that are started then."""
    waiting = [Received(Path("upload-1.zip"), name, 6, None)]
    started: list[list[str]] = []

    def cards_box(key: str, counts: object) -> Received | None:
        return waiting.pop() if waiting and key == box else None

    monkeypatch.setattr(class_cards, "cards_box", cards_box)

    def start(job: Job, arguments: list[str]) -> None:
        job.folder.mkdir(parents=True)
        started.append(arguments)

    monkeypatch.setattr(BACKEND, "start", start)
    monkeypatch.setattr(BACKEND, "get_ready", lambda *_: None)
    return started


def test_a_data_set_is_called_by_its_classes(empty: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    started = sent(monkeypatch, "cat, dog.zip", "new_cards")
    at = empty("data")
    assert not at.exception
    assert started[0][0] == "import" and "--name=cat, dog" in started[0]
    dataset, addition = at.session_state[class_cards.DUE]
    assert dataset.startswith("cat-dog-") and addition is None


def test_a_run_starts_once_when_the_pictures_are_there(
    furnished: Furnished, empty: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = furnished.copy(tmp_path / "workspace")
    submitted: list[str] = []
    monkeypatch.setattr(BACKEND, "submit", lambda run: submitted.append(run.id))
    at = empty("data")
    addition = Job(own.dataset.folder / "adding" / "add-1")
    addition.folder.mkdir(parents=True)
    at.session_state[class_cards.DUE] = own.dataset.id, addition
    at.run()
    assert not submitted, "it is only just starting"
    (addition.folder / "status.json").write_text('{"state": "failed", "error": "Nothing new."}')
    at.run()
    assert not submitted and class_cards.DUE not in at.session_state, "a later edit trains nothing"
    at.session_state[class_cards.DUE] = own.dataset.id, Job(addition.folder.with_name("dismissed"))
    at.run()
    assert not submitted and class_cards.DUE not in at.session_state, "another tab has put it away"
    (addition.folder / "status.json").write_text('{"state": "done"}')
    at.session_state[class_cards.DUE] = own.dataset.id, addition
    at.run()
    assert not at.exception and len(submitted) == 1
    assert "This run ended without a model" in words(at), "it stays on the page, and says how the run is"
    assert submitted[0] in {run.id for run in runs(Workspace().runs)}
    assert class_cards.DUE not in at.session_state


def test_more_pictures_of_its_classes_are_added_by_cards(
    furnished: Furnished, empty: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = furnished.copy(tmp_path / "workspace")
    started = sent(monkeypatch, "x.zip", f"cards_{own.dataset.id}")
    at = empty("data")
    at.segmented_control(key=f"add_how_{own.dataset.id}").set_value("Class cards").run()
    assert not at.exception
    assert [words[:2] for words in started] == [["import", "upload-1.zip"]]
    dataset, addition = at.session_state[class_cards.DUE]
    assert dataset == own.dataset.id and addition.folder.parent.parent == own.dataset.folder


def test_what_the_cards_trained_is_tried_below_them(
    furnished: Furnished, empty: Open, tmp_path: Path, woken: list[str]
) -> None:
    own = furnished.copy(tmp_path / "workspace")
    first = own.run
    at = empty("data")
    assert not components(at, "graft_live"), "nothing was trained by cards in this session"
    next_one = Run.prepare(Workspace().runs / "next", first.config())
    (next_one.folder / "status.json").write_text('{"state": "failed", "error": "Not enough memory."}')
    at.session_state[f"trained_by_cards_{own.dataset.id}"] = [first.id, "gone", next_one.id]
    at.run()
    assert not at.exception and woken == [first.id], "the one before goes on answering"
    (live,) = components(at, "graft_live")
    assert not live["can_keep"] and "Not enough memory" in words(at)
