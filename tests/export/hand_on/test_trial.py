"""The process in which a model from somebody else is tried: it is bounded, and ends when somebody says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tlcore import memory
from tlcore.errors import RunError
from tlcore.export.hand_on import bounded_child, trial
from tlcore.export.hand_on.unpack import OpeningStopped
from tlcore.runs.run import Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run that cannot answer: the process says so before it loads anything."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text("{}")
    return Run(tmp_path / "run")


def test_what_the_process_said_is_told(run: Run, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"does not answer.*Received: This run has no model yet"):
        trial.ask(run, [tmp_path / "a.png"], lambda: False)


def test_it_ends_when_somebody_stops_it(run: Run, tmp_path: Path) -> None:
    with pytest.raises(OpeningStopped):
        trial.ask(run, [tmp_path / "a.png"], lambda: True)
    alive = [one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE]
    assert not [one for one in alive if "tlcore" in one.cmdline()]


def test_one_that_takes_too_long_is_ended(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_child, "SECONDS", -1)
    with pytest.raises(RunError, match="does not answer"):
        trial.ask(run, [tmp_path / "a.png"], lambda: False)


def test_a_process_gets_no_more_memory_than_it_may() -> None:
    take = "import sys; sys.stdin.readline(); block = bytearray(2_000_000_000)"
    with subprocess.Popen([sys.executable, "-c", take], stdin=-1, stderr=-1, text=True) as child:
        memory.bound(child.pid, 1_000_000_000)
        _, said = child.communicate("go\n")
    assert child.returncode == 1 and "MemoryError" in said
