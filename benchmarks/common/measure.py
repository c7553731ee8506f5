"""Shared parts of the benchmarks: child processes, a watcher of a run's files, tables, the machine.

Our side is driven by its stable doors only: the command line, the files of the run folder, and
`tlcore.graft.pipeline.execute` inside `benchmarks.common.ours`.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
POLL = 0.01  # seconds between two looks at a run's files
Row = dict[str, Any]


@dataclass(frozen=True)
class Home:
    """A temporary workspace and the environment of the processes that use it."""

    folder: Path
    weights: Path | None = None  # weights that were fetched and converted before

    @property
    def env(self) -> dict[str, str]:
        search = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
        added = {"GRAFT_HOME": str(self.folder), "PYTHONPATH": search, "TF_CPP_MIN_LOG_LEVEL": "3"}
        if self.weights:
            added["GRAFT_WEIGHTS"] = str(self.weights)
        return {**os.environ, **added}

    def start(self, module: str, *arguments: object) -> subprocess.Popen[str]:
        """`python -m MODULE ARGUMENTS…`; its output goes to a file, so that it can never block."""
        self.folder.mkdir(parents=True, exist_ok=True)
        out = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  closed with the process
        words = [sys.executable, "-m", module, *map(str, arguments)]
        process = subprocess.Popen(words, cwd=ROOT, env=self.env, stdout=out, stderr=out, text=True)
        process.stdout = out
        return process

    def run(self, module: str, *arguments: object) -> tuple[Row, float]:
        """The JSON of the last line, and the seconds from the start of the process to its end."""
        began = time.perf_counter()
        process = self.start(module, *arguments)
        process.wait()
        seconds = time.perf_counter() - began
        return answer(process), seconds


def answer(process: subprocess.Popen[str]) -> Row:
    """The answer of an ended process of `Home.start`: the JSON of its last line."""
    assert process.stdout is not None
    with process.stdout as out:
        out.seek(0)
        said = out.read()
    if process.returncode:
        raise SystemExit(f"{process.args!r} ended with {process.returncode}:\n{said[-3000:]}")
    found = [line for line in said.splitlines() if line.startswith("{")]
    return json.loads(found[-1])


def import_dataset(home: Home, data: Path, name: str) -> tuple[Path, float]:
    """`data` as a data set of that workspace, and the seconds of the command that imports it."""
    target = home.folder / "datasets" / name
    _, seconds = home.run("tlcore", "import", data, "--name", name, "--out", target, "--json")
    return target, seconds


@dataclass
class Watch:
    """A watcher of a run's files and memory while its worker runs.

    Times are seconds on this process's clock. `memory` holds the peaks in bytes: `rss` with the file pages
    that the system may drop at any moment, `anonymous` without them (Linux).
    """

    run: Path
    measure_memory: bool = False
    stages: list[tuple[str, float]] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)  # CPU seconds of the worker at the start of each stage
    counts: list[tuple[str, int, float]] = field(default_factory=list)  # stage, how many are done, when
    epochs: list[tuple[str, float]] = field(default_factory=list)  # the phase it belongs to, and its end
    memory: dict[str, int] = field(default_factory=dict)
    can_answer: float = 0.0
    proven: float = 0.0
    ended: float = 0.0
    _at: int = 0

    def follow(self, process: subprocess.Popen[str]) -> None:
        """Look until the process has ended."""
        worker = psutil.Process(process.pid)
        looked = 0.0
        while process.poll() is None:
            self.look(worker)
            if self.measure_memory and time.perf_counter() - looked > 0.1:
                looked = time.perf_counter()
                with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
                    self._weigh(worker)
            time.sleep(POLL)
        self.look(worker)
        self.ended = self.ended or time.perf_counter()

    def look(self, worker: psutil.Process) -> None:
        """Look at the files of the run once."""
        now = time.perf_counter()
        with contextlib.suppress(OSError, ValueError, psutil.NoSuchProcess):
            status = json.loads((self.run / "status.json").read_bytes())
            if status["stage"] and (not self.stages or self.stages[-1][0] != status["stage"]):
                self.cpu.append(sum(worker.cpu_times()[:2]))
                self.stages.append((status["stage"], now))
            count = status["stage"], status["done"]
            if count[1] and (not self.counts or self.counts[-1][:2] != count):
                self.counts.append((*count, now))
            if status["can_answer"]:
                self.can_answer = self.can_answer or now
            if status["state"] == "done":
                self.ended = self.ended or now
        if not self.proven and (self.run / "model.keras").is_file():
            self.proven = now
        with contextlib.suppress(OSError):
            self.epochs += [(phase, now) for phase in self._new_epochs()]

    def _new_epochs(self) -> list[str]:
        """The phases of the rows that end an epoch and have appeared since the last look."""
        with (self.run / "metrics.jsonl").open("rb") as file:
            file.seek(self._at)
            whole = file.read().rpartition(b"\n")[0]
        self._at += len(whole) + 1 if whole else 0
        rows = map(json.loads, whole.splitlines())
        return [row["phase"] for row in rows if "step" not in row]

    def _weigh(self, worker: psutil.Process) -> None:
        found = {"rss": worker.memory_info().rss}
        status = Path(f"/proc/{worker.pid}/status")
        if status.is_file():
            anonymous = re.search(r"RssAnon:\s+(\d+) kB", status.read_text())
            found["anonymous"] = int(anonymous[1]) * 1024 if anonymous else 0
        for key, value in found.items():
            self.memory[key] = max(self.memory.get(key, 0), value)

    def seconds(self) -> dict[str, float]:
        """Seconds in each stage, in their order."""
        ends = [moment for _, moment in self.stages[1:]] + [self.ended]
        found: dict[str, float] = {}
        for (stage, began), end in zip(self.stages, ends, strict=True):
            found[stage] = found.get(stage, 0.0) + end - began
        return {stage: round(seconds, 3) for stage, seconds in found.items()}

    def last_cpu(self, stage: str) -> float:
        """CPU seconds of the worker in a stage, the last time it came; another one has to follow."""
        number = max(i for i, (name, _) in enumerate(self.stages) if name == stage)
        return self.cpu[number + 1] - self.cpu[number]

    def pace(self, stage: str, total: int) -> float:
        """Seconds for each of `total` that the stage counts, without what comes before the first count."""
        done, began = next((done, now) for name, done, now in self.counts if name == stage)
        number = max(i for i, (name, _) in enumerate(self.stages) if name == stage)
        ended = self.stages[number + 1][1] if number + 1 < len(self.stages) else self.ended
        return (ended - began) / max(1, total - done)  # of a few, the first look may see all

    def later_epochs(self) -> float:
        """Seconds of one epoch of the last phase; its first is left out, since it compiles."""
        ends = [end for phase, end in self.epochs if phase == self.epochs[-1][0]]
        return (ends[-1] - ends[0]) / max(1, len(ends) - 1)


def epochs(run: Path) -> list[Row]:
    """The rows of `metrics.jsonl` that end an epoch."""
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [row for row in rows if "step" not in row]


def engine(run: Path) -> str:
    """The engine of the frozen part, which the worker writes down once it has chosen."""
    return json.loads((run / "config.json").read_bytes())["engine"]


def conversions(run: Path) -> dict[str, float]:
    """Seconds that the run's log names as spent on converting the frozen part for an engine, by engine."""
    found = re.findall(
        r"(\w[\w ]*): converted in ([\d.]+) s", (run / "train.log").read_text(errors="replace")
    )
    return {name.split()[-1]: float(seconds) for name, seconds in found}


def at_least(name: str, wanted: float, got: float) -> Row:
    """A target that is met by `wanted` or more."""
    return {"name": name, "wanted": f">= {wanted:g}", "got": round(got, 3), "met": got >= wanted}


def at_most(name: str, wanted: float, got: float) -> Row:
    """A target that is met by `wanted` or less."""
    return {"name": name, "wanted": f"<= {wanted:g}", "got": round(got, 3), "met": got <= wanted}


def finish(quick: bool, before: Row, found: Row) -> None:
    """The targets as a table, and everything as one JSON object, the last line of stdout."""
    rows = [tuple(target.values()) for target in found["targets"]]
    print_table("Targets" + " (they mean nothing with --quick)" * quick, ("", "wanted", "got", "met"), rows)
    print(json.dumps({"quick": quick, "machine": before, **found}), flush=True)


def machine() -> Row:
    """The machine behind the numbers. `load` above a few tenths: something else was running."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "cpu": _cpu_name(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": round(psutil.getloadavg()[0], 2),
    }


def _cpu_name() -> str:
    with contextlib.suppress(OSError):
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
        if found:
            return found[1]
    return platform.processor() or platform.machine()


def print_table(title: str, head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """A table for people, on stderr."""
    plain = [head, *[tuple(_table_cell(value) for value in row) for row in rows]]
    widths = [max(len(row[i]) for row in plain) for i in range(len(head))]
    print(f"\n{title}", file=sys.stderr)
    for row in plain:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)),
        ]
        print("  ".join(cells).rstrip(), file=sys.stderr, flush=True)


def _table_cell(value: object) -> str:
    if value is None:
        return "–"
    return (
        f"{value:,.3g}"
        if isinstance(value, float) and abs(value) < 100
        else f"{value:,.0f}"
        if isinstance(value, float)
        else str(value)
    )


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="graft-benchmark-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
