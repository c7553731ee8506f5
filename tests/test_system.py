from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tlcore import processes, system

SLEEP = "import time; time.sleep(600)"


def wait_until(condition: object, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_a_spawned_process_lives_apart_and_writes_its_log(tmp_path: Path) -> None:
    process = processes.spawn(
        [sys.executable, "-c", f"print('hello', flush=True); {SLEEP}"], tmp_path / "log"
    )
    started = process.create_time()
    wait_until(lambda: (tmp_path / "log").read_text() == "hello\n")
    assert os.getpgid(process.pid) != os.getpgid(0)
    assert processes.is_alive(process.pid, started)
    assert not processes.is_alive(process.pid, started - 60)  # another process of that number, long ago
    processes.kill_tree(process.pid, started)
    assert not processes.is_alive(process.pid, started)
    processes.kill_tree(process.pid, started)  # again: nothing happens


@pytest.mark.parametrize(
    ("kind", "is_remote"),
    [("nfs4", True), ("fuse.sshfs", True), ("CIFS", True), ("ext4", False), ("", False)],
)
def test_storage_of_other_machines_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, is_remote: bool
) -> None:
    class Mount(NamedTuple):
        mountpoint: str
        fstype: str

    mounts = [Mount("/", "ext4"), Mount(str(tmp_path), kind), Mount(str(tmp_path / "else"), "nfs")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: mounts)
    system._is_remote.cache_clear()
    assert system.is_remote(tmp_path / "data" / "texts.arrow") is is_remote
    system._is_remote.cache_clear()


def test_an_ended_child_does_not_look_alive(tmp_path: Path) -> None:
    process = processes.spawn([sys.executable, "-c", ""], tmp_path / "log")
    started = process.create_time()
    wait_until(lambda: not processes.is_alive(process.pid, started))


def test_somebody_elses_zombie_does_not_look_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", SLEEP])  # nobody polls it
    started = psutil.Process(child.pid).create_time()
    assert processes.is_alive(child.pid, started)
    os.kill(child.pid, signal.SIGKILL)
    wait_until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE)
    os.kill(child.pid, 0)  # it still answers
    assert not processes.is_alive(child.pid, started)
    child.wait()


def test_killing_takes_the_children_along(tmp_path: Path) -> None:
    inner = f"subprocess.Popen([sys.executable, '-c', '{SLEEP}'])"
    script = f"import subprocess, sys; print({inner}.pid, flush=True); {SLEEP}"
    process = processes.spawn([sys.executable, "-c", script], tmp_path / "log")
    wait_until(lambda: (tmp_path / "log").read_text().endswith("\n"))
    grandchild = int((tmp_path / "log").read_text())
    processes.kill_tree(process.pid, process.create_time())
    wait_until(lambda: _is_gone(grandchild))


def _is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_readers_see_the_old_or_the_new(tmp_path: Path) -> None:
    file, seen, done = tmp_path / "f", set(), threading.Event()
    contents = [bytes([65 + i]) * 50_000 for i in range(4)]
    file.write_bytes(contents[0])

    def read() -> None:
        while not done.is_set():
            seen.add(system.read_bytes(file))

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(60):
        system.write_atomic(file, contents[i % 4])
    done.set()
    reader.join()
    assert seen <= set(contents)
    assert [item.name for item in tmp_path.iterdir()] == ["f"]


def test_a_failed_write_leaves_the_old_and_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.write_atomic(tmp_path / "f", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        system.write_atomic(tmp_path / "f", b"new")
    assert [(item.name, item.read_bytes()) for item in tmp_path.iterdir()] == [("f", b"old")]


def test_nothing_gets_its_name_past_the_fence(tmp_path: Path) -> None:
    def shut() -> None:
        raise PermissionError

    (tmp_path / "f").write_bytes(b"old")
    system.fence_writes(shut)
    try:
        for write in (system.write_atomic, system.overwrite):
            with pytest.raises(PermissionError):
                write(tmp_path / "f", b"new")
    finally:
        system.fence_writes(None)
    assert [(item.name, item.read_bytes()) for item in tmp_path.iterdir()] == [("f", b"old")]


def test_parts_of_killed_writers_are_swept(tmp_path: Path) -> None:
    for name in (".status.json.123.part", ".model.part.keras", "status.json", ".lock"):
        (tmp_path / name).write_text("x")
    system.sweep_parts(tmp_path)
    assert {item.name for item in tmp_path.iterdir()} == {"status.json", ".lock"}


def test_a_lock_is_held_by_one_and_freed_by_death(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from tlcore import system\n"
        "with system.file_lock(Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "a" / "lock")], stdout=subprocess.PIPE, cwd=Path.cwd()
    )
    assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
    with pytest.raises(TimeoutError, match="in use"), system.file_lock(tmp_path / "a" / "lock", timeout=0.1):
        pass
    holder.kill()
    holder.wait()
    with system.file_lock(tmp_path / "a" / "lock", timeout=10):
        pass
    holder.stdout.close()


def test_a_time_out_inside_a_lock_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match="the network"), system.file_lock(tmp_path / "lock"):
        raise TimeoutError("the network")


def test_native_noise_goes_to_the_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with system.stderr_to(tmp_path / "log"):
        os.write(2, b"noise\n")
    os.write(2, b"heard\n")
    assert (tmp_path / "log").read_text() == "noise\n"
    assert capfd.readouterr().err == "heard\n"


def test_an_interrupt_calls_instead_of_killing(tmp_path: Path) -> None:
    script = (
        "import time; from tlcore import system\n"
        "heard = []\n"
        "system.on_interrupt(lambda: heard.append(1))\n"
        "print('ready', flush=True)\n"
        "while len(heard) < 2: time.sleep(0.01)\n"
        "print('heard', flush=True)"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    assert child.communicate(timeout=30)[0] == "heard\n"


def test_an_interrupt_is_heard_while_an_object_is_thrown_away() -> None:
    script = (
        "import time; from tlcore import system\n"
        "class Slow:\n"
        "    def __del__(self):\n"
        "        print('ready', flush=True)\n"
        "        for _ in range(3000): time.sleep(0.01)\n"
        "system.on_interrupt()\n"
        "try:\n"
        "    Slow()\n"
        "    time.sleep(60)\n"
        "except KeyboardInterrupt:\n"
        "    print('heard', system.interrupt_code(), flush=True)"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGTERM)
    assert child.communicate(timeout=20)[0] == f"heard {128 + signal.SIGTERM}\n"


def test_sizes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_bytes(b"123")
    (tmp_path / "y").write_bytes(b"4567")
    assert system.folder_bytes(tmp_path) == 7
    assert system.folder_bytes(tmp_path / "nothing") == 0
    assert system.free_bytes(tmp_path) > 0
    assert system.cpu_count() >= 1


def test_the_length_of_a_file_that_takes_no_space_yet(tmp_path: Path) -> None:
    path = tmp_path / "promised"
    assert system.unwritten_bytes(path) == 0
    with path.open("wb") as file:
        file.truncate(10_000_000)
        assert system.unwritten_bytes(path) == 10_000_000
        file.write(b"x" * 4_000_000)
        file.flush()
        assert abs(system.unwritten_bytes(path) - 6_000_000) < 100_000
