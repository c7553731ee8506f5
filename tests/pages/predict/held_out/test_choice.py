"""Which held-out examples are shown, and in which order."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from pages.components.predict.held_out.choice import MISTAKES, choose, held_out, turns
from tests.fixtures.image_workspace import Furnished
from tlcore.evaluate.report import Prediction
from tlcore.runs.workers.backend import BACKEND


def prediction(number: int, label: str, predicted: str = "") -> Prediction:
    return Prediction(f"{number:064x}", f"{label}/{number}.jpg", label, predicted or label, 0.9)


SOME = tuple(prediction(n, "abcd"[n % 4], "a" if n % 8 == 1 else "") for n in range(40))  # five are wrong


def test_some_of_each_class_and_a_few_mistakes() -> None:
    chosen = choose(SOME, 12, 0, "run")
    assert len(set(chosen)) == 12 and choose(SOME, 12, 0, "run") == chosen
    right = [one for one in chosen if one.label == one.predicted]
    assert len(right) == 12 - MISTAKES
    assert set(Counter(one.label for one in right).values()) == {2, 3}
    assert chosen != choose(SOME, 12, 0, "another run")


def test_every_example_comes_before_one_comes_again() -> None:
    right = tuple(one for one in SOME if one.label == one.predicted)
    assert turns(right, 7) == 5
    shown = [one for turn in range(5) for one in choose(right, 7, turn, "run")]
    assert len(shown) == 35 and set(shown) == set(right)


def test_before_the_report_is_there_they_come_from_the_split(
    furnished: Furnished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    run = furnished.copy(tmp_path / "workspace").run
    names = {one.name for one in held_out(run)}
    (run.folder / "report.json").unlink()
    assert held_out(run) == ()
    monkeypatch.setattr(BACKEND, "can_answer", lambda run: True)
    assert {one.name for one in held_out(run)} == names != set()
    shutil.rmtree(run.dataset().folder)
    assert held_out(run) == ()


def test_few_or_none() -> None:
    assert choose((), 12, 3, "run") == () and turns((), 12) == 1
    assert set(choose(SOME[:3], 12, 1, "run")) == set(SOME[:3])
