"""The race's record: the test between two backbones against numbers by hand, the order, the file."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from tests.training import small
from tlcore.errors import RunError
from tlcore.evaluate import report
from tlcore.evaluate.report import Report, Score
from tlcore.runs.job import Status
from tlcore.runs.race import Asked, Comparison, Entry, Race, compare, in_words, mcnemar, ranked
from tlcore.runs.run import Run

ASKED = Asked(("efficientnet_lite0", "mobilenet_v2"), small(data="flowers", backbone=""))


@pytest.fixture
def race(tmp_path: Path) -> Race:
    (tmp_path / "race").mkdir()
    race = Race(tmp_path / "race")
    race.claim(ASKED)
    return race


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


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (5, 0, 2 / 32),
        (6, 0, 2 / 64),
        (6, 3, 260 / 512),  # 2 · (1 + 9 + 36 + 84) / 2⁹
        (2, 10, 158 / 4096),  # 2 · (1 + 12 + 66) / 2¹²
        (10, 2, 158 / 4096),
        (5, 5, 1.0),
        (7000, 7000, 1.0),
    ],
)
def test_mcnemar_by_hand(first: int, second: int, p: float) -> None:
    assert mcnemar(first, second) == pytest.approx(p, rel=1e-12)


def test_answers_are_paired_by_picture_not_by_position() -> None:
    one = answers({"a": True, "b": True, "c": False, "d": True, "only here": True})
    other = answers({"d": False, "c": True, "b": False, "a": True})
    assert compare("x", one, "y", other) == Comparison("x", "y", 4, 2, 1, 1.0)


@pytest.mark.parametrize(
    ("only_best", "only_runner_up", "said"),
    [
        (6, 3, "x got 3 more of 100 right than y; that could still be chance (p = 0.51)."),
        (10, 2, "x got 8 more of 100 right than y; that is hardly chance (p = 0.039)."),
        (30, 0, "x got 30 more of 100 right than y; that is hardly chance (p < 0.001)."),
        (4, 4, "x and y got equally many of 100 right; these test examples cannot tell which is better."),
    ],
)
def test_the_verdict_claims_no_more_than_the_pictures_show(
    only_best: int, only_runner_up: int, said: str
) -> None:
    p = mcnemar(only_best, only_runner_up)
    assert in_words(Comparison("x", "y", 100, only_best, only_runner_up, p)) == said


def test_the_best_comes_first_and_the_faster_of_two_equals() -> None:
    entries = [
        Entry(backbone="failed", state="failed", error="no weights"),
        Entry(backbone="stopped", state="cancelled", accuracy=0.99),
        Entry(backbone="slow", state="done", accuracy=0.9, milliseconds=20.0),
        Entry(backbone="not timed", state="done", accuracy=0.9),
        Entry(backbone="fast", state="done", accuracy=0.9, milliseconds=5.0),
        Entry(backbone="best", state="done", accuracy=0.95, milliseconds=50.0),
        Entry(backbone="zero", state="done", accuracy=0.0, milliseconds=1.0),
    ]
    names = ["best", "fast", "slow", "not timed", "zero", "stopped", "failed"]
    assert [entry.backbone for entry in ranked(entries)] == names


def test_the_same_race_goes_on_whatever_the_order(race: Race) -> None:
    race.put(Entry(backbone="mobilenet_v2", state="running"))
    race.claim(msgspec.structs.replace(ASKED, backbones=ASKED.backbones[::-1]))
    assert [entry.state for entry in race.record().entries] == ["new", "running"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked((*ASKED.backbones, "vgg16"), ASKED.config), "backbones efficientnet_lite0,mobilenet_v2,vgg16"),
        (Asked(ASKED.backbones, small(data="flowers", backbone="", seed=3)), "seed 3 instead of 0."),
        (Asked(ASKED.backbones, small(data="fruits", backbone="")), "data fruits instead of flowers."),
        (
            Asked(ASKED.backbones, small(data="flowers", backbone="", epochs=9)),
            "training.epochs 9 instead of 3.",
        ),
    ],
)
def test_another_race_in_the_same_folder_is_refused_with_the_difference(
    race: Race, asked: Asked, said: str
) -> None:
    before = race.file.read_bytes()
    with pytest.raises(RunError, match="another race") as refused:
        race.claim(asked)
    assert said in str(refused.value)
    assert race.file.read_bytes() == before


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    Run.prepare(tmp_path / "run", small())
    (tmp_path / "file").write_text("")
    for name in ("run", "file"):
        with pytest.raises(RunError, match="something in that place"):
            Race(tmp_path / name).claim(ASKED)


def test_a_missing_or_strange_record_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no race"):
        Race(tmp_path).record()
    (tmp_path / "race.json").write_text("{}")
    with pytest.raises(RunError, match="cannot be read"):
        Race(tmp_path).record()


def test_what_a_run_came_to_is_read_from_its_folder(race: Race) -> None:
    finish(race.run("mobilenet_v2"), {"a": True, "b": True, "c": True, "d": False})
    entry = race.settled(Entry(backbone="mobilenet_v2", state="running", seconds=3.0))
    assert (entry.state, entry.accuracy, entry.n, entry.validation_accuracy) == ("done", 0.75, 4, 0.75)
    assert (entry.megabytes, entry.seconds) == (2.0, 15.0)
    assert entry.interval is not None and entry.interval[0] < 0.75 < entry.interval[1]


def test_a_run_that_failed_or_died_says_why(race: Race) -> None:
    run = Run.prepare(race.folder / "mobilenet_v2", small())
    status(run, state="failed", error="no weights")
    assert race.settled(Entry(backbone=run.id)).error == "no weights"
    status(run, state="running", pid=2**22 + 1)
    entry = race.settled(Entry(backbone=run.id))
    assert (entry.state, entry.accuracy) == ("lost", None) and "ended from outside" in entry.error


def test_the_end_of_a_race_compares_the_best_two(race: Race) -> None:
    assert race.finish().verdict == "No backbone has finished."
    finish(race.run("mobilenet_v2"), {"a": True, "b": False})
    race.put(race.settled(Entry(backbone="mobilenet_v2")))
    assert race.finish().verdict == "Only mobilenet_v2 finished, so there is nothing to compare it with."
    finish(race.run("efficientnet_lite0"), {"a": True, "b": True})
    race.put(race.settled(Entry(backbone="efficientnet_lite0")))
    record = race.finish()
    assert record.comparison == Comparison("efficientnet_lite0", "mobilenet_v2", 2, 1, 0, 1.0)
    assert record.verdict.startswith("efficientnet_lite0 got 1 more of 2 right than mobilenet_v2;")
    assert race.record() == record
