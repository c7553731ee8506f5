"""The learning-rate finder without a browser: each state of a search, and whose curve is shown."""

from __future__ import annotations

import json
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.components.model.lr_finder import picture
from tests.fixtures.pages import page_script
from tests.fixtures.text_workspace import Written
from tests.fixtures.tiny_training import SMALL
from tests.pages.conftest import words
from tlcore import processes
from tlcore.config import DEFAULT_BACKBONES, PhaseName, RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.defaults import with_defaults
from tlcore.evaluate.lr_curve import LrCurve, curve
from tlcore.runs.job import ALIVE
from tlcore.runs.lr_search import LrSearch, LrSearchRecord, essential, search_for
from tlcore.runs.queue import turn
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

PAGE = page_script("lr_finder")
TRIED = (1e-6 * 1e7 ** (np.arange(100) / 99)).tolist()
FALLING = [2.0] * 40 + np.linspace(2.0, 0.4, 30).tolist() + [0.4] * 5 + [float(4**n) for n in range(5)]
FIND = "Find a learning rate"


@pytest.fixture
def dataset(written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Texts in a workspace of their own."""
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    st.cache_data.clear()
    st.cache_resource.clear()
    return written.copy(tmp_path / "workspace").dataset


def opened(blocks: int = 0) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=30).run()
    return at.number_input[2].set_value(blocks).run() if blocks else at


def labels(at: AppTest) -> list[str]:
    assert not at.exception
    return [button.label for button in at.button]


def search(dataset: Dataset, phase: PhaseName = "head", unfreeze: int = 0) -> LrSearch:
    """Where the page looks for the curve of the settings that it begins with."""
    chosen: RunConfig = msgspec.structs.replace(SMALL, backbone=DEFAULT_BACKBONES["texts"], unfreeze=unfreeze)
    asked = essential(with_defaults(chosen, dataset.read()), phase)
    found = search_for(Workspace(), dataset, asked)
    LrSearch.prepare(found.folder, asked)
    return found


def put(found: LrSearch, phase: PhaseName = "head", losses: list[float] = FALLING) -> LrCurve:
    made = curve(phase, TRIED, losses)
    found.write(LrSearchRecord((made,)))
    return made


def status(found: LrSearch, **told: object) -> None:
    (found.folder / "status.json").write_text(json.dumps(told))


def test_a_phase_that_trains_has_a_button(dataset: Dataset) -> None:
    at = opened()
    assert labels(at) == [FIND] and "hundred steps" in at.button[0].help
    assert labels(opened(blocks=2)) == [FIND, FIND]
    assert not (Workspace().cache / "rates").exists(), "looking writes nothing"


def test_the_rate_that_was_found_is_marked_and_can_be_taken(dataset: Dataset) -> None:
    made = put(search(dataset))
    assert made.suggested is not None
    at = opened()
    assert labels(at) == [f"Use {made.suggested:g}"]
    assert made.reason in words(at) and "steps of that size teach" in words(at)
    at.button[0].click().run()
    assert at.session_state["found_rate_head"] == at.session_state["rate_head"] == made.suggested
    assert labels(at) == [f"{made.suggested:g} is used"] and at.button[0].disabled
    drawn = picture(made, "light")
    raw, smoothed = drawn["series"]
    assert [point[0] for point in raw["data"]] == pytest.approx(made.rates, rel=0.01)
    assert [point[1] for point in smoothed["data"]] == pytest.approx(made.smoothed, rel=0.01)
    assert smoothed["markLine"]["data"] == [{"xAxis": made.suggested}]
    assert 2.0 < drawn["yAxis"]["max"] < 4.0, "the last steps leave the picture"


def test_a_curve_is_shown_beside_its_own_settings_alone(dataset: Dataset) -> None:
    made = put(search(dataset))
    own = [f"Use {made.suggested:g}"]
    at = opened()
    assert labels(at) == own
    at.number_input[0].set_value(16).run()
    assert labels(at) == [FIND], "larger batches have another curve"
    at.number_input[0].set_value(8).run()
    at.number_input[1].set_value(50).run()
    assert labels(at) == own, "how long it trains does not change the curve"
    at.number_input[2].set_value(2).run()
    assert labels(at) == [*own, FIND], "the second phase has its own"


def test_each_phase_takes_its_own_rate(dataset: Dataset) -> None:
    made = put(search(dataset, "fine-tuning", unfreeze=2), "fine-tuning")
    at = opened(blocks=2)
    assert labels(at) == [FIND, f"Use {made.suggested:g}"]
    at.button(key="use_rate_fine-tuning").click().run()
    assert at.session_state["found_rate_fine-tuning"] == made.suggested
    used = f"{made.suggested:g} is used"
    assert "found_rate_head" not in at.session_state and labels(at) == [FIND, used]
    head = put(search(dataset))
    at.run().button(key="use_rate_head").click().run()
    assert labels(at) == [f"{head.suggested:g} is used", used], "taking one does not hide the other"


@pytest.mark.parametrize("losses", [[1.0] * 100, [1.0, 900.0], [float("inf")]])
def test_nothing_to_suggest_is_said_with_its_reason(dataset: Dataset, losses: list[float]) -> None:
    made = put(search(dataset), losses=losses)
    at = opened()
    assert labels(at) == [] and f"No rate to suggest. {made.reason}" in words(at)


def test_what_went_wrong_is_said_and_it_can_be_tried_again(dataset: Dataset) -> None:
    found = search(dataset)
    status(found, state="failed", error="The disk is *full*.")
    at = opened()
    assert labels(at) == [FIND] and [error.value for error in at.error] == [r"The disk is \*full\*\."]
    status(found, state="running", pid=2**22 + 1, started=1.0)
    at.run()
    assert labels(at) == [FIND] and "interrupted" in at.warning[0].value
    status(found, state="cancelled", message="Stopped")
    at.run()
    assert labels(at) == [FIND] and not at.error and not at.warning
    found.file.write_text("{")
    assert labels(at.run()) == [FIND]


def test_while_it_works_it_says_what_it_does(dataset: Dataset) -> None:
    pid, started = processes.identity()
    told = {"message": "Running the frozen part", "stage": "features", "done": 30, "total": 60}
    status(search(dataset), state="running", pid=pid, started=started, seconds_left=40.0, **told)
    at = opened()
    assert labels(at) == ["Cancel"]
    (bar,) = at.get("progress")
    assert (bar.proto.value, bar.proto.text) == (50, "Running the frozen part · 30 of 60 · about 40 s left")


def test_started_in_the_queue_and_cancelled(dataset: Dataset) -> None:
    found, at = search(dataset), opened()
    with turn(Workspace().queue, "somebody else", lambda ahead: False):  # it waits, and does not train
        at.button[0].click().run()
        deadline = time.monotonic() + 60
        while "Waiting for another run" not in BACKEND.status(found).message:
            assert BACKEND.status(found).state in ALIVE and time.monotonic() < deadline
        assert labels(at.run()) == ["Cancel"]
        worker = BACKEND.status(found)
        at.button[0].click().run()
    assert BACKEND.status(found).state == "cancelled" and not processes.is_alive(worker.pid, worker.started)
    assert labels(at) == [FIND] and not at.error
