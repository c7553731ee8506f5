"""`experiment`: refusals, the table, and real races that are killed, stopped and continued."""

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

from tests.fixtures.one_process import run_here
from tests.fixtures.tiny_training import Graft, small
from tlcore import config as configuration
from tlcore import processes
from tlcore.backbones.weights import weights
from tlcore.commands.experiment_plan import plan_experiment
from tlcore.commands.experiment_table import as_table
from tlcore.commands.shared.datasets import open_data
from tlcore.config import RunConfig
from tlcore.runs import run_records
from tlcore.runs.experiments import DESIGNS
from tlcore.runs.experiments.experiment import Arm, ArmResult, Experiment, ExperimentRecord, ExperimentRequest
from tlcore.runs.queue import turn
from tlcore.runs.workers.backend import BACKEND, LocalBackend
from tlcore.workspace import Workspace

BOTH = "efficientnet_lite0,mobilenet_v2"


def command(graft: Graft, data: Path, backbones: str = BOTH, **changes: Any) -> list[object]:
    file = graft.home / "config.json"
    file.write_bytes(configuration.to_json(small(**changes)))
    options = ["--backbones", backbones, "--out", graft.home / "race", "--config", file, "--json"]
    return ["experiment", "race", data, *options]


def beside(experiment: Experiment, arm: str) -> Any:
    """The run of an arm outside of a workspace's experiments, from before it is there."""
    return experiment.run(ArmResult(arm=arm, run=arm))


def wait(process: subprocess.Popen[str], until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not until():
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["race", "--backbones", "efficientnet_lite0"], "at least two"),
        (["race", "--backbones", "mobilenet_v2,efficientnet_lite0,mobilenet_v2"], "takes part once"),
        (["race", "--backbones", "efficientnet_lite0,efficientnet_lite9"], "Did you mean efficientnet_lite"),
        (["race", "--backbones", "efficientnet_lite0,minilm_l6"], "reads texts, and this data set holds"),
        (["race", "--backbones", ""], "No backbone is named"),
        (["race", "--backbones", " ,"], "No backbone is named"),
        (["race", "--backbones", BOTH, "--epochs", "0"], "$.training.epochs"),
        (["race", "--backbones", BOTH, "--seed", "-1"], "$.seed"),
        (["race", "--backbones", BOTH, "--config", "missing.json"], "cannot be read"),
        (["race", "--backbones", BOTH, "--config", "continued.json"], "start_from"),
        (["race", "--backbones", BOTH, "--config", "deep.json"], "blocks to unfreeze"),
        (["unfreeze", "--backbones", BOTH], "about one backbone"),
        (["amount", "--sizes", "3,6"], "the largest class has 6"),
        (["amount", "--sizes", "few"], "numbers of examples such as 5,10,20"),
        (["dance"], "invalid choice"),
    ],
)
def test_what_cannot_be_is_one_sentence_before_anything_runs(
    graft: Graft, coloured: Path, options: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(graft.home)
    (graft.home / "continued.json").write_text('{"start_from": "run"}')
    (graft.home / "deep.json").write_text('{"unfreeze": 1000}')
    answer = graft.call("experiment", options[0], coloured, "--out", "race", *options[1:])
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err and answer.err.count("\n") == 1
    assert not (graft.home / "race").exists()


def test_a_race_without_names_is_between_those_that_are_ready(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = open_data(coloured, Workspace()).read()
    monkeypatch.setattr(weights, "is_ready", lambda backbone: backbone.id in BOTH.split(","))
    asked = plan_experiment(DESIGNS["race"], RunConfig(), manifest, (), ())
    assert [arm.key for arm in asked.arms] == BOTH.split(",")
    monkeypatch.setattr(weights, "is_ready", lambda backbone: backbone.id == "mobilenet_v2")
    answer = graft.call("experiment", "race", coloured, "--out", graft.home / "race")
    assert answer.code == 2 and "A race needs two backbones, and 1 for pictures is ready" in answer.err


@pytest.mark.parametrize("kind", ["unfreeze", "amount"])
def test_random_weights_come_last_and_can_be_left_out(graft: Graft, coloured: Path, kind: str) -> None:
    manifest = open_data(coloured, Workspace()).read()
    with_random, without = (
        plan_experiment(DESIGNS[kind], RunConfig(), manifest, (), (), choice).arms for choice in (True, False)
    )
    assert with_random[: len(without)] == without
    assert {arm.series for arm in with_random[len(without) :]} == {"random"}


def test_data_that_cannot_be_used_start_no_experiment(graft: Graft) -> None:
    answer = graft.call("experiment", "unfreeze", graft.home / "none", "--out", graft.home / "race")
    assert answer.code == 2 and "nothing at that path" in answer.err
    assert not (graft.home / "race").exists()


def test_epochs_are_at_most_so_many_in_each_phase_and_every_arm_is_settled(
    graft: Graft, coloured: Path
) -> None:
    with turn(Workspace().queue, "somebody else", lambda ahead: False):
        held, file = graft.home / "workspace" / "experiments" / "one", graft.home / "config.json"
        file.write_text('{"fine_tuning": {"epochs": 20}}')
        options = ["--out", held, "--epochs", 30, "--config", file]
        process = graft.spawn("experiment", "unfreeze", coloured, *options)
        experiment = Experiment(held)
        wait(process, lambda: "Waiting" in BACKEND.status(experiment).message)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    record = experiment.record()
    for arm in record.asked.arms:
        assert (arm.config.training.epochs, arm.config.fine_tuning.epochs) == (30, 20)
        assert arm.config.training.learning_rate and arm.config.augmentation.flip is not None
        assert arm.config.data == str(open_data(coloured, Workspace()).folder)
    run = experiment.run(record.entries[0])
    assert run.folder.parent == Workspace().runs and BACKEND.status(run).state == "cancelled"
    assert record.entries[0].trained_parameters == 1280 * 128 + 128 + 128 * 3 + 3
    assert [entry.state for entry in record.entries] == ["cancelled", *["new"] * 4]


KNOWN = {"interval": (0.8625, 0.9657), "n": 100, "validation_accuracy": 0.85}
RESULTS = [
    ArmResult(arm="resnet50", state="failed", error="No weights."),
    ArmResult(arm="vgg16"),
    ArmResult(arm="xception", state="cancelled", accuracy=0.99, seconds=4.2, **KNOWN),  # type: ignore[arg-type]
    ArmResult(arm="v2", state="done", accuracy=0.9, megabytes=10.3, seconds=13.4, **KNOWN),  # type: ignore[arg-type]
    ArmResult(
        arm="lite0",
        state="done",
        accuracy=0.93,
        parameters=3_577_637,
        trained_parameters=164_355,
        megabytes=14.86,
        milliseconds=14.0069,
        milliseconds_model=12.3871,
        seconds=13.57,
        **KNOWN,  # type: ignore[arg-type]
    ),
]


@pytest.mark.parametrize(
    ("kind", "order", "times"),
    [
        (
            "race",
            ["lite0", "v2", "xception", "resnet50", "vgg16"],
            [["14.0", "12.4"], ["–", "–"], ["–", "–"]],
        ),
        ("unfreeze", [entry.arm for entry in RESULTS], [[], [], []]),
    ],
)
def test_the_table_shows_every_result_and_every_reason(
    kind: Any, order: list[str], times: list[list[str]]
) -> None:
    arms = tuple(Arm(entry.arm, entry.arm, RunConfig()) for entry in RESULTS)
    record = ExperimentRecord(
        ExperimentRequest(kind, RunConfig(), arms), tuple(RESULTS), verdict="Who knows."
    )
    result = {"experiment": "there", "state": "cancelled"} | msgspec.to_builtins(record)
    header, *lines, verdict, stopped = as_table(result).splitlines()
    assert [line.split()[0] for line in lines] == order
    rows = {line.split()[0]: line[36:].split() for line in lines}
    assert rows["lite0"][:2] == ["0.930", "0.863–0.966"]
    assert rows["lite0"][2:] == ["0.850", "164,355", "3,577,637", "14.9", "14", *times[0]]
    assert rows["v2"] == ["0.900", "0.863–0.966", "0.850", "–", "–", "10.3", "13", *times[1]]
    assert rows["xception"][5:] == ["–", "4", *times[2], "(stopped", "early)"]
    assert {len(header)} == {len(line) for line in lines if "lite0" in line or "v2" in line}
    assert rows["resnet50"] == ["failed:", "No", "weights."] and rows["vgg16"] == ["not", "started"]
    assert (verdict, stopped) == (
        "Who knows.",
        "The experiment was stopped; the same command goes on with it.",
    )


def without_network(patch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        patch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    for name in ("no_proxy", "NO_PROXY"):
        patch.delenv(name, raising=False)


def test_a_race_killed_for_real_goes_on_and_lists_who_could_not_run(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_network(monkeypatch)
    arguments = command(graft, coloured, "efficientnet_lite0,resnet50", epochs=1)
    race = Experiment(graft.home / "race")
    first, last = (beside(race, backbone) for backbone in ("efficientnet_lite0", "resnet50"))
    killed = graft.spawn(*arguments)
    wait(killed, lambda: BACKEND.status(last).state == "running")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    LocalBackend().kill(last)
    assert BACKEND.status(race).state == "lost"
    assert [entry.state for entry in race.record().entries] == ["done", "running"]
    assert not race.record().verdict
    kept = {path: path.read_bytes() for path in (first.model, first.folder / "status.json")}

    run_here(monkeypatch)
    said = graft.call("resume", race.folder, "--json")
    assert said.code == 0, said.err
    assert all(path.read_bytes() == content for path, content in kept.items())
    assert BACKEND.status(last).attempt == 2
    assert BACKEND.status(race).state == said.json["state"] == "done"
    record = json.loads((graft.home / "race" / "experiment.json").read_text(encoding="utf-8"))
    assert said.json == {"experiment": str(race.folder), "state": "done", **record}
    entry, without_weights = race.record().entries
    assert without_weights.state == "failed" and "could not be downloaded" in without_weights.error
    report, measured = first.report(), run_records.read_speed(first.folder)
    assert (entry.accuracy, entry.n, entry.interval) == (report.test.accuracy, 6, report.test.interval)
    assert entry.megabytes and entry.seconds > 0 and not entry.error
    assert measured and (entry.milliseconds, entry.parameters) == (measured.milliseconds, measured.parameters)
    assert record["verdict"].startswith("Only one run finished, EfficientNet-Lite0")

    other_seed = graft.call(*arguments, "--seed", 5)
    assert (other_seed.code, other_seed.out) == (2, "") and "seed 5 instead of 0" in other_seed.err


def test_a_race_may_die_and_find_its_run_still_at_work(graft: Graft, coloured: Path) -> None:
    race = Experiment(graft.home / "race")
    run = beside(race, "efficientnet_lite0")
    with turn(Workspace().queue, "somebody else", lambda ahead: False):
        arguments = command(graft, coloured)
        killed = graft.spawn(*arguments)
        wait(killed, lambda: BACKEND.status(run).state == "queued")
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        worker = BACKEND.status(run)
        assert BACKEND.status(race).state == "lost" and worker.state == "queued"

        again = graft.spawn(*arguments)
        wait(again, lambda: BACKEND.status(race).attempt == 2 and "Waiting" in BACKEND.status(race).message)
        assert (BACKEND.status(run).pid, BACKEND.status(run).attempt) == (worker.pid, 1)
        refused = graft.call(*arguments)
        assert (refused.code, refused.out) == (2, "") and "at work already" in refused.err

        again.send_signal(signal.SIGTERM)
        out, err = again.communicate(timeout=60)
    assert again.returncode == 128 + signal.SIGTERM, err
    said = json.loads(out.splitlines()[-1])
    assert said["state"] == BACKEND.status(race).state == "cancelled"
    assert [entry["state"] for entry in said["entries"]] == ["cancelled", "new"]
    assert said["verdict"] == "No run has finished." and not race.stop_requested()
    assert BACKEND.status(run).message == "Stopped while waiting"
    assert not processes.is_alive(worker.pid, worker.started)


def test_a_worker_that_is_killed_is_listed_and_the_next_one_goes_on(graft: Graft, coloured: Path) -> None:
    race = Experiment(graft.home / "race")
    dataset = open_data(coloured, Workspace())
    with turn(Workspace().queue, "somebody else", lambda ahead: False):
        process = graft.spawn(*command(graft, dataset.folder))
        for backbone in BOTH.split(","):
            run = beside(race, backbone)
            wait(process, lambda run=run: BACKEND.status(run).state == "queued")
            LocalBackend().kill(run)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.splitlines()[-1].startswith("No run finished. efficientnet_lite0: Its process was ended")
    assert "Traceback" not in err
    assert [entry.state for entry in race.record().entries] == ["lost", "lost"]
    assert BACKEND.status(race).state == "failed" and "No run finished" in BACKEND.status(race).error
