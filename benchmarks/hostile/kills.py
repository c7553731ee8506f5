"""Processes that are killed at random moments: going on, or starting again, gives the undisturbed result.

SIGKILL, of the process or of all its family, and the two polite signals. The moments are seeded; where in the
work they fall depends on this computer.
"""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import signal
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import msgspec
import numpy as np
import psutil

from benchmarks.hostile.processes import GRAFT, Child, kill_family
from benchmarks.hostile.record import Fault, ProcessEnd, Try, judge
from benchmarks.hostile.world import World
from tests.fixtures.tiny_training import draw, small
from tlcore.data.dataset import Dataset
from tlcore.evaluate.estimate import record
from tlcore.runs.predictor import Predictor
from tlcore.runs.preparation import Preparation
from tlcore.runs.question import Question
from tlcore.runs.run import Run

COUNTS = {"training": 14, "import": 14, "batch": 12, "prepare": 20, "predictor": 12}
QUICK = {"training": 0, "import": 1, "batch": 0, "prepare": 0, "predictor": 0}
SECONDS = 240
POLITE = {signal.SIGTERM: (143, -signal.SIGTERM), signal.SIGINT: (130, -signal.SIGINT)}
KILLED = (-signal.SIGKILL,)

Words = list[object]


def tries(world: World, quick: bool) -> Iterator[Try]:
    """All of them."""
    counts = QUICK if quick else COUNTS
    kinds = {"training": trainings, "import": imports, "batch": batches, "prepare": preparations}
    for name, kill in kinds.items():
        if counts[name]:
            yield from kill(world, counts[name])
    if counts["predictor"]:
        yield from predictors(world, counts["predictor"])


def interrupt(
    world: World, words: Words, after: float, number: int, env: dict[str, str]
) -> tuple[Fault, ...]:
    """Start a command and end it after so many seconds; what was wrong with its end."""
    child = Child([*GRAFT, *words], env, world.here)
    deadline = time.monotonic() + after
    while child.is_alive() and time.monotonic() < deadline:
        time.sleep(0.002)
    way = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGINT)[number % 5]
    if child.is_alive():
        if number % 5 == 3:
            kill_family(psutil.Process(child.process.pid))
        else:
            psutil.Process(child.process.pid).send_signal(way)
    said = child.wait(SECONDS)
    if way == signal.SIGKILL:
        return () if said.code in (*KILLED, 0) else judge(said, (*KILLED, 0))
    return judge(said, (*POLITE[way], 0))


def moments(seconds: float, count: int) -> list[float]:
    """Seeded moments, spread over so many seconds."""
    chance = random.Random(count)
    return [seconds * (number + chance.random()) / count for number in range(count)]


def seconds_of(world: World, words: Words, env: dict[str, str]) -> float:
    """Seconds of a command that nobody disturbs.

    Raises:
        SystemExit: it failed.
    """
    began = time.monotonic()
    said = Child([*GRAFT, *words], env, world.here).wait(SECONDS)
    if said.code:
        raise SystemExit(f"{words!r} ended with {said.code}: {said.err}")
    return time.monotonic() - began


def compare(said: ProcessEnd, wanted: Any, found: Callable[[], Any]) -> tuple[Fault, ...]:
    """Faults in the final result."""
    faults = judge(said, (0,))
    if faults:
        return faults
    try:
        return () if found() == wanted else (Fault("other", "another result than undisturbed"),)
    except Exception as error:
        return (Fault("other", f"its result cannot be read: {type(error).__name__}: {error}"),)


def trainings(world: World, count: int) -> Iterator[Try]:
    """`train`, then `resume` where there is a run to go on with; weights and report are the same."""
    config = world.config(small(epochs=4, unfreeze=1))
    home = world.made("home")
    env, whole = world.env(GRAFT_HOME=str(home)), world.fresh("whole")
    command: Words = ["train", world.dataset, "--config", config, "--out"]
    seconds = seconds_of(world, [*command, whole], env)
    wanted = outcome(whole)
    for number, moment in enumerate(moments(seconds, count)):
        shutil.rmtree(home)  # without what the earlier ones have computed
        out = world.fresh("run")
        faults = interrupt(world, [*command, out], moment, number, env)
        if not (out / "config.json").is_file():
            again: Words = [*command, out]
        else:
            again = ["resume", out]
        if (state := Run(out).recorded().state) == "done":
            said = ProcessEnd(0, "", "")
        else:
            said = Child([*GRAFT, *again], env, world.here).wait(SECONDS)
        faults += compare(said, wanted, lambda out=out: outcome(out))  # type: ignore[misc]
        yield Try(f"training killed after {moment:.1f} s, {state}", faults)


def outcome(run: Path) -> dict[str, Any]:
    """The weights and the report of a finished run."""
    found: dict[str, Any] = {"report": (run / "report.json").read_bytes()}
    with zipfile.ZipFile(run / "model.keras") as archive:
        content = archive.read("model.weights.h5")

    def keep(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = np.asarray(item).tobytes()

    with h5py.File(io.BytesIO(content), "r") as file:
        file.visititems(keep)
    return found


def imports(world: World, count: int) -> Iterator[Try]:
    """`import`, then again; the manifest and every picture are the same."""
    many = draw(world.fresh("many"), 60, ("amber", "blue"))
    env, whole = world.env(), world.fresh("whole")
    seconds = seconds_of(world, ["import", many, "--out", whole, "--name", "x"], env)
    wanted = msgspec.structs.replace(Dataset(whole).read(), created="")
    for number, moment in enumerate(moments(seconds, count)):
        dataset = Dataset(world.fresh("set"))
        words: Words = ["import", many, "--out", dataset.folder, "--name", "x"]
        faults = interrupt(world, words, moment, number, env)
        state = "done" if dataset.is_ready else "not done"
        said = (
            ProcessEnd(0, "", "")
            if dataset.is_ready
            else Child([*GRAFT, *words], env, world.here).wait(SECONDS)
        )
        faults += compare(said, (wanted, True), lambda d=dataset: whole_set(d))  # type: ignore[misc]
        yield Try(f"import killed after {moment:.1f} s, {state}", faults)


def whole_set(dataset: Dataset) -> tuple[Any, bool]:
    """Its manifest, and whether nothing but its pictures is stored."""
    manifest = msgspec.structs.replace(dataset.read(), created="")
    stored = {path.name for path in dataset.folder.glob("files/*/*")}
    return manifest, stored == {example.sha256 for example in manifest.examples}


def batches(world: World, count: int) -> Iterator[Try]:
    """`batch`, then the same again; the answers are the same."""
    many = draw(world.fresh("many"), 100, ("amber", "blue", "röd"), seed=3)
    env, whole = world.env(), world.fresh("whole")
    seconds = seconds_of(world, ["batch", world.run, many, "--out", whole], env)
    wanted = rows(whole)
    for number, moment in enumerate(moments(seconds, count)):
        out = world.fresh("batch")
        words: Words = ["batch", world.run, many, "--out", out]
        faults = interrupt(world, words, moment, number, env)
        before = len(rows(out)) if (out / "answers.jsonl").is_file() else 0
        said = Child([*GRAFT, *words], env, world.here).wait(SECONDS)
        faults += compare(said, wanted, lambda out=out: rows(out))  # type: ignore[misc]
        yield Try(f"batch killed after {moment:.1f} s, {before} answers", faults)


def preparations(world: World, count: int) -> Iterator[Try]:
    """`prepare`, then the same again; the estimate is the same, and none stands before."""
    home = world.made("home")
    env, whole = world.env(GRAFT_HOME=str(home)), world.fresh("whole")
    command: Words = ["prepare", world.dataset, "--config", world.config(small()), "--out"]
    seconds = seconds_of(world, [*command, whole], env)
    wanted = scores(whole)
    for number, moment in enumerate(moments(seconds, count)):
        shutil.rmtree(home)  # without what the earlier ones have computed
        out = world.fresh("preparation")
        faults = interrupt(world, [*command, out], moment, number, env)
        state = Preparation(out).recorded().state
        if record.read(out) is not None and scores(out) != wanted:
            faults += (Fault("other", "it claims another estimate"),)
        said = Child([*GRAFT, *command, out], env, world.here).wait(SECONDS)
        faults += compare(said, wanted, lambda out=out: scores(out))  # type: ignore[misc]
        yield Try(f"preparation killed after {moment:.1f} s, {state}", faults)


def scores(folder: Path) -> Any:
    """The estimate in a folder, without the last digits, which depend on how threads share the work."""
    found = record.read(folder)
    assert found is not None
    curve = [(point.examples, round(point.accuracy, 2)) for point in found.curve]
    features = record.ExampleFeatures.load(folder)
    assert features is not None
    return found.n, found.right, found.classes, curve, np.round(features.features, 2).tolist()


def rows(batch: Path) -> list[Any]:
    """The answers without their times; a half-written last line is left out."""
    lines = (batch / "answers.jsonl").read_bytes().splitlines(keepends=True)
    found = [json.loads(line) for line in lines if line.endswith(b"\n")]
    for row in found:
        for answer in row.get("answers", ()):
            answer.pop("milliseconds", None)
            answer["probabilities"] = {k: round(v, 4) for k, v in answer["probabilities"].items()}
            answer["confidence"] = round(answer["confidence"], 4)
            answer["second_confidence"] = round(answer.get("second_confidence", 0), 4)
    return found


def predictors(world: World, count: int) -> Iterator[Try]:
    """The warm process behind the Predict page, killed while it is asked: the answer comes all the same."""
    question = Question(world.pictures / "blue" / "01.png")
    os.environ.update({name: value for name, value in world.env().items() if name.startswith("GRAFT_")})
    predictor = Predictor(Run(world.run), world.fresh("predict.log"))
    began = time.monotonic()
    wanted = predictor.answer(question)
    seconds = time.monotonic() - began
    for number, moment in enumerate(moments(seconds, count)):
        late = threading.Timer(moment if number % 2 else moment / 100, kill_children)
        late.start()
        try:
            while late.is_alive():  # asked again and again until it is killed
                same = predictor.answer(question) == wanted
            same = same and predictor.answer(question) == wanted
            faults = () if same else (Fault("other", "another answer than before"),)
        except Exception as error:
            faults = (Fault("traceback", f"{type(error).__name__}: {error}"),)
        late.join()
        yield Try(f"predictor killed after {late.interval:.2f} s", faults)
    predictor.close()


def kill_children() -> None:
    """End every warm process of ours."""
    for child in psutil.Process().children():
        kill_family(child)
