"""The stages of `benchmarks.growth` on a large data set, each in a process of its own that is watched."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import psutil

from benchmarks.common import large_data
from benchmarks.common.measure import Home, Row, Watch, answer, at_most, print_table

STAGES = ("import", "problems", "near copies", "edit", "data page", "estimate", "train", "evaluate page")
SIZE = 64  # pixels of the network's input
BACKBONES = {"pictures": "efficientnet_lite0", "texts": "minilm_l6"}
TRAINING = {"epochs": 2, "patience": 0}
TOKENS = 16  # of a text
EVERY = 0.05  # seconds between two looks at the memory
ROUNDED = 0.01  # seconds: the least that is told of a stage
EDIT_SECONDS, PAGE_MB, WORKER_GROWTH = 0.5, 400, 1.2
LINEAR = 13.0  # times as long for ten times as many: what a start costs is in both


def measure(folder: Path, kind: str, count: int, stages: list[str]) -> list[Row]:
    """One row for a tenth of `count` and one for all, with the figures of each stage."""
    return [_measure_size(folder, kind, size, stages) for size in (max(60, count // 10), count)]


def _measure_size(folder: Path, kind: str, count: int, stages: list[str]) -> Row:
    """The figures of one size; what `folder` holds of it from before is gone before an import."""
    home = Home(folder / f"{kind}-{count}")
    source = home.folder / ("source" if kind == "pictures" else "source.csv")
    data = home.folder / "datasets" / "large"
    row: Row = {"count": count}
    if "import" in stages:
        shutil.rmtree(home.folder, ignore_errors=True)
        home.folder.mkdir(parents=True)
        (large_data.write_pictures if kind == "pictures" else large_data.write_texts)(source, count)
        (home.folder / "config.json").write_text(json.dumps(_settings(kind)))
    for stage in stages:
        _forget(home, stage)
        row[stage] = _watched(home, stage, source, data)
        print(f"{count:,} {kind}, {stage}: {json.dumps(row[stage])}", flush=True)
    return row


def _forget(home: Home, stage: str) -> None:
    """Remove what the stage has made before: it is to make it again."""
    for made in {"estimate": ("cache",), "train": ("runs",)}.get(stage, ()):
        shutil.rmtree(home.folder / made, ignore_errors=True)


def _settings(kind: str) -> Row:
    size = {"input_size": SIZE} if kind == "pictures" else {"input_size": TOKENS}
    task = {} if kind == "pictures" else {"task": "texts"}
    return {"backbone": BACKBONES[kind], "training": TRAINING, **size, **task}


def _watched(home: Home, stage: str, source: Path, data: Path) -> Row:
    """Seconds, and the peak of the memory, of one stage; of a training also the seconds of its parts.

    Those of the processors hold the start of Python, too.
    """
    run = home.folder / "runs" / f"of-{data.name}"
    began, processor = time.perf_counter(), _processor_seconds()
    process = _start(home, stage, source, data, run)
    watch = Watch(run)
    peak = _follow(process, watch)
    seconds = time.perf_counter() - began
    processor = _processor_seconds() - processor
    said = answer(process)
    found = {
        "seconds": round(said.get("seconds", seconds), 2),
        "processor_s": round(processor, 1),
        "anonymous_mb": round(peak / 1e6),
    }
    found |= {name: round(said[name], 2) for name in ("undo", "again") if name in said}
    return found | ({"parts_s": watch.seconds()} if stage == "train" else {})


def _start(home: Home, stage: str, source: Path, data: Path, run: Path) -> subprocess.Popen[str]:
    config = home.folder / "config.json"
    words: tuple[object, ...]
    match stage:
        case "import":
            words = ("import", source, "--name", data.name, "--out", data, "--json")
        case "estimate":
            words = ("prepare", data, "--config", config, "--json")
        case "train":
            words = ("train", data, "--out", run, "--config", config, "--json")
        case _:
            return home.start("benchmarks.common.stage", stage, data)
    return home.start("tlcore", *words)


def _processor_seconds() -> float:
    """Seconds of all processors in children that have ended, and theirs; 0 on Windows."""
    times = os.times()
    return times.children_user + times.children_system


def _follow(process: subprocess.Popen[str], watch: Watch) -> int:
    """The peak of anonymous memory of the process and its children, in bytes, once it has ended."""
    worker, peak = psutil.Process(process.pid), 0
    while process.poll() is None:
        watch.look(worker)
        with contextlib.suppress(psutil.Error, OSError):
            peak = max(peak, sum(map(_anonymous, (worker, *worker.children(recursive=True)))))
        time.sleep(EVERY)
    watch.look(worker)
    watch.ended = watch.ended or time.perf_counter()
    return peak


def _anonymous(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status")
    with contextlib.suppress(OSError):
        if found := re.search(r"RssAnon:\s+(\d+) kB", status.read_text()):
            return int(found[1]) * 1024
    return 0


def show(kind: str, rows: list[Row]) -> None:
    """The figures as a table for people."""
    small, whole = rows
    cells = [
        (
            stage,
            small[stage]["seconds"],
            whole[stage]["seconds"],
            small[stage]["anonymous_mb"],
            whole[stage]["anonymous_mb"],
        )
        for stage in STAGES
        if stage in whole
    ]
    head = ("", *(f"s, {row['count']:,}" for row in rows), *(f"MB, {row['count']:,}" for row in rows))
    print_table(f"Many {kind}", head, cells)


def targets(kind: str, rows: list[Row]) -> list[Row]:
    """Linear time, an edit at once, a page and a worker that stay small."""
    small, whole = rows
    found = [
        at_most(
            f"{kind}_{stage.replace(' ', '_')}_time_ratio",
            LINEAR,
            whole[stage]["seconds"] / max(small[stage]["seconds"], ROUNDED),
        )
        for stage in STAGES
        if stage in whole and stage != "edit"
    ]
    if "edit" in whole and kind == "pictures":
        found.append(at_most("edit_seconds", EDIT_SECONDS, whole["edit"]["seconds"]))
    found += [
        at_most(f"{kind}_{stage.replace(' ', '_')}_mb", PAGE_MB, whole[stage]["anonymous_mb"])
        for stage in ("data page", "evaluate page")
        if stage in whole
    ]
    if "train" in whole:
        ratio = whole["train"]["anonymous_mb"] / small["train"]["anonymous_mb"]
        found.append(at_most(f"{kind}_worker_memory_ratio", WORKER_GROWTH, ratio))
    return found
