"""Who works and who waits, of all people, and for how long."""

from __future__ import annotations

import time

import pytest

from pages.components.shared.job_bar import in_words
from tests.fixtures.lines import in_line, job
from tlcore.people import lines, register
from tlcore.people.lines import PlaceInLine
from tlcore.runs.queue import BATCHES, EXPORTS, PREPARATIONS, RATE_SEARCH, SPEED_TEST, TIMING

PLANNED = 60.0


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_planned_seconds", lambda folder, changed: PLANNED)


@pytest.mark.usefixtures("planned")
def test_each_sees_how_many_are_ahead_and_for_how_long() -> None:
    ann, ben = register.add("Ann"), register.add("Ben")
    assert lines.all_jobs() == []
    at_work = job(ann, "runs/a", "running", began=time.time() - 20)
    waiting, later = job(ben, "runs/b"), job(ann, "runs/c")
    with in_line(ann, "a"), in_line(ben, "b"), in_line(ann, "c"):
        found = lines.all_jobs()
        assert [(one.owner, one.ahead, one.is_at_work) for one in found] == [
            (ann.id, 0, True),
            (ben.id, 1, False),
            (ann.id, 2, False),
        ]
        assert all(one.kind == "training" and one.job for one in found)
        first, second = lines.place_of(waiting), lines.place_of(later)
        assert first and second and lines.place_of(at_work) is None
        assert first.ahead == 1 and first.seconds == pytest.approx(PLANNED - 20, abs=15)
        assert second.ahead == 2 and second.seconds == pytest.approx(2 * PLANNED - 20, abs=15)
    assert lines.all_jobs() == [] and lines.place_of(waiting) is None


@pytest.mark.parametrize(
    ("line", "ticket", "kind", "place"),
    [
        (BATCHES, "b1", "batch", "batches/b1"),
        (EXPORTS, "onnx", "export", "runs/a/exports/onnx"),
        (PREPARATIONS, "4-abc", "estimate", "cache/estimates/pets/4-abc"),
        ("", RATE_SEARCH, "rate search", "cache/rates/0123"),
        ("", SPEED_TEST, "speed test", "cache/measure"),
    ],
)
def test_every_kind_is_found_where_it_lies(line: str, ticket: str, kind: str, place: str) -> None:
    ann, ben = register.add("Ann"), register.add("Ben")
    made = job(ann, place, "running", seconds_left=7.0)
    job(ben, place, "cancelled")  # not alive, and not hers
    with in_line(ann, ticket, line):
        (one,) = lines.all_jobs()
        assert (one.kind, one.job and one.job.folder, one.seconds_left) == (kind, made.folder, 7.0)


def test_nothing_is_said_that_nobody_can_know() -> None:
    ann, ben = register.add("Ann"), register.add("Ben")
    mine = job(ben, "runs/b")
    with in_line(ann, f"gone{TIMING}"), in_line(ben, "b"):
        assert [one.job and one.job.folder for one in lines.all_jobs()] == [None, mine.folder]
        assert lines.place_of(mine) == PlaceInLine(1, None)


def test_a_place_in_words() -> None:
    assert in_words(PlaceInLine(1, None)) == "One is ahead of you"
    assert in_words(PlaceInLine(3, 240.0)) == "3 are ahead of you, about 4 min"
