"""Speed of a served model: `python -m benchmarks.serve [--quick] [--run RUN]`.

Photos of 500 × 375 pixels go to `python -m tlcore serve`, one in each request: from one client that waits for
each answer, and from eight at once. Beside that, the same model called in Python, one file after the other;
the three take turns.
RUN is a finished run that classifies pictures; without one, a small one is trained first. Prints JSON: the
requests that failed, answers a second, milliseconds for each (median, 95th and 99th percentile, longest), and
how many the model answered at a time.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.common import pictures
from benchmarks.common.measure import Home, Row, at_most, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tests.fixtures.served import FORM, Client, form
from tlcore.runs.run import Run

QUICK = {"requests": 24, "pictures": 10}
PARTS = {"train": 100, "val": 25}
TURNS = 4
PYTHON = "called in Python"


class Turn(NamedTuple):
    """Seconds for each answer, and whether it was one; those of the whole turn; and batches of the model."""

    told: list[tuple[float, bool]]
    seconds: float
    batches: int


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--run", type=Path, help="a finished run; it is not changed")
    options.add_argument("--requests", type=int, default=2000)
    options.add_argument("--clients", type=int, default=8)
    options.set_defaults(pictures=250)
    args = options.read()
    before = machine()
    with scratch() as folder:
        pictures.make(folder / "data", PARTS | {"test": args.pictures})
        run = args.run or trained(Home(folder / "home"), folder)
        files = sorted((folder / "data" / "test").glob("*/*.jpg"))
        wanted = [files[number % len(files)] for number in range(args.requests)]
        rows = compared(Home(folder / "home"), run, wanted, args.clients)
    show(rows)
    targets = [at_most("requests that failed", 0, sum(row["failed"] for row in rows.values()))]
    finish(args.quick, before, {"requests": args.requests, "rows": rows, "targets": targets})


def trained(home: Home, folder: Path) -> Path:
    """A run of the default settings on some of the pictures."""
    data = folder / "some"
    data.mkdir()
    for part in PARTS:
        (folder / "data" / part).rename(data / part)
    home.run("tlcore", "train", data, "--out", folder / "run", "--json")
    return folder / "run"


def compared(home: Home, run: Path, files: Sequence[Path], clients: int) -> dict[str, Row]:
    """The figures of a server of its own, for one client and for so many, and of the model in this process.

    They take turns, so that whatever else the computer does meets all of them.
    """
    called = model_of(run)
    command = [sys.executable, "-m", "tlcore", "serve", str(run), "--port", "0", "--json"]
    with subprocess.Popen(command, env=home.env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(json.loads(process.stdout.readline())["url"].rpartition(":")[2])
        sides: dict[str, Callable[[Sequence[Path]], Turn]] = {
            "1 client": partial(asked, port, 1),
            f"{clients} clients": partial(asked, port, clients),
            PYTHON: called,
        }
        turns: dict[str, list[Turn]] = {name: [] for name in sides}
        for number in range(TURNS):
            for name, ask in sides.items():
                turns[name].append(ask(files[number::TURNS]))
        process.terminate()
    return {name: figures(some) for name, some in turns.items()}


def asked(port: int, clients: int, files: Sequence[Path]) -> Turn:
    """A turn of clients that share the requests, each on a connection that it keeps."""
    before = Client(port).ask("GET", "/health")[1]["batches"]
    bodies = [form(file.read_bytes()) for file in files]
    shares = [bodies[number::clients] for number in range(clients)]
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as threads:
        told = [one for share in threads.map(partial(ask_all, port), shares) for one in share]
    seconds = time.perf_counter() - began
    return Turn(told, seconds, Client(port).ask("GET", "/health")[1]["batches"] - before)


def ask_all(port: int, bodies: Sequence[bytes]) -> list[tuple[float, bool]]:
    """Seconds for each request, and whether it was answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(body: bytes) -> bool:
        connection.request("POST", "/predict", body, {"Content-Type": FORM})
        answer = connection.getresponse()
        return "label" in json.loads(answer.read())["answers"][0] if answer.status == 200 else False

    return [timed(lambda body=body: ask(body)) for body in bodies]  # type: ignore[misc]


def timed(ask: Callable[[], bool]) -> tuple[float, bool]:
    """The seconds of one question, and whether it was answered."""
    began = time.perf_counter()
    try:
        is_answered = ask()
    except (OSError, http.client.HTTPException):
        is_answered = False
    return time.perf_counter() - began, is_answered


def model_of(run: Path) -> Callable[[Sequence[Path]], Turn]:
    """Takes a turn with the model in this process."""
    from tlcore.graft.predict.predictor import load

    model = load(Run(run))
    model.warm_up()

    def take(files: Sequence[Path]) -> Turn:
        began = time.perf_counter()
        told = [timed(lambda file=file: "label" in model.answer(file)) for file in files]  # type: ignore[misc]
        return Turn(told, time.perf_counter() - began, len(files))

    return take


def figures(turns: Sequence[Turn]) -> Row:
    """Failures, answers a second, milliseconds, and answers to a batch."""
    told = [one for turn in turns for one in turn.told]
    each = [1000 * took for took, _ in told]
    middle, most, nearly_all = np.percentile(each, (50, 95, 99)).round(1).tolist()
    return {
        "failed": sum(not is_answered for _, is_answered in told),
        "each_second": round(len(told) / sum(turn.seconds for turn in turns), 1),
        "p50": middle,
        "p95": most,
        "p99": nearly_all,
        "longest": round(max(each), 1),
        "together": round(len(told) / max(1, sum(turn.batches for turn in turns)), 2),
    }


def show(rows: dict[str, Row]) -> None:
    """The figures for people."""
    head = ("", "failed", "a second", "median ms", "95 %", "99 %", "longest", "together")
    print_table("Answers", head, [(name, *row.values()) for name, row in rows.items()])


if __name__ == "__main__":
    main()
