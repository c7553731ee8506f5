"""Too little memory: one sentence, before anything is loaded where it can be known, and afterwards too."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures import ROOT
from tests.fixtures.tiny_training import Trained
from tlcore import memory, shortage
from tlcore.errors import DataError, GraftError, MemoryShortage, WorkspaceError
from tlcore.runs.job import Job, Reporter

GB = 1_000_000_000
MAIN = "import sys, tlcore.__main__ as it; sys.exit(it.run())"
# The same where nothing is refused beforehand: what TensorFlow makes of it has to be told all the same.
UNCHECKED = MAIN.replace("; sys", "; it.check = lambda command: None; sys")


def limited(most: float, home: Path, *words: object, code: str = MAIN) -> tuple[int, list[str]]:
    """A command under a limit of address space in bytes: its exit code, and its lines of complaint."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (int(most), int(most)))

    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(ROOT), "GRAFT_HOME": str(home / "workspace")},
        preexec_fn=limit,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.returncode, [line for line in done.stderr.splitlines() if " INFO " not in line]


@pytest.mark.parametrize("most", [0.5, 2.9])
@pytest.mark.parametrize("command", ["train", "predict"])
def test_what_is_needed_and_what_is_there_is_said_before_anything_is_loaded(
    command: str, most: float, tmp_path: Path
) -> None:
    words = {"train": ("train", "x", "--out", "y"), "predict": ("predict", "x", "y")}[command]
    code, said = limited(most * GB, tmp_path, *words)
    need = {"train": "4.0 GB", "predict": "3.0 GB"}[command]
    assert code == 2 and len(said) == 1 and not list(tmp_path.iterdir())
    assert f"`{command}` needs {need} of address space, and this process may have" in said[0]
    assert "ulimit" in said[0]


def test_pictures_are_not_blamed_for_it(coloured: Path, tmp_path: Path) -> None:
    code, said = limited(0.3 * GB, tmp_path, "check", coloured)
    assert code == 2 and said == [
        "`check` needs 400 MB of address space, and this process may have 300 MB. "
        "Raise the limit (`ulimit -v unlimited`)."
    ]


def test_a_library_that_ends_the_process_is_told_too(trained: Trained, tmp_path: Path) -> None:
    """In 2 GB TensorFlow loads, and ends the process over the first training: nobody is left to say it."""
    run = tmp_path / "run"
    data = trained.run.config().data
    code, said = limited(2 * GB, tmp_path, "train", data, "--out", run, code=UNCHECKED)
    *before, sentence = said
    assert code == 2 and all(" WARNING " in line for line in before), said
    status = Job(run).recorded()
    assert status.state == "failed" and status.error == sentence
    assert "memory" in sentence or "address space" in sentence


def test_a_job_whose_process_is_gone_keeps_the_reason(tmp_path: Path) -> None:
    job = Job(tmp_path)
    Reporter(job).stage("training", "Training")
    job.record_failure("It ran out.")
    status = job.recorded()
    assert (status.state, status.error, status.stage) == ("failed", "It ran out.", "training")
    job.record_failure("Something else.")
    assert job.recorded() == status


class ResourceExhaustedError(Exception):
    """Called as TensorFlow's is."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), MemoryShortage),
        (ResourceExhaustedError("OOM when allocating tensor"), MemoryShortage),
        (ResourceExhaustedError("/a/file; No space left on device"), WorkspaceError),
        (ImportError("libtensorflow_cc.so.2: failed to map segment from shared object"), MemoryShortage),
        (RuntimeError("std::bad_alloc"), MemoryShortage),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), MemoryShortage),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), WorkspaceError),
        (RuntimeError("(errno = 28, error message = 'No space left on device')"), WorkspaceError),
    ],
)
def test_what_ran_short_is_explained(error: Exception, kind: type[GraftError]) -> None:
    outer = RuntimeError("layer conv failed")  # as a library passes it on
    outer.__cause__ = error
    assert type(shortage.explain(error)) is kind and type(shortage.explain(outer)) is kind


def test_a_mistake_of_ours_is_not_explained_away() -> None:
    assert shortage.explain(KeyError("x")) is None and shortage.explain(ValueError("shapes")) is None
    known = DataError("There is nothing.")
    assert shortage.explain(known) is known


def test_memory_is_what_the_tightest_bound_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "memory.max").write_text("900000000\n")
    (tmp_path / "memory.current").write_text("800000000\n")
    (tmp_path / "memory.stat").write_text("anon 5\ninactive_file 50000000\n")
    monkeypatch.setattr(memory, "_groups", lambda: [(tmp_path, "memory.max", "memory.current")])
    assert memory.available_bytes() == 150_000_000
    with pytest.raises(MemoryShortage, match="`train` needs 900 MB of memory, and 150 MB are free"):
        shortage.check("train")
    shortage.check("coach")
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available_bytes() > 150_000_000
