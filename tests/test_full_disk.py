"""A disk that becomes full, at every stage: the reason is told on the terminal and in the job's status.

The disk is a real one: a small tmpfs in a mount namespace of the child, which ends with it. Where a system
lets nobody mount, files may grow no further in its place.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import ROOT
from tests.fixtures.full_disk import STAGES

MOUNT = 'mount -t tmpfs -o size=160m tmpfs "$0" && exec "$@"'
BESIDES = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
LIMIT = 4096  # bytes of a file, as much as a status has


def may_mount(folder: Path) -> bool:
    try:
        return subprocess.run(["unshare", *BESIDES, "sh", "-c", MOUNT, folder, "true"]).returncode == 0
    except OSError:
        return False


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory, coloured: Path, weights_folder: Path) -> dict[str, Any]:
    """What became of each command: one process, since TensorFlow takes seconds to load."""
    folder, answers = tmp_path_factory.mktemp("disk"), tmp_path_factory.mktemp("answers") / "answers.json"
    command = [sys.executable, "-m", "tests.fixtures.full_disk", folder, answers, coloured]
    if may_mount(folder):
        command = ["unshare", *BESIDES, "sh", "-c", MOUNT, folder, *command]
    else:
        command.append(str(LIMIT))
    env = {**os.environ, "GRAFT_WEIGHTS": str(weights_folder), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(answers.read_text())


@pytest.mark.parametrize("stage", STAGES)
def test_the_reason_is_told_whatever_is_full(stage: str, ends: dict[str, Any]) -> None:
    end = ends[stage]
    assert end["reached"] and "Logging error" not in end["err"] and "Traceback" not in end["err"]
    if stage == "study":  # the model is there: the run is finished without what could not be written
        assert (end["state"], end["code"]) in {("done", 0), ("failed", 2)}
        return
    assert end["left"] == []
    told = [line for line in end["err"].splitlines() if " INFO " not in line and " WARNING " not in line]
    assert end["code"] == 2 and len(told) == 1 and "The disk is full." in told[0]
    assert (end["state"], end["error"]) == (("done", "") if stage == "export" else ("failed", told[0]))


def test_a_run_goes_on_once_there_is_room(ends: dict[str, Any]) -> None:
    """It is one run all the way, to a model that answers."""
    assert ends["report"]["attempt"] == 5 and ends["batch"]["reached"]
