"""Little memory: `check`, `train` and `predict` under four limits work, or say that memory is short."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.hostile.case import EITHER
from benchmarks.hostile.processes import run
from benchmarks.hostile.record import LOG_LINE, ProcessEnd, Try, judge
from benchmarks.hostile.world import World

LIMITS = (0.5, 1.0, 2.0, 3.0)  # GB
MOST_LINES = 2  # of the log, before the sentence


def tries(world: World, quick: bool) -> Iterator[Try]:
    """Each command under each limit; in short only `check`, which loads no TensorFlow."""
    config, picture = world.config_of_one_epoch, world.pictures / "amber" / "00.png"
    for limit in LIMITS[:1] if quick else LIMITS:
        commands: dict[str, list[object]] = {"check": ["check", world.pictures]}
        if not quick:
            commands |= {
                "train": ["train", world.dataset, "--out", world.fresh(), "--config", config],
                "predict": ["predict", world.run, picture],
            }
        for name, words in commands.items():
            said = run(words, world.env(), world.here, 180, memory=int(limit * 1e9))
            yield Try(f"{name} with {limit:g} GB", judge(said, EITHER, (_log(said),)))


def _log(said: ProcessEnd) -> str:
    lines = sum(bool(LOG_LINE.match(line)) for line in said.err.splitlines())
    return f"{lines} lines of log before the sentence" if said.code and lines > MOST_LINES else ""
