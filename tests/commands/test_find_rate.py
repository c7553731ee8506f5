"""`find-rate`: its files, what it shares with the run that follows, and one sentence for each mistake."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import msgspec
import pytest

from tests.commands.conftest import read_features
from tests.fixtures.tiny_training import Graft, draw, small
from tlcore import config as configuration
from tlcore.commands.find_rate import render
from tlcore.config import RunConfig
from tlcore.evaluate.lr_curve import LrCurve
from tlcore.runs.lr_search import LrSearch
from tlcore.runs.queue import RATE_SEARCH, turn, waiting_names
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace


def command(graft: Graft, data: Path, config: RunConfig) -> list[object]:
    file = graft.home / "config.json"
    file.write_bytes(configuration.to_json(config))
    return ["find-rate", data, "--out", graft.home / "rates", "--config", file, "--json"]


@pytest.mark.usefixtures("unverified", "without_cross_fit")
def test_each_phase_has_its_curve_and_the_run_that_follows_finds_its_features(
    graft: Graft, coloured: Path
) -> None:
    config = small(unfreeze=1, epochs=1)
    search = LrSearch(graft.home / "rates")
    search.folder.mkdir()
    search.file.write_text("of an earlier search that was killed")
    said = graft.call(*command(graft, coloured, config))
    assert said.code == 0, said.err
    assert {path.name for path in search.folder.iterdir()} == {
        *(".lock", "config.json", "rate.json", "status.json", "train.log")
    }
    record, status = search.record(), BACKEND.status(search)
    assert record and [curve.phase for curve in record.phases] == ["head", "fine-tuning"]
    for curve in record.phases:
        assert 10 < len(curve.rates) == len(curve.losses) == len(curve.smoothed) and curve.reason
        assert curve.suggested is None or curve.rates[0] < curve.suggested < curve.rates[-1]
    told = {"search": str(search.folder), "state": "done", **json.loads(search.file.read_text())}
    assert said.json == told and msgspec.convert(told["phases"], tuple[LrCurve, ...]) == record.phases
    assert (status.state, status.message) == ("done", "Ready") and status.device.startswith("CPU")
    assert "suggested" in search.log.read_text(encoding="utf-8")
    assert search.config().data and search.config().engine != "auto"

    log = read_features(graft, coloured, config)
    assert log.count("the frozen part: 0 of 30 rows computed") == 2


def test_a_head_that_cannot_be_trained_first_is_a_failed_search(graft: Graft, coloured: Path) -> None:
    config = small(unfreeze=1, epochs=1, learning_rate=1e6, batch_size=1, schedule="constant")
    said = graft.call(*command(graft, coloured, config))
    status = BACKEND.status(LrSearch(graft.home / "rates"))
    assert (said.code, said.out) == (2, "") and "while the head was trained first" in said.err
    assert status.state == "failed" and "smaller learning rate" in status.error
    assert LrSearch(graft.home / "rates").record() is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"unfreeze": 1000}', "blocks to unfreeze"),
        ('{"backbone": "minilm_l6"}', "reads texts"),
        ("{", "cannot be used"),
        (None, "cannot be read"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_leaves_nothing(
    graft: Graft, coloured: Path, content: str | None, said: str
) -> None:
    arguments = command(graft, coloured, RunConfig())
    if content is None:
        (graft.home / "config.json").unlink()
    else:
        (graft.home / "config.json").write_text(content)
    answer = graft.call(*arguments)
    assert (answer.code, answer.out) == (2, "") and said in answer.err and answer.err.count("\n") == 1
    assert not (graft.home / "rates").exists()


def test_a_folder_with_something_else_and_data_that_are_none_are_refused(
    graft: Graft, coloured: Path
) -> None:
    (graft.home / "rates").mkdir()
    (graft.home / "rates" / "thesis.doc").touch()
    answer = graft.call(*command(graft, coloured, small()))
    assert answer.code == 2 and "something in that place" in answer.err
    one_class = draw(graft.home / "one", classes=("amber",))
    answer = graft.call("find-rate", one_class, "--out", graft.home / "other")
    assert answer.code == 2 and "only one class" in answer.err and not (graft.home / "other").exists()


def test_it_waits_for_its_turn_and_can_be_stopped_there(graft: Graft, coloured: Path) -> None:
    search = LrSearch(graft.home / "rates")
    with turn(Workspace().queue, "somebody else", lambda ahead: False):
        process = graft.spawn(*command(graft, coloured, small()))
        deadline = time.monotonic() + 60
        while BACKEND.status(search).message != "Waiting for another run to end":
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        assert waiting_names(Workspace().queue) == ["somebody else", RATE_SEARCH]
        again = graft.call(*command(graft, coloured, small()))
        assert again.code == 2 and "at work already" in again.err
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (128 + signal.SIGTERM, "")
    assert json.loads(out) == {"search": str(search.folder), "state": "cancelled", "phases": []}
    assert BACKEND.status(search).state == "cancelled" and not search.stop_requested()


def test_the_table_says_rate_and_reason() -> None:
    phases = [
        {"phase": "head", "suggested": 0.0021, "reason": "It falls here."},
        {"phase": "fine-tuning", "suggested": None, "reason": "It is flat."},
    ]
    assert render({"search": "rates", "state": "done", "phases": phases}).splitlines() == [
        "phase            rate  why",
        "head           0.0021  It falls here.",
        "fine-tuning         –  It is flat.",
        "The curves are in rates.",
    ]
    stopped = render({"search": "rates", "state": "cancelled", "phases": []})
    assert stopped.splitlines()[-1] == "Stopped."
