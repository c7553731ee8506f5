"""With real processes: each takes its turn, writes into one file and leaves."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import filelock
import pytest

from tlcore.runs import queue
from tlcore.runs.queue import turn, waiting_names
from tlcore.workspace.home import at_home

SCRIPT = """
import sys
from pathlib import Path
from tlcore.runs.queue import turn

home, name = Path(sys.argv[1]), sys.argv[2]
with turn(home / "queue", name, lambda ahead: not (home / f"{name}.stop").exists()) as mine:
    print("mine" if mine else "gave up", flush=True)
    sys.stdin.readline()
"""


class Waiter:
    """A process in the queue; `leave` lets it go."""

    def __init__(self, home: Path, name: str) -> None:
        self.home, self.name = home, name
        before = len(list((home / "queue").glob("*.ticket")))
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(home), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 30
        while len(list((home / "queue").glob("*.ticket"))) == before:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate("\n")

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def waiters(tmp_path: Path) -> Iterator[list[Waiter]]:
    made = [Waiter(tmp_path, name) for name in ("first", "second", "third")]
    yield made
    for waiter in made:
        if waiter.process.poll() is None:
            waiter.kill()


def test_as_many_work_as_there_are_places(tmp_path: Path) -> None:
    seen: list[int] = []

    def waiting(ahead: int) -> bool:
        seen.append(ahead)
        return False

    def enter(name: str) -> contextlib.AbstractContextManager[bool]:
        return turn(tmp_path, name, waiting, lambda: 2)

    with enter("1") as first, enter("2") as second, enter("3") as third, enter("4") as fourth:
        assert (first, second, third, fourth) == (True, True, False, False) and seen == [1, 2]
        names = [ticket.name for ticket in queue.listed(tmp_path)]
    assert names == ["1", "2", "3", "4"] and queue.listed(tmp_path) == []


def test_in_the_order_they_came(waiters: list[Waiter], tmp_path: Path) -> None:
    first, second, third = waiters
    assert first.said() == "mine"
    assert waiting_names(tmp_path / "queue") == ["first", "second", "third"]
    first.leave()
    assert second.said() == "mine"
    assert waiting_names(tmp_path / "queue") == ["second", "third"]
    second.leave()
    assert third.said() == "mine"
    third.leave()
    assert list((tmp_path / "queue").glob("*.ticket")) == []


def test_the_dead_hold_nobody_up(waiters: list[Waiter], tmp_path: Path) -> None:
    first, second, third = waiters
    assert first.said() == "mine"
    second.kill()
    first.kill()
    assert third.said() == "mine"
    assert waiting_names(tmp_path / "queue") == ["third"]


def test_giving_up_leaves_the_line(waiters: list[Waiter], tmp_path: Path) -> None:
    first, second, third = waiters
    assert first.said() == "mine"
    (tmp_path / "second.stop").touch()
    assert second.said() == "gave up"
    second.leave()
    assert waiting_names(tmp_path / "queue") == ["first", "third"]
    first.leave()
    assert third.said() == "mine"


def test_a_clock_that_is_set_back_lets_nobody_jump_the_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "LOOK_EVERY", 0.0)
    with turn(tmp_path, "early", lambda ahead: True) as mine:
        assert mine
        monkeypatch.setattr(time, "time_ns", lambda: 0)
        seen: list[int] = []
        with turn(tmp_path, "late", lambda ahead: not seen.append(ahead) and len(seen) < 3) as later:
            assert not later
        assert seen == [1, 1, 1]


def test_any_folder_name_gets_a_ticket(tmp_path: Path) -> None:
    name = "写" * 80 + "~x"
    with turn(tmp_path, name, lambda ahead: False) as mine:
        assert mine
        (waiting,) = waiting_names(tmp_path)
        assert name.startswith(waiting) and waiting


def test_an_error_at_work_frees_the_line(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), turn(tmp_path, "bad", lambda ahead: False):
        raise ZeroDivisionError
    with turn(tmp_path, "next", lambda ahead: False) as mine:
        assert mine


def test_people_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_SHARED", str(tmp_path))
    with contextlib.ExitStack() as held:
        for owner, name in (
            ("ann", "1"),
            ("ann", "2"),
            ("ann", "3"),
            ("ben", "4"),
            ("cy", "5"),
            ("ben", "6"),
        ):
            with at_home(tmp_path / "people" / owner):
                _stand_in_line(held, tmp_path, name)
        line = [(ticket.owner, ticket.name) for ticket in queue.tickets(tmp_path)]
    assert line == [("ann", "1"), ("ben", "4"), ("cy", "5"), ("ann", "2"), ("ben", "6"), ("ann", "3")]


def _stand_in_line(held: contextlib.ExitStack, folder: Path, name: str) -> None:
    ticket = queue._next_ticket(folder, name)
    held.enter_context(filelock.FileLock(ticket, thread_local=False))


def test_who_comes_later_is_not_behind_all_that_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_SHARED", str(tmp_path))
    with contextlib.ExitStack() as rest:
        with contextlib.ExitStack() as first, at_home(tmp_path / "people" / "ann"):
            _stand_in_line(first, tmp_path, "1")
            for name in "23":
                _stand_in_line(rest, tmp_path, name)
        with at_home(tmp_path / "people" / "ben"):  # the first has ended, the second is at work
            _stand_in_line(rest, tmp_path, "4")
        assert queue.waiting_names(tmp_path) == ["2", "4", "3"]


def test_a_file_that_is_no_ticket_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "x~y.ticket").touch()
    with turn(tmp_path, "mine", lambda ahead: True) as is_mine:
        assert is_mine and waiting_names(tmp_path) == ["mine"]
    assert (tmp_path / "x~y.ticket").exists()
