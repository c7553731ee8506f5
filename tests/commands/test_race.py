"""`race`: refusals, the table, and real races that are killed, stopped and continued."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.training import Graft, small
from tlcore import config as configuration
from tlcore import system
from tlcore.backbones import weights
from tlcore.commands.data import open_data
from tlcore.commands.race import as_table
from tlcore.runs.queue import turn
from tlcore.runs.race import Entry, Race
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

BOTH = "efficientnet_lite0,mobilenet_v2"


def command(graft: Graft, data: Path, backbones: str = BOTH, **changes: Any) -> list[object]:
    file = graft.home / "config.json"
    file.write_bytes(configuration.to_json(small(**changes)))
    return ["race", data, "--backbones", backbones, "--out", graft.home / "race", "--config", file, "--json"]


def wait(process: subprocess.Popen[str], until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not until():
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--backbones", "efficientnet_lite0"], "at least two"),
        (["--backbones", ","], "at least two"),
        (["--backbones", "mobilenet_v2,efficientnet_lite0,mobilenet_v2"], "takes part once"),
        (["--backbones", "efficientnet_lite0,efficientnet_lite9"], "Did you mean efficientnet_lite0"),
        (["--backbones", BOTH, "--epochs", "0"], "$.training.epochs"),
        (["--backbones", BOTH, "--seed", "-1"], "$.seed"),
        (["--backbones", BOTH, "--config", "missing.json"], "cannot be read"),
        (["--backbones", BOTH, "--config", "continued.json"], "start_from"),
        (["--backbones", BOTH, "--config", "deep.json"], "blocks to unfreeze"),
        ([], "--backbones"),
    ],
)
def test_what_cannot_be_is_one_sentence_before_anything_runs(
    graft: Graft, coloured: Path, options: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(graft.home)
    (graft.home / "continued.json").write_text('{"start_from": "run"}')
    (graft.home / "deep.json").write_text('{"unfreeze": 1000}')
    answer = graft.call("race", coloured, "--out", "race", *options)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err and answer.err.count("\n") == 1
    assert not (graft.home / "race").exists() and not (graft.home / "workspace" / "datasets").exists()


def test_data_that_cannot_be_used_start_no_race(graft: Graft) -> None:
    answer = graft.call("race", graft.home / "none", "--out", graft.home / "race", "--backbones", BOTH)
    assert answer.code == 2 and "nothing at that path" in answer.err
    assert not (graft.home / "race").exists()


def test_the_table_shows_the_best_first_and_every_reason() -> None:
    known = {"interval": (0.8625, 0.9657), "n": 100, "validation_accuracy": 0.85}
    times = {"milliseconds": 14.0069, "milliseconds_model": 12.3871, "seconds": 13.57}
    entries = [
        Entry(backbone="resnet50", state="failed", error="No weights."),
        Entry(backbone="vgg16"),
        Entry(backbone="xception", state="cancelled", accuracy=0.99, seconds=4.2, **known),
        Entry(backbone="mobilenet_v2", state="done", accuracy=0.9, megabytes=10.3, seconds=13.4, **known),
        Entry(
            backbone="efficientnet_lite0",
            state="done",
            accuracy=0.93,
            parameters=3_577_637,
            megabytes=14.86,
            **known,
            **times,
        ),
    ]
    result = {"entries": msgspec.to_builtins(entries), "verdict": "Who knows.", "state": "cancelled"}
    lines = as_table(result).splitlines()
    assert [line[:27].strip() for line in lines[:6]] == [
        "backbone",
        "efficientnet_lite0",
        "mobilenet_v2",
        "xception",
        "resnet50",
        "vgg16",
    ]
    assert [line[27:].split() for line in lines[1:4]] == [
        ["0.930", "0.863–0.966", "0.850", "3,577,637", "14.9", "14.0", "12.4", "14"],
        ["0.900", "0.863–0.966", "0.850", "–", "10.3", "–", "–", "13"],
        ["0.990", "0.863–0.966", "0.850", "–", "–", "–", "–", "4", "(stopped", "early)"],
    ]
    assert len({len(line) for line in lines[:3]}) == 1
    assert [line[27:] for line in lines[4:6]] == ["failed: No weights.", "not started"]
    assert lines[6:] == ["Who knows.", "The race was stopped; the same command goes on with it."]


def without_network(patch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        patch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    for name in ("no_proxy", "NO_PROXY"):
        patch.delenv(name, raising=False)


def test_a_race_killed_for_real_goes_on_and_lists_who_could_not_run(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights.mobilenet_file()  # before the network is gone
    without_network(monkeypatch)
    arguments = command(graft, coloured, f"{BOTH},resnet50", epochs=1)
    race = Race(graft.home / "race")
    first, last = race.run("efficientnet_lite0"), race.run("mobilenet_v2")
    killed = graft.spawn(*arguments)
    wait(killed, lambda: last.status().state == "running")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    last.kill()
    assert race.status().state == "lost"
    states = [entry.state for entry in race.record().entries]
    assert states == ["done", "running", "new"] and not race.record().verdict
    kept = {path: path.read_bytes() for path in (first.model, first.folder / "status.json")}

    said = graft.call(*arguments)
    assert said.code == 0, said.err
    assert all(path.read_bytes() == content for path, content in kept.items())
    assert last.status().state == "done" and last.status().attempt == 2
    assert race.status().state == said.json["state"] == "done"
    record = json.loads((graft.home / "race" / "race.json").read_text(encoding="utf-8"))
    assert said.json == {"race": str(race.folder), "state": "done", **record}
    one, other, without_weights = race.record().entries
    assert without_weights.state == "failed" and "could not be downloaded" in without_weights.error
    for entry in (one, other):
        report = race.run(entry.backbone).report()
        assert (entry.accuracy, entry.n, entry.interval) == (report.test.accuracy, 6, report.test.interval)
        assert entry.parameters and entry.megabytes and entry.seconds > 0 and not entry.error
        assert (
            entry.milliseconds and entry.milliseconds_model and entry.milliseconds > entry.milliseconds_model
        )
    assert {p.sha256 for p in first.report().test.predictions} == {
        p.sha256 for p in last.report().test.predictions
    }
    assert record["comparison"]["n"] == 6 and record["verdict"]

    other_seed = graft.call(*arguments, "--seed", 5)
    assert (other_seed.code, other_seed.out) == (2, "") and "seed 5 instead of 0" in other_seed.err


def test_a_race_may_die_and_find_its_run_still_at_work(graft: Graft, coloured: Path) -> None:
    race = Race(graft.home / "race")
    run = race.run("efficientnet_lite0")
    with turn(Workspace().queue, "somebody else", lambda ahead: False):
        arguments = command(graft, coloured)
        killed = graft.spawn(*arguments)
        wait(killed, lambda: run.status().state == "queued")
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        worker = run.status()
        assert race.status().state == "lost" and worker.state == "queued"

        again = graft.spawn(*arguments)
        wait(again, lambda: race.status().attempt == 2 and "Waiting" in race.status().message)
        assert (run.status().pid, run.status().attempt) == (worker.pid, 1)
        refused = graft.call(*arguments)
        assert (refused.code, refused.out) == (2, "") and "at work already" in refused.err

        again.send_signal(signal.SIGTERM)
        out, err = again.communicate(timeout=60)
    assert again.returncode == 0, err
    said = json.loads(out.splitlines()[-1])
    assert said["state"] == race.status().state == "cancelled"
    assert [entry["state"] for entry in said["entries"]] == ["cancelled", "new"]
    assert said["verdict"] == "No backbone has finished." and not race.stop_requested()
    assert run.status().message == "Stopped while waiting"
    assert not system.is_alive(worker.pid, worker.started)


def test_a_worker_that_is_killed_is_listed_and_the_next_one_goes_on(graft: Graft, coloured: Path) -> None:
    race = Race(graft.home / "race")
    dataset = open_data(coloured, Workspace())
    with turn(Workspace().queue, "somebody else", lambda ahead: False):
        process = graft.spawn(*command(graft, dataset.folder))
        for backbone in BOTH.split(","):
            run: Run = race.run(backbone)
            wait(process, lambda run=run: run.status().state == "queued")
            run.kill()
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.splitlines()[-1].startswith("No backbone finished. efficientnet_lite0: Its process was ended")
    assert "Traceback" not in err
    assert [entry.state for entry in race.record().entries] == ["lost", "lost"]
    assert race.status().state == "failed" and "No backbone finished" in race.status().error
