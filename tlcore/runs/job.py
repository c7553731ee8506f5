"""Every long action is one job: a folder, a `python -m tlcore` command, a status, a way to stop it.

The worker writes `status.json` (atomic replace); anybody may read it at any moment. Truth is on disk: a
refreshed page, a second tab or a restarted server sees the same job.
"""

from __future__ import annotations

import contextlib
import os
import platform
import time
from collections.abc import Collection
from pathlib import Path
from typing import Literal

import msgspec

from tlcore import processes, system
from tlcore.errors import RunError
from tlcore.records import JsonType
from tlcore.runs.cluster import lease

JobState = Literal["new", "queued", "running", "done", "cancelled", "failed", "lost"]
ALIVE: tuple[JobState, ...] = ("queued", "running")
START_SECONDS = 30.0  # a worker that has said nothing by then is not coming
# What starting a process, waiting for it and stopping it leave in a job's folder.
AT_START = {"train.log", ".lock", "stop", lease.FILE}
TAKEN, ELSEWHERE = "There is something in that place already.", "Choose a new folder."
WRITE_EVERY = 0.3  # seconds between two status files of a busy worker
ROOM = 4096  # bytes of every status file, filled up with spaces: its last word fits in when the disk is full


class Status(msgspec.Struct, frozen=True):
    """State and progress of a job. `pid` and `started` name its process; `done` of `total` is of `stage`.

    Attributes:
        began: when the work itself began, after any wait for its turn, in seconds since 1970; 0: it has not.
        can_answer: its worker has a trained model and answers for it, though the file is not proven yet.
        node: the name of the machine it works on; "": of this one.
        lease: the token of the lease under which its worker writes; "": under none, on this machine.
    """

    state: JobState
    stage: str = ""
    message: str = ""
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    device: str = ""
    error: str = ""
    can_answer: bool = False
    attempt: int = 0
    pid: int = 0
    started: float = 0.0
    began: float = 0.0
    updated: float = 0.0
    node: str = ""
    lease: str = ""


_STATUS = JsonType(Status)


def _content(status: Status) -> bytes:
    """A status as its file holds it: never longer than `ROOM`, whatever was said."""
    content = msgspec.json.encode(status)
    if len(content) >= ROOM:
        cut = {"message": status.message[: ROOM // 16], "error": status.error[: ROOM // 8]}
        content = msgspec.json.encode(msgspec.structs.replace(status, **cut))
    return content.ljust(ROOM - 1) + b"\n"


class Job:
    """A job's folder, seen by those who watch it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def log(self) -> Path:
        return self.folder / "train.log"

    def recorded(self) -> Status:
        """The status that its worker wrote last; `new` when there is none. Whether that worker is still there
        a backend knows (`Backend.status`).
        """
        return _STATUS.read_or(self.folder / "status.json", Status("new"))

    def check_place(self, own: Collection[str] = (), what: str = TAKEN, remedy: str = ELSEWHERE) -> None:
        """Refuse a folder in which a new job would overwrite something, or mix with it.

        Args:
            own: what an earlier attempt at this job may have left there. A `status.json` is no such thing
                where it is not that of a job.
            what, remedy: how it is said.

        Raises:
            RunError: there is something else.
        """
        if not os.path.lexists(self.folder):
            return
        names = {item.name for item in self.folder.iterdir()} if self.folder.is_dir() else {self.folder.name}
        parts = {name for name in names if name.startswith(".") and ".part" in name}
        allowed = AT_START | parts | set(own)
        if self.recorded().state == "new":
            allowed.discard("status.json")
        if names - allowed:
            raise RunError(what, received=self.folder, remedy=remedy)

    def request_stop(self) -> None:
        """Ask the worker to stop at the next safe moment."""
        (self.folder / "stop").touch()

    def stop_requested(self) -> bool:
        return (self.folder / "stop").exists()

    def record_failure(self, error: str) -> None:
        """Write down why it ended, for a worker that could not: its process is gone."""
        status = self.recorded()
        if status.state in ALIVE:
            failed = msgspec.structs.replace(status, state="failed", error=error, seconds_left=None)
            system.write_atomic(self.folder / "status.json", _content(failed))


class Reporter:
    """The worker's side: writes the status, at most every `WRITE_EVERY` seconds while only counting."""

    def __init__(self, job: Job) -> None:
        self.job = job
        pid, started = processes.identity()
        token = lease.own_token()
        system.pass_fence()
        (job.folder / "stop").unlink(missing_ok=True)
        system.sweep_parts(job.folder)
        before = job.recorded()
        self._status = Status(
            "running",
            attempt=before.attempt + 1,
            pid=pid,
            started=started,
            device=before.device,
            node=platform.node() if token else "",
            lease=token,
        )
        self._written = 0.0
        self._first: tuple[float, int] | None = None  # when counting began in this stage, and at what

    @property
    def attempt(self) -> int:
        return self._status.attempt

    def stage(self, stage: str, message: str, *, state: JobState = "running", total: int = 0) -> None:
        """Enter a new stage."""
        self._first = None
        began = 0.0 if state == "queued" else self._status.began or time.time()
        self._write(
            state=state, stage=stage, message=message, done=0, total=total, seconds_left=None, began=began
        )

    def progress(
        self, done: int, total: int, message: str | None = None, seconds_left: float | None = None
    ) -> None:
        """Count within the stage; the time left follows from the pace so far unless it is given.

        `total` 0 means that it is not known.
        """
        now = time.monotonic()
        self._first = self._first or (now, done)
        if now - self._written < WRITE_EVERY and done != total:
            return
        began, start = self._first  # a resumed run does not start counting at 0
        if seconds_left is None and start < done <= total:
            seconds_left = (now - began) / (done - start) * (total - done)
        self._write(
            done=done, total=total, message=message or self._status.message, seconds_left=seconds_left
        )

    @property
    def done(self) -> int:
        """How much of its stage is counted."""
        return self._status.done

    @property
    def device_name(self) -> str:
        return self._status.device

    def can_answer(self) -> None:
        """Say that there is a model now, which this process answers for."""
        self._write(can_answer=True)

    def device(self, name: str) -> None:
        """Say which device does the work."""
        self._write(device=name)

    def end(self, state: JobState, message: str = "", error: str = "") -> None:
        """The last word. The stop request, answered, is taken away before it: who hears it may ask anew.

        On a full disk it is written over the status before it, which left room for it.
        """
        system.pass_fence()
        (self.job.folder / "stop").unlink(missing_ok=True)
        try:
            self._write(state=state, message=message, error=error, seconds_left=None, can_answer=False)
        except OSError:
            with contextlib.suppress(OSError):  # nowhere at all: the process is gone, so the job is lost
                system.overwrite(self.job.folder / "status.json", _content(self._status))

    def _write(self, **changes: object) -> None:
        self._status = msgspec.structs.replace(self._status, updated=time.time(), **changes)
        system.write_atomic(self.job.folder / "status.json", _content(self._status))
        self._written = time.monotonic()
