"""The coach's card: what it says of a run, one click to start what it suggests, and when it is not there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared.runs import coach as card
from tests.fixtures.evidence import BY_HEART, NOT_LEARNED
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.text_workspace import Written
from tests.pages.conftest import Open, primary, words
from tlcore.coach.suggestion import suggest
from tlcore.runs.metrics import MetricRow
from tlcore.runs.queue import turn
from tlcore.runs.run import Run, runs
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

TITLE = "One thing to try next"
Finished = Callable[[list[MetricRow]], Run]


@pytest.fixture
def finished(furnished: Furnished, tmp_path: Path) -> Finished:
    """The finished run of the workspace, its curves replaced by those given."""

    def make(rows: list[MetricRow]) -> Run:
        run = furnished.copy(tmp_path / "workspace").run
        run.metrics.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return run

    return make


def links(at: AppTest) -> list[tuple[str, str]]:
    """Label and address of each link to another page, but for the one to the run's data."""
    found = [(link.proto.label, link.proto.query_string) for link in at.get("page_link")]
    return [(label, query) for label, query in found if not query.startswith("data=")]


def test_it_says_what_was_seen_what_to_do_and_what_changes(empty: Open, finished: Finished) -> None:
    at = empty("train", run=finished(BY_HEART).id)
    assert not at.exception and TITLE in words(at)
    shown = words(at)
    assert "while the validation loss rose from 0\\.31 to 0\\.55 after epoch 9" in shown
    assert "**Show it 4 changed copies \\(views\\) of each training picture\\.**" in shown
    assert "- Changed copies \\(views\\): none → **4**" in shown
    assert "Start this run" not in primary(at)  # the page's own next step stays the first
    assert links(at) == []


def test_one_click_starts_it_and_the_card_goes_on_from_there(empty: Open, finished: Finished) -> None:
    run = finished(BY_HEART)
    at = empty("train", run=run.id)
    with turn(Workspace().queue, "somebody else", lambda ahead: False):  # it waits, and does not train
        at.button(key=f"coach_{run.id}").click().run()
        new = runs(Workspace().runs)[0]
        try:
            assert not at.exception and new.id != run.id
            assert (at.query_params["run"], at.query_params["after"]) == (new.id, run.id)
            assert new.config().augmentation.views == 4
            assert "Waiting" in words(at) and TITLE not in words(at)
            at = empty("train", run=run.id)  # nobody is told twice, not even while it waits
            assert "Blend pairs" in words(at) and "changed copies" not in words(at)
            assert links(at) == [("Compare with the runs that followed", f"runs={run.id}%2C{new.id}")]
        finally:
            BACKEND.cancel(new, grace=10)
    (new.folder / "metrics.jsonl").write_bytes(run.metrics.read_bytes())
    at = empty("train", run=new.id, after=run.id)
    assert "8 changed copies" in words(at)
    assert links(at) == [("Compare with the run before it", f"runs={run.id}%2C{new.id}")]
    assert links(empty("train", run=new.id, after="no-such-run")) == []


def test_texts_are_coached_in_their_own_words(empty: Open, written: Written, tmp_path: Path) -> None:
    run = written.copy(tmp_path / "workspace").run
    run.metrics.write_text("".join(json.dumps(row) + "\n" for row in NOT_LEARNED))
    at = empty("train", run=run.id)
    assert not at.exception and "Even of the training texts" in words(at)
    assert "Layers unfrozen: none → **the last 3**" in words(at)


@pytest.mark.parametrize(("loss", "is_there"), [(None, True), (0.5, False)])
def test_a_failed_run_is_coached_when_it_diverged(
    empty: Open, finished: Finished, loss: float | None, is_there: bool
) -> None:
    row = {"epoch": 1, "phase": "head", "loss": loss, "val_loss": loss, "accuracy": 0.3, "val_accuracy": 0.3}
    run = finished([row])
    run.model.unlink()
    (run.folder / "status.json").write_text('{"state": "failed", "error": "It failed."}')
    at = empty("train", run=run.id)
    assert not at.exception and (TITLE in words(at)) is is_there
    assert ("became infinite" in words(at)) is is_there


def test_a_stopped_run_is_asked_to_go_on(empty: Open, finished: Finished) -> None:
    run = finished(NOT_LEARNED)
    (run.folder / "status.json").write_text('{"state": "cancelled"}')
    at = empty("train", run=run.id)
    assert "Let it go on first" in words(at)
    assert "Start this run" not in [button.label for button in at.button]


def test_without_its_data_there_is_nothing_to_start(empty: Open, finished: Finished) -> None:
    run = finished(BY_HEART)
    (Path(run.config().data) / "manifest.json").unlink()
    at = empty("train", run=run.id)
    assert not at.exception and TITLE not in words(at)


def test_it_is_made_anew_only_when_something_has_changed(
    empty: Open, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(card, "suggest", lambda evidence: asked.append(evidence) or suggest(evidence))
    run = finished(BY_HEART)
    at = empty("train", run=run.id)
    at.run().run()
    assert len(asked) == 1
    Run.prepare(Workspace().runs / "another", run.config())
    at.run().run()
    assert len(asked) == 2 and len(asked[-1].tried) == 1
