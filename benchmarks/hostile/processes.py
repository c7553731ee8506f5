"""Running the command line: in processes of their own, or many commands in one that loads TensorFlow once."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import psutil

from benchmarks.common.measure import ROOT
from benchmarks.hostile.record import HUNG, ProcessEnd

POLL = 0.005  # seconds
# As root every place can be written: without these two capabilities root is refused like anybody else.
PLAIN = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
GRAFT = (sys.executable, "-m", "tlcore")
Env = Mapping[str, str]


def environment(**changes: str) -> dict[str, str]:
    """Environment variables of the commands."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("GRAFT_")}
    search = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
    return {**known, "PYTHONPATH": search, "TF_CPP_MIN_LOG_LEVEL": "3", **changes}


class Child:
    """A command at work, whose output goes to files."""

    def __init__(
        self,
        words: Sequence[object],
        env: Env,
        cwd: Path,
        stdin: bytes = b"",
        closed: Sequence[int] = (),
        memory: int = 0,
        out: int | None = None,
    ) -> None:
        """Start it.

        Args:
            closed: file descriptors that are closed for it.
            memory: bytes of address space that it may have; 0: as many as it likes.
            out: where its standard output goes instead of a file.
        """
        self._out, self._err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        sent = tempfile.TemporaryFile()  # noqa: SIM115
        sent.write(stdin)
        sent.seek(0)

        def prepare() -> None:
            for number in closed:
                os.close(number)
            if memory:
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

        self.process = subprocess.Popen(
            [os.fsencode(str(word)) for word in words],
            stdin=sent,
            stdout=self._out if out is None else out,
            stderr=self._err,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=prepare if closed or memory else None,
        )

    def wait(self, seconds: float) -> ProcessEnd:
        """Wait for its end; it is killed after so many seconds, with all that it has started."""
        deadline = time.monotonic() + seconds
        while True:
            pid, status, used = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                self.kill()
                _, _, used = os.wait4(self.process.pid, 0)
                break
            time.sleep(POLL)
        self.process.returncode = os.waitstatus_to_exitcode(status) if pid else HUNG
        peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return ProcessEnd(self.process.returncode, _read(self._out), _read(self._err), peak)

    def is_alive(self) -> bool:
        """True while it works; leaves its end to `wait`."""
        found = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return found is None

    def kill(self) -> None:
        """End it and all that it has started, at once."""
        kill_family(psutil.Process(self.process.pid))


def _read(file: IO[bytes]) -> str:
    with file:
        file.seek(0)
        return file.read().decode(errors="replace")


def kill_family(process: psutil.Process) -> None:
    """End a process and its descendants."""
    try:
        family = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return
    for one in family:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue


def run(words: Sequence[object], env: Env, cwd: Path, seconds: float = 120, **options: Any) -> ProcessEnd:
    """`python -m tlcore WORDS` in a process of its own; options as `Child` takes them."""
    return Child([*PLAIN, *GRAFT, *words], env, cwd, **options).wait(seconds)


class WarmCommands:
    """A process that runs command after command; where one hangs or dies there, the next gets another."""

    def __init__(self, env: Env, cwd: Path) -> None:
        self._env, self._cwd = dict(env), cwd
        self._process: subprocess.Popen[str] | None = None

    def run(
        self, words: Sequence[object], env: Env, cwd: Path, seconds: float, stdin: bytes = b""
    ) -> ProcessEnd:
        """Run a command there to its end."""
        process = self._running()
        assert process.stdin and process.stdout
        asked = {"words": list(map(str, words)), "env": dict(env), "cwd": str(cwd), "stdin": stdin.hex()}
        late = threading.Timer(seconds, kill_family, [psutil.Process(process.pid)])
        late.start()
        try:
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = ""
        finally:
            on_time = late.is_alive()
            late.cancel()
        if line:
            return ProcessEnd(**json.loads(line))
        code, self._process = process.wait(), None
        return ProcessEnd(code if on_time else HUNG, "", "the process that ran the command is gone")

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = subprocess.Popen(
                [*PLAIN, sys.executable, "-m", "benchmarks.hostile.warm_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._env,
                cwd=self._cwd,
                text=True,
            )
        return self._process

    def close(self) -> None:
        """End it."""
        if self._process is not None:
            kill_family(psutil.Process(self._process.pid))
            self._process.wait()


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until it is true; false where time ran out."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(POLL)
    return False
