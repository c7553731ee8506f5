"""The spare worker: it becomes the job that it is given, and its death costs nobody anything."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from tests.fixtures import ROOT, SHORT, forks
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.short_lite0 import shortened_later
from tests.fixtures.tiny_training import Graft, small
from tlcore import memory, processes
from tlcore.backbones import reserve
from tlcore.commands.shared import spare
from tlcore.commands.shared.datasets import open_data
from tlcore.runs.job import ALIVE, Job, Status
from tlcore.runs.question import Question
from tlcore.runs.queue import turn
from tlcore.runs.run import Run
from tlcore.runs.workers import spare_worker
from tlcore.runs.workers.local_backend import LocalBackend, child_environment
from tlcore.runs.workers.predictor import Predictor
from tlcore.workspace import Workspace

LITE0 = "efficientnet_lite0"


@pytest.fixture
def backend(graft: Graft, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalBackend]:
    """A backend of its own, which may have a spare worker."""
    monkeypatch.delenv(spare_worker.OFF)
    monkeypatch.setenv("PYTHONPATH", SHORT)
    monkeypatch.delenv(forks.VARIABLE, raising=False)  # whose process a run is, is looked at
    backend = LocalBackend()
    yield backend
    backend.spare.end()


def until(holds: Callable[[], bool], within: float = 120.0) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def prepared(name: str, data: Path, epochs: int = 4) -> Run:
    dataset = open_data(data, Workspace())
    return Run.prepare(Workspace().runs / name, small(epochs=epochs, data=str(dataset.folder)))


@pytest.mark.slow
def test_it_becomes_the_run_and_then_the_predictor(
    backend: LocalBackend, coloured: Path, furnished: Furnished
) -> None:
    """It reports what the same run reports from a process of its own."""
    run = prepared("claimed", coloured, epochs=4)
    backend.get_ready(LITE0, 64)
    pid = backend.spare.pid
    backend.submit(run)
    assert (run.recorded().pid, backend.spare.pid) == (pid, None)
    backend.get_ready(LITE0, 64)
    assert backend.spare.pid is None, "it has the machine to itself until its model can answer"
    until(lambda: backend.can_answer(run) or run.has_model)
    backend.get_ready(LITE0, 64)
    second = backend.spare.pid
    assert second is not None
    until(lambda: backend.status(run).state not in ALIVE)
    assert backend.status(run).state == "done"
    assert (run.folder / "report.json").read_bytes() == (furnished.run.folder / "report.json").read_bytes()
    predictor = Predictor(run, Workspace().cache / "predict.log", backend)
    told = run.report().test.predictions[0]
    answer = predictor.answer(Question(run.dataset().file(told.sha256)))
    assert answer["label"] == told.predicted
    assert answer["confidence"] == pytest.approx(told.confidence, abs=1e-3)
    assert (backend.spare.pid, psutil.pid_exists(second)) == (None, True)
    predictor.close()
    assert not psutil.pid_exists(second)


def test_one_that_fails_is_not_started_again_at_once(backend: LocalBackend) -> None:
    backend.get_ready(LITE0)
    psutil.Process(backend.spare.pid).kill()
    until(lambda: backend.spare.pid is None)
    backend.get_ready(LITE0)
    assert backend.spare.pid is None


def test_none_is_started_while_a_run_has_no_model(backend: LocalBackend, coloured: Path) -> None:
    run = prepared("first", coloured)
    pid, started = processes.identity()
    with turn(Workspace().queue, run.id, lambda ahead: False):
        for can_answer, expected in ((False, False), (True, True)):
            status = Status("running", can_answer=can_answer, pid=pid, started=started)
            (run.folder / "status.json").write_bytes(msgspec.json.encode(status))
            backend.get_ready(LITE0)
            assert (backend.spare.pid is not None) == expected


def test_an_import_takes_none_and_one_may_load_beside_it(backend: LocalBackend, coloured: Path) -> None:
    backend.get_ready(LITE0, 64)
    pid, job = backend.spare.pid, Job(Workspace().datasets / "coloured")
    backend.start(job, ["import", str(coloured), "--out", str(job.folder)])
    assert pid is not None and backend.spare.pid == pid != job.recorded().pid
    with backend.converse(["estimate", str(job.folder), "-"], job.log) as talk:
        assert backend.spare.pid == pid != talk.pid, "nor does a conversation without TensorFlow"
    backend.spare.end()
    backend.get_ready(LITE0, 64)
    assert backend.spare.pid is not None
    until(lambda: backend.status(job).state not in ALIVE)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_job_starts_the_old_way_where_it_is_killed(
    backend: LocalBackend, coloured: Path, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = prepared("killed", coloured)
    backend.get_ready(LITE0, 64)
    victim = psutil.Process(backend.spare.pid)
    if when == "before":
        victim.kill()
    else:
        claim = backend.spare.claim

        def kill(*arguments: object) -> subprocess.Popen[str] | None:
            child = claim(*arguments)  # type: ignore[arg-type]
            victim.kill()
            return child

        monkeypatch.setattr(backend.spare, "claim", kill)
    with turn(Workspace().queue, "somebody else", lambda ahead: False):
        backend.submit(run)
        assert backend.status(run).state == "queued"
        assert run.recorded().pid != victim.pid
        backend.kill(run)


@pytest.mark.parametrize("change", ["environment", "code", "folder"])
def test_one_of_another_origin_is_not_taken(
    backend: LocalBackend, change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "package"
    code.mkdir()
    (code / "module.py").touch()
    monkeypatch.setattr(spare_worker, "PACKAGE", code)
    backend.get_ready(LITE0)
    pid = backend.spare.pid
    assert pid is not None
    if change == "environment":
        monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path))
    elif change == "code":
        os.utime(code / "module.py", (1, 1))
    else:
        monkeypatch.chdir(tmp_path)
    order = spare_worker.Order(["backbones"], None)
    assert backend.spare.claim(order, child_environment()) is None
    assert not psutil.pid_exists(pid)


@pytest.mark.slow
def test_it_builds_another_backbone_when_told(graft: Graft, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, which has loaded TensorFlow. That orders come on standard input: the last test."""
    orders = [["spare", "mobilenet_v2", "32"], ["backbones"]]
    lines = iter([spare_worker.Order(words, None, True).line().rstrip(b"\n") for words in orders])
    load, networks = spare._load, dict[object, object]()
    monkeypatch.setattr(spare, "_read_line", lambda: next(lines))
    monkeypatch.setattr(spare, "_load", lambda backbone, size, _: load(backbone, size, lambda: False))
    monkeypatch.setattr(spare, "LATER", ())
    monkeypatch.setattr(reserve, "_networks", networks)
    with shortened_later():
        assert spare.stand_by(["spare", LITE0, "64"]) == ["backbones"]
    assert list(networks) == [("mobilenet_v2", 32, "float32")]


def test_one_process_stands_by_whatever_the_backbone(backend: LocalBackend) -> None:
    backend.get_ready(LITE0)
    first = backend.spare.pid
    for backbone in (LITE0, "mobilenet_v2", "minilm_l6"):
        backend.get_ready(backbone)
        assert backend.spare.pid == first


def test_none_stands_by_where_memory_is_short_or_it_is_off(
    backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(memory, "available_bytes", lambda swap: spare_worker.LEAST_MEMORY + 10**9)
        backend.get_ready(LITE0)
        assert backend.spare.pid is None, "it would end itself at once"
    with monkeypatch.context() as patch:
        patch.setattr(memory, "address_limit", lambda: 10**10)
        backend.get_ready(LITE0)
        assert backend.spare.pid is None, "a command would load TensorFlow in a child of its own"
    monkeypatch.setenv(spare_worker.OFF, "0")
    backend.get_ready(LITE0)
    assert backend.spare.pid is None


def test_it_ends_with_the_server(backend: LocalBackend) -> None:
    script = (
        "from tlcore.runs.workers.spare_worker import SpareWorker; import os, time\n"
        "spare = SpareWorker(); spare.start(dict(os.environ), '', None); print(spare.pid, flush=True)\n"
        "time.sleep(600)"
    )
    env = child_environment()
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, env=env, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        pid, started = processes.identity(int(server.stdout.readline()))
        assert os.getsid(pid) == pid, "a session of its own from birth"
        server.kill()
    until(lambda: not processes.is_alive(pid, started))


@pytest.mark.parametrize("limit", ["IDLE_SECONDS", "LEAST_MEMORY"])
def test_it_ends_by_itself(backend: LocalBackend, limit: str) -> None:
    value = {"IDLE_SECONDS": "0", "LEAST_MEMORY": "10 ** 18"}[limit]
    script = (
        "from tlcore.commands.shared import spare\n"
        f"spare.{limit} = {value}; spare.LOOK_EVERY = 0.05; spare._load = lambda *words: None\n"
        "print(spare.stand_by(['spare', '', '']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=child_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.read() == b"None\n"


@pytest.mark.parametrize("is_conversation", [False, True])
def test_a_command_speaks_and_ends_as_if_it_had_been_typed(tmp_path: Path, is_conversation: bool) -> None:
    script = (
        "import sys; from tlcore.commands.shared import spare; from tlcore.__main__ import run\n"
        "spare._load = lambda *words: None; sys.argv[1:] = ['spare', '', '']; sys.exit(run())"
    )
    words, log = ["predict", "no such run", "-"], tmp_path / "log"
    options = {"cwd": tmp_path, "env": child_environment(), "capture_output": True}
    order = spare_worker.Order(words, str(log), is_conversation).line()
    spare = subprocess.run([sys.executable, "-c", script], input=order, **options)  # type: ignore[call-overload]
    typed = subprocess.run([sys.executable, "-m", "tlcore", *words], **options)  # type: ignore[call-overload]
    assert (spare.returncode, spare.stdout, log.read_bytes()) == (2, typed.stdout, typed.stderr)
