"""An experiment's record: the comparison of two arms against numbers by hand, the files, where runs lie."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from tests.fixtures.tiny_training import small
from tlcore.errors import RunError
from tlcore.evaluate import report
from tlcore.evaluate.report import Report, Score
from tlcore.evaluate.statistics.metrics import paired_difference_interval
from tlcore.runs.experiments.experiment import (
    Arm,
    ArmResult,
    Comparison,
    Conclusion,
    Experiment,
    ExperimentRequest,
    compare,
    experiments,
)
from tlcore.runs.job import Status
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

BASE = small(data="flowers", backbone="")
ARMS = tuple(
    Arm(id, id.title(), msgspec.structs.replace(BASE, backbone=id)) for id in ("mobilenet_v2", "resnet50")
)
ASKED = ExperimentRequest("race", BASE, ARMS, "My <b>flowers</b>")


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    (tmp_path / "race").mkdir()
    experiment = Experiment(tmp_path / "race")
    experiment.claim(ASKED)
    return experiment


def answers(right: dict[str, bool]) -> Score:
    """A score on pictures named by the keys; two classes, and every picture is of the first."""
    chances = np.array([[1.0, 0.0] if is_right else [0.0, 1.0] for is_right in right.values()])
    shown = [(name * 8, name) for name in right]
    return report.score("test", ("cat", "dog"), np.zeros(len(right), int), chances, shown)


def finish(run: Run, right: dict[str, bool]) -> None:
    """Leave in the run's folder what a finished run leaves."""
    Run.prepare(run.folder, small())
    test = answers(right)
    whole = Report(
        test=test, validation_accuracy=0.75, validation_loss=1.0, validation_n=4, best_epoch=1, epochs=1
    )
    report.write(run.folder / "report.json", whole)
    run.model.write_bytes(b"x" * 2_000_000)
    status(run, state="done", attempt=1, started=100.0, updated=112.0)


def status(run: Run, **known: object) -> None:
    (run.folder / "status.json").write_bytes(msgspec.json.encode(Status(**known)))  # type: ignore[arg-type]


def test_answers_are_paired_by_picture_not_by_position() -> None:
    one = answers({"a": True, "b": True, "c": False, "d": True, "only here": True})
    other = answers({"d": False, "c": True, "b": False, "a": True})
    found = compare("x", one, "y", other)
    assert found == Comparison("x", "y", 4, 2, 1, paired_difference_interval(2, 1, 4))
    assert found.gain == 0.25 and found.could_be_chance
    turned = compare("y", other, "x", one)
    assert (turned.gain, turned.only_first) == (-0.25, 1) and found.turned().gain == -0.25
    assert found.turned().interval == pytest.approx(turned.interval)


def test_two_that_share_no_example_cannot_be_told_apart() -> None:
    found = compare("x", answers({"a": True}), "y", answers({"b": False}))
    assert (found.n, found.gain, found.interval, found.could_be_chance) == (0, 0.0, (-1.0, 1.0), True)


def test_the_same_experiment_goes_on_whatever_the_order(experiment: Experiment) -> None:
    experiment.put(ArmResult(arm="resnet50", run="resnet50", state="running"))
    experiment.claim(msgspec.structs.replace(ASKED, arms=ARMS[::-1], name="renamed"))
    record = experiment.record()
    assert [entry.state for entry in record.entries] == ["new", "running"]
    assert [arm.key for arm in record.asked.arms] == [entry.arm for entry in record.entries]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"arms": ARMS[:1]}, "arms mobilenet_v2 instead of mobilenet_v2,resnet50"),
        ({"kind": "amount"}, "experiment amount instead of race"),
        ({"config": small(data="flowers", backbone="", seed=3)}, "seed 3 instead of 0."),
        ({"config": small(data="fruits", backbone="")}, "data fruits instead of flowers."),
        ({"config": small(data="flowers", backbone="", epochs=9)}, "training.epochs 9 instead of 3"),
    ],
)
def test_another_experiment_in_the_same_folder_is_refused_with_the_difference(
    experiment: Experiment, changes: dict[str, object], said: str
) -> None:
    before = experiment.file.read_bytes()
    with pytest.raises(RunError, match="another experiment") as refused:
        experiment.claim(msgspec.structs.replace(ASKED, **changes))
    assert said in str(refused.value)
    assert experiment.file.read_bytes() == before


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    Run.prepare(tmp_path / "run", small())
    (tmp_path / "file").write_text("")
    for name in ("run", "file"):
        with pytest.raises(RunError, match="something in that place"):
            Experiment(tmp_path / name).claim(ASKED)


def test_a_missing_or_strange_record_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no experiment"):
        Experiment(tmp_path).record()
    (tmp_path / "experiment.json").write_text("{}")
    with pytest.raises(RunError, match="cannot be read"):
        Experiment(tmp_path).record()


def test_runs_lie_beside_it_or_among_all_others_of_the_workspace(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "home"))
    entry = ArmResult(arm="resnet50", run=experiment.place(ARMS[1]))
    assert experiment.run(entry).folder == experiment.folder / "resnet50"

    inside = Experiment(Workspace().experiments / "one")
    inside.folder.mkdir()
    inside.claim(ASKED)
    place = inside.place(ARMS[1])
    run = inside.run(ArmResult(arm="resnet50", run=place))
    assert run.folder.parent == Workspace().runs and run.id.startswith("my-b-flowers-b-resnet50-")
    assert not Path(place).is_absolute() and inside.place(ARMS[1]) != place


def test_the_one_last_worked_on_comes_first(tmp_path: Path) -> None:
    for name, started in (("old", 1.0), ("new", 3.0), ("resumed", 5.0), ("spoiled", 0.0)):
        (tmp_path / name).mkdir()
        status(Run(tmp_path / name), state="done", started=started)
    (tmp_path / "spoiled" / "status.json").write_text("{")
    assert [item.id for item in experiments(tmp_path)] == ["resumed", "new", "old", "spoiled"]


def test_what_a_run_came_to_is_read_from_its_folder(experiment: Experiment) -> None:
    entry = ArmResult(arm="resnet50", run="resnet50", state="running", seconds=3.0, trained_parameters=7)
    finish(experiment.run(entry), {"a": True, "b": True, "c": True, "d": False})
    entry = experiment.settled(entry)
    assert (entry.state, entry.accuracy, entry.n, entry.validation_accuracy) == ("done", 0.75, 4, 0.75)
    assert (entry.megabytes, entry.seconds, entry.trained_parameters) == (2.0, 15.0, 7)
    assert entry.baseline_accuracy == 1.0
    assert entry.interval is not None and entry.interval[0] < 0.75 < entry.interval[1]


def test_a_run_that_failed_or_died_says_why(experiment: Experiment) -> None:
    entry = ArmResult(arm="resnet50", run="resnet50")
    run = Run.prepare(experiment.run(entry).folder, small())
    status(run, state="failed", error="no weights")
    assert experiment.settled(entry).error == "no weights"
    status(run, state="running", pid=2**22 + 1)
    entry = experiment.settled(entry)
    assert (entry.state, entry.accuracy) == ("lost", None) and "ended from outside" in entry.error


def test_the_end_compares_what_the_runs_answered(experiment: Experiment) -> None:
    for arm, right in (("mobilenet_v2", {"a": True, "b": False}), ("resnet50", {"a": True, "b": True})):
        entry = ArmResult(arm=arm, run=arm)
        finish(experiment.run(entry), right)
        experiment.put(experiment.settled(entry))

    record = experiment.finish(
        lambda record, versus: Conclusion(
            f"{len(record.finished())} finished.", (versus("resnet50", "mobilenet_v2"),)
        )
    )
    assert record.verdict == "2 finished." and experiment.record() == record
    (found,) = record.comparisons
    assert (found.n, found.only_first, found.only_second) == (2, 1, 0)


def test_a_run_that_was_deleted_since_is_left_out_at_the_end(experiment: Experiment) -> None:
    for arm in ("mobilenet_v2", "resnet50"):
        entry = ArmResult(arm=arm, run=arm)
        finish(experiment.run(entry), {"a": True})
        experiment.put(experiment.settled(entry))
    experiment.run(entry).model.unlink()
    record = experiment.finish(lambda record, versus: Conclusion(record.finished()[-1][0].key))
    assert record.verdict == "mobilenet_v2"
    assert [entry.state for entry in record.entries] == ["done", "done"]
