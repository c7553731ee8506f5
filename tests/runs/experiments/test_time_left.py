"""The time left of an experiment, over made-up histories: how near it comes, and when it may grow."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from tlcore.config import RunConfig
from tlcore.runs.experiments.time_left import (
    FINISH_SECONDS,
    GROWTH,
    GROWTH_SECONDS,
    ArmKind,
    EpochPace,
    EpochWatch,
    TimeLeft,
    kind_of,
    read_paces,
    write_pace,
)
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

HEAD, RANDOM = [18.0] * 4, [54.0, 79.0, 129.0, 240.0]  # as planned for 250 photos
KINDS: list[ArmKind] = [*["head"] * 4, *["random"] * 4]
Look = tuple[float, float, str]  # seconds since the beginning, seconds shown, note


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def history(
    slower: dict[ArmKind, float],
    noise: float = 0.1,
    seed: int = 0,
    epochs: int = 20,
    stops: float = 1.0,
    paces: dict[ArmKind, float] | None = None,
) -> tuple[list[Look], float]:
    """What is shown every two seconds of an experiment, and how long it takes.

    Args:
        slower: how many times the plan each kind takes.
        stops: share of its epochs after which a run that trains everything stops.
    """
    clock, random = Clock(), np.random.default_rng(seed)
    planned = HEAD + RANDOM
    pace = TimeLeft(KINDS, planned, paces, clock)
    looks: list[Look] = []
    for number, (kind, plan) in enumerate(zip(KINDS, planned, strict=True)):
        whole = plan * slower[kind] * float(np.exp(noise * random.normal()))
        began, seconds = clock.now, whole
        if kind == "random":
            seconds = stops * (whole - FINISH_SECONDS) + FINISH_SECONDS
        while clock.now < began + seconds:
            elapsed = clock.now - began
            epoch = (whole - FINISH_SECONDS) / epochs
            knows = kind == "random" and elapsed > 2 * epoch
            at_work = EpochPace(min(epochs, elapsed / epoch), epochs, epoch) if knows else None
            looks.append((clock.now, pace.left(number, at_work), pace.note))
            clock.now += 2.0
        clock.now = began + seconds
        pace.ended(number, seconds)
    return looks, clock.now


def at(looks: list[Look], whole: float, share: float) -> float:
    """What is shown after that share of the time, as a multiple of what is really left."""
    time, shown, _ = min(looks, key=lambda look: abs(look[0] - share * whole))
    return shown / (whole - time)


CASES = list(itertools.product([0.4, 1.0, 3.0], [0.5, 1.0, 2.0, 6.0], [1.0, 0.5], range(3)))


@pytest.mark.parametrize(("head", "random", "stops", "seed"), CASES)
def test_it_grows_only_with_a_reason_and_ends_near_nothing(
    head: float, random: float, stops: float, seed: int
) -> None:
    looks, whole = history({"head": head, "random": random}, seed=seed, stops=stops)
    for (_, before, _), (time, shown, note) in itertools.pairwise(looks):
        grows = shown > before
        assert not grows or (note and shown > before * (1 + GROWTH) + GROWTH_SECONDS), (time, before, shown)
    assert looks[-1][1] < 0.15 * whole + GROWTH_SECONDS
    growths = sum(shown > before for (_, before, _), (_, shown, _) in itertools.pairwise(looks))
    assert growths <= 3, "each time people believe it less"


@pytest.mark.parametrize(("head", "random", "stops", "seed"), CASES)
def test_once_a_run_of_each_kind_has_ended_it_is_near(
    head: float, random: float, stops: float, seed: int
) -> None:
    looks, whole = history({"head": head, "random": random}, seed=seed, stops=stops)
    since = whole - 0.8 * (whole - sum(HEAD) * head)  # a fifth of the slow ones: the first has ended
    found = [(shown, whole - time) for time, shown, _ in looks if since < time < 0.9 * whole]
    assert found and [pair for pair in found if abs(pair[0] - pair[1]) > 25 + 0.5 * pair[1]] == []


def test_the_time_left_follows_how_the_plan_has_held_so_far() -> None:
    clock = Clock()
    pace = TimeLeft(["head"] * 3, [10.0, 20.0, 40.0], clock=clock)
    assert pace.left(0) == 70
    clock.now = 5.0
    pace.ended(0, 5.0)
    assert pace.left(1) == 30
    clock.now = 19.0  # the second takes longer than planned ...
    assert pace.left(1) == 20
    clock.now = 21.0  # ... and much longer
    assert pace.left(1) == 20 and not pace.note, "four seconds are not worth a word"
    clock.now = 1000.0
    assert pace.left(1) > 200 and "slower here than planned" in pace.note


def test_a_run_that_is_long_overdue_speaks_for_its_kind() -> None:
    clock = Clock()
    pace = TimeLeft(["head", "random", "random"], [10.0, 50.0, 100.0], clock=clock)
    pace.left(0)
    clock.now = 10.0
    pace.ended(0, 10.0)
    assert pace.left(1) == 150
    clock.now = 10.0 + 80.0  # it is still at its first epoch
    assert pace.left(1) == 20 + 200 and "runs from random weights" in pace.note


def test_quick_runs_promise_nothing_for_slow_ones() -> None:
    looks, _ = history({"head": 0.4, "random": 1.0}, noise=0.0)
    first_random = next(shown for time, shown, _ in looks if time > 4 * 0.4 * 18)
    assert first_random == pytest.approx(sum(RANDOM), rel=0.05)


def test_the_next_experiment_begins_with_what_the_last_one_took() -> None:
    looks, whole = history({"head": 2.0, "random": 5.0}, noise=0.0)
    assert at(looks, whole, 0.0) < 0.5, "nobody can know"
    looks, whole = history({"head": 2.0, "random": 5.0}, noise=0.0, paces={"head": 2.0, "random": 5.0})
    assert at(looks, whole, 0.0) == pytest.approx(1, abs=0.05) and not any(note for *_, note in looks)


def test_why_it_grew_is_said_as_long_as_more_is_left_than_was_promised() -> None:
    looks, _ = history({"head": 1.0, "random": 6.0}, noise=0.0)
    notes = [note for *_, note in looks]
    assert (
        notes[0] == "" and "runs from random weights are slower here than planned" in notes[len(notes) // 3]
    )
    assert notes[-1] == ""


def test_waiting_for_another_run_is_no_slowness() -> None:
    clock = Clock()
    pace = TimeLeft(["head", "head"], [20.0, 20.0], clock=clock)
    assert pace.left(0, is_waiting=True) == 40
    clock.now = 600.0
    assert pace.left(0, is_waiting=True) == 40 and not pace.note
    clock.now = 620.0
    assert pace.left(0) == 20
    pace.ended(0, 620.0)
    assert pace.pace("head") == 1.0 and pace.left(1) == 20


def test_paces_are_kept_for_each_task_and_bounded(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    write_pace(workspace, "images", "random", 4.0)
    write_pace(workspace, "images", "head", 1e9)
    assert read_paces(workspace, "images") == {"random": 4.0, "head": 50.0}
    assert read_paces(workspace, "texts") == {}
    (workspace.cache / "pace-images.json").write_text('{"random": "x"}')
    assert read_paces(workspace, "images") == {}


def test_kinds() -> None:
    assert kind_of(RunConfig()) == "head" and kind_of(RunConfig(unfreeze=2)) == "blocks"
    assert kind_of(RunConfig(pretrained=False, unfreeze="all")) == "random"


def test_a_run_at_work_says_how_long_its_epochs_take(tmp_path: Path) -> None:
    clock, run = Clock(), Run(tmp_path)
    config = RunConfig(pretrained=False, unfreeze="all")
    watch = EpochWatch(run, config, clock)
    assert watch.pace() is None
    rows = [{"epoch": 1, "phase": "whole", "seconds": 30.0}]
    rows += [{"epoch": 2, "phase": "whole", "step": 1, "steps": 2}]
    rows += [{"epoch": epoch, "phase": "whole", "seconds": 4.0} for epoch in (2, 3)]
    for number, row in enumerate(rows, start=1):
        with run.metrics.open("a") as file:
            file.write(json.dumps(row) + "\n")
        clock.now = 2.0 * number
        found = watch.pace()
        assert (found is None) == (number < 3)
    most = config.recipe("whole").epochs
    assert found == EpochPace(3, most, 4.0)
    clock.now += 3.0
    assert watch.pace() == EpochPace(3.75, most, 4.0)
