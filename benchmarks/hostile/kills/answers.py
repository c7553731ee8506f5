"""Batches, preparations and the warm predictor, killed: the same answers in the end."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.hostile.kills.interruption import SECONDS, Words, compare, interrupt, moments, seconds_of
from benchmarks.hostile.processes import GRAFT, Child, kill_family
from benchmarks.hostile.record import Fault, Try
from benchmarks.hostile.world import World
from tests.fixtures.tiny_training import draw, small
from tlcore.evaluate.estimate import record
from tlcore.runs.preparation import Preparation
from tlcore.runs.question import Question
from tlcore.runs.run import Run
from tlcore.runs.workers.predictor import Predictor


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
