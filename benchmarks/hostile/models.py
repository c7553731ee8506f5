"""Crafted models, asked and continued: nothing in them runs, memory is bounded, a sentence says why."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from benchmarks.hostile import crafted_models
from benchmarks.hostile.case import EITHER, REFUSED, WORKS
from benchmarks.hostile.processes import run
from benchmarks.hostile.record import Try, judge
from benchmarks.hostile.world import World, put
from tests.fixtures.tiny_training import small
from tlcore.backbones.weights.packages import MINILM

MOST_MEMORY = 2_500_000_000  # bytes of resident memory: TensorFlow and a small model take 1.1 GB
SECONDS = 180
QUICK, AT_ONCE = 1, 2


def tries(world: World, quick: bool) -> Iterator[Try]:
    """All of them."""
    canary = world.root / "canary"
    asked = list(islice(models(world, canary), QUICK if quick else None))
    if not quick:
        asked += [*interrupted_runs(world, canary), *backbones(world)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(lambda one: try_command(world, canary, *one), asked)


Asked = tuple[str, list[object], tuple[int, ...]]


def try_command(world: World, canary: Path, name: str, words: list[object], ends: tuple[int, ...]) -> Try:
    """One command, and whether the canary sang."""
    said = run(words, world.env(), world.here, SECONDS)
    also = [f"took {said.peak / 1e9:.1f} GB of memory" if said.peak > MOST_MEMORY else ""]
    if canary.exists():
        canary.unlink(missing_ok=True)
        also.append("what was in the file ran, in this one or the one beside it")
    return Try(f"{words[0]}: {name}", judge(said, ends, also))


def models(world: World, canary: Path) -> Iterator[Asked]:
    """Runs with crafted files, each asked by one of the commands that load it."""
    picture = world.pictures / "amber" / "00.png"
    config = world.config(small(epochs=1))
    for number, (name, content) in enumerate(crafted_models.models(world, canary)):
        broken = world.copy(world.run, "model")
        put(broken / "model.keras", content)
        commands: tuple[list[object], ...] = (
            ["predict", broken, picture],
            ["evaluate", broken, world.dataset],
            ["batch", broken, world.pictures / "amber", "--out", world.fresh()],
            ["train", world.dataset, "--out", world.fresh(), "--config", config, "--start-from", broken],
        )
        ends = EITHER if name.startswith("a path") else REFUSED  # nobody needs to look at it
        yield name, commands[0], ends
        yield name, commands[1 + number % 3], ends
    for name, content in crafted_models.features(canary).items():
        broken = world.copy(world.run, "features")
        put(broken / "features.npz", content)
        yield name, ["predict", broken, picture], WORKS


def interrupted_runs(world: World, canary: Path) -> Iterator[Asked]:
    """Runs that were cut off, with crafted checkpoints to go on from."""
    for name, content in crafted_models.checkpoints(canary).items():
        cut_off = world.fresh("run")
        put(cut_off / "config.json", (world.run / "config.json").read_bytes())
        put(cut_off / "checkpoints" / "head" / "epoch-000001.npz", content)
        yield name, ["resume", cut_off], EITHER if "another model" in name else WORKS


def backbones(world: World) -> Iterator[Asked]:
    """Text backbones in folders whose parts do not fit."""
    assert world.text_run.is_dir()  # which has fetched MiniLM
    whole = world.fresh("minilm")
    shutil.copytree((world.weights / MINILM.checked).parent, whole)
    for name, folder in crafted_models.own_backbones(world, whole).items():
        words = [
            "train",
            world.text_dataset,
            "--out",
            world.fresh(),
            "--epochs",
            1,
            "--backbone",
            f"folder:{folder}",
        ]
        yield name, words, EITHER if "tokenizer" in name else REFUSED
