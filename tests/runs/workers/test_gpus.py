"""Several GPUs in one machine, which there need not be: CUDA's own variable names them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.tiny_training import Graft
from tlcore.commands.shared.job_worker import in_turn
from tlcore.runs.job import Job, JobState, Reporter
from tlcore.runs.workers import gpus
from tlcore.runs.workers.local_backend import LocalBackend


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    gpus.names.cache_clear()
    yield
    gpus.names.cache_clear()


@pytest.mark.parametrize(
    ("value", "names"),
    [("0,1", ("0", "1")), (" GPU-7f, GPU-8a ", ("GPU-7f", "GPU-8a")), ("3", ("3",)), ("", ()), ("-1", ())],
)
def test_those_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, value: str, names: tuple[str, ...]
) -> None:
    monkeypatch.setenv(gpus.VISIBLE, value)
    assert gpus.names() == names
    assert LocalBackend().is_wide == (len(names) > 1)


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("GPU 0: NVIDIA H100 (UUID: GPU-1)\nGPU 1: NVIDIA H100 (UUID: GPU-2)\n", ("0", "1")),
        ("No devices were found\n", ()),
        ("", ()),
    ],
)
def test_those_that_the_driver_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, names: tuple[str, ...]
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\nprintf '{said}'\n")
    tool.chmod(0o755)
    monkeypatch.delenv(gpus.VISIBLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert gpus.names() == names


def test_each_run_has_one_of_its_own_and_a_third_one_waits(
    graft: Graft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(gpus.VISIBLE, "4,7")
    seen: dict[str, str] = {}

    def train(name: str) -> JobState:
        job = Job(graft.home / name)
        job.folder.mkdir()
        return in_turn(job, name, lambda reporter: work(job, reporter))

    def work(job: Job, reporter: Reporter) -> tuple[JobState, str]:
        seen[job.id] = os.environ[gpus.VISIBLE]
        if job.id == "first":
            train("second")
        if job.id == "second":
            monkeypatch.setattr(Job, "stop_requested", lambda job: job.id == "third")
            assert train("third") == "cancelled"
        return "done", ""

    assert train("first") == "done"
    assert seen == {"first": "4", "second": "7"}
