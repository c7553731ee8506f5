"""Eight threads that read the workspace's records for the first time at once: `… race_process HOME`."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

THREADS = 8


def readers(home: Path) -> list[Callable[[], object]]:
    """Readers of each kind of record, imported only when called."""
    data = next(home.glob("datasets/coloured*"))
    run = next(path.parent for path in home.glob("runs/*/report.json"))

    def config() -> object:
        from tlcore.runs.run import Run
        from tlcore.runs.workers.backend import BACKEND

        return Run(run).config(), BACKEND.status(Run(run)), Run(run).labels()

    def manifest() -> object:
        from tlcore.data.dataset import Dataset

        return Dataset(data).read()

    def report() -> object:
        from tlcore.runs.run import Run

        return Run(run).report()

    def rest() -> object:
        from tlcore.evaluate import analysis
        from tlcore.runs import run_records
        from tlcore.runs.run import Run

        return analysis.read(run), run_records.read_notes(run), run_records.read_speed(run), Run(run).rows()

    return [config, manifest, report, rest]


def main() -> None:
    """Let them go at once."""
    works, start = readers(Path(sys.argv[1])), threading.Barrier(THREADS)
    done: list[int] = []

    def work(number: int) -> None:
        start.wait()
        for turn in range(len(works)):
            works[(number + turn) % len(works)]()
        done.append(number)

    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.exit(0 if len(done) == THREADS else 1)


if __name__ == "__main__":
    main()
