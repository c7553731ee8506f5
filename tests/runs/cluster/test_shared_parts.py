"""Parts of a job that several processes work on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tlcore.data.importing.progress import Stopper
from tlcore.runs.cluster import helping
from tlcore.runs.cluster.helping import AnswerWork, HelpRequest
from tlcore.runs.cluster.shared_parts import LAG, SharedParts

END, SIZE = 23, 2
REQUEST = HelpRequest(AnswerWork(1, END, "a model"), SIZE, 2)
WHOLE = b"".join(b"%d," % number for number in range(1, END))
PARTS = 11


class Work:
    """Counts what it is asked to compute."""

    def __init__(self) -> None:
        self.done: list[int] = []

    def __call__(self, first: int, end: int, stops: Stopper) -> Iterator[bytes]:
        for number in range(first, end):
            if stops():
                return
            self.done.append(number)
            yield b"%d," % number


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with helping.asked(tmp_path, REQUEST):
        yield tmp_path


def shared(folder: Path, work: Work, stops: Stopper = lambda: False) -> SharedParts:
    return SharedParts(folder, REQUEST, work, stops)


def test_alone_it_does_all_in_order(folder: Path) -> None:
    work = Work()
    assert b"".join(shared(folder, work).in_order()) == WHOLE and work.done == list(range(1, END))


def test_what_others_bring_is_not_done_again(folder: Path) -> None:
    own, others = Work(), Work()
    joined = shared(folder, own).in_order()
    first = next(joined)
    assert shared(folder, others).help() == PARTS - 1
    assert first + b"".join(joined) == WHOLE and sorted(own.done + others.done) == list(range(1, END))
    assert not list((folder / helping.FOLDER).glob("*.part"))


@pytest.mark.parametrize("lost", [(0,), (2,), (PARTS - 1,), (1, 2), tuple(range(PARTS))])
def test_what_others_took_and_lost_is_done_once(folder: Path, lost: tuple[int, ...]) -> None:
    """Whoever waits for it does not lag far behind, and nothing else is done twice."""
    for part in lost:
        assert helping.take(folder, part)
    work = Work()
    joined = shared(folder, work).in_order()
    first = next(joined)
    assert len(work.done) <= (LAG + 1) * SIZE
    assert first + b"".join(joined) == WHOLE and sorted(work.done) == list(range(1, END))


def test_a_stop_ends_it_before_the_next_example(folder: Path) -> None:
    work = Work()
    joined = shared(folder, work, lambda: len(work.done) >= 3).in_order()
    assert b"".join(joined) == b"1,2,3," and work.done == [1, 2, 3]


def test_a_stop_ends_it_while_another_part_is_missing(folder: Path) -> None:
    assert helping.take(folder, 0)
    work = Work()
    assert list(shared(folder, work, lambda: len(work.done) >= 3).in_order()) == []
    assert len(work.done) == 3


def test_a_part_that_ended_early_is_never_taken_for_whole(folder: Path) -> None:
    """The one who asks may seem gone for a moment: the helper leaves for good."""
    looks = iter([False, False, True] + [False] * 100)
    assert shared(folder, Work(), lambda: next(looks)).help() == 0
    assert not list((folder / helping.FOLDER).glob("*.part"))
    assert b"".join(shared(folder, Work()).in_order()) == WHOLE
