"""Commands of tests that are forks: they end as processes of their own do."""

from __future__ import annotations

import contextlib
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.fixtures import SHORT, forks
from tests.fixtures.browser import Server
from tests.fixtures.tiny_training import Graft, Trained

PATIENCE = 120.0  # seconds
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each command loads TensorFlow"),
]


@pytest.fixture
def command(graft: Graft, trained: Trained) -> Iterator[subprocess.Popen[str]]:
    """A command that has loaded a model and waits for a line."""
    process = graft.spawn("predict", trained.folder, "-")
    assert process.stdout is not None and "ready" in process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def fork(command: subprocess.Popen[str], graft: Graft) -> psutil.Process:
    """The fork that it is: the child of a server that works where the command does."""
    servers = [it for it in psutil.process_iter(["cmdline"]) if forks.SERVER in (it.info["cmdline"] or ())]
    (found,) = [it for server in servers for it in server.children() if _works_in(it, graft.home)]
    deadline = time.monotonic() + PATIENCE
    while found.status() != psutil.STATUS_SLEEPING:  # it has said that it is ready, and begins to listen
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def _works_in(process: psutil.Process, folder: Path) -> bool:
    """Forks of other tests, and what they started, may end meanwhile."""
    with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return process.cwd() == str(folder)
    return False


def test_a_signal_reaches_the_fork(command: subprocess.Popen[str], fork: psutil.Process) -> None:
    command.terminate()
    assert command.wait(PATIENCE) == 143 and not fork.is_running()  # its input is open still
    assert command.stderr is not None and command.stderr.read() == "Stopped.\n"


def test_killed_it_takes_its_fork_along(command: subprocess.Popen[str], fork: psutil.Process) -> None:
    command.kill()
    with contextlib.suppress(psutil.NoSuchProcess):
        fork.wait(PATIENCE)


def test_it_dies_as_its_fork_does(command: subprocess.Popen[str], fork: psutil.Process) -> None:
    fork.kill()
    assert command.wait(PATIENCE) == -9


def test_a_server_is_for_one_kind_of_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What commands set for those that they start makes no difference: nothing would be a fork."""
    names = [forks.surroundings()]
    for name, value in (("TF_CPP_MIN_LOG_LEVEL", "3"), ("PYTHONPATH", "/"), ("GRAFT_HOME", "/")):
        monkeypatch.setenv(name, value)
        assert forks.surroundings() == names[0]
    for name, value in (("KERAS_BACKEND", "jax"), ("TF_ENABLE_ONEDNN_OPTS", "0"), ("PYTHONHASHSEED", "1")):
        monkeypatch.setenv(name, value)
        names.append(forks.surroundings())
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (1, 1))
    assert len({*names, forks.surroundings()}) == 5


def test_a_server_of_pages_is_one_and_ends_with_its_command(tmp_path: Path) -> None:
    server = Server(tmp_path, env={"PYTHONPATH": SHORT}).start()
    (serves,) = {
        fork
        for it in psutil.process_iter(["cmdline"])
        if forks.SERVER in (it.info["cmdline"] or ())
        for fork in it.children()
        if any(one.laddr.port == server.port for one in fork.net_connections())
    }
    mapped = {part for item in serves.memory_maps() for part in Path(item.path).parts}
    assert "pandas" in mapped and not {"tensorflow", "keras"} & mapped
    server.stop()
    assert not serves.is_running()
