"""Command-line inputs: broken run folders, tables over existing files, odd streams, odd surroundings."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.hostile.case import EITHER, REFUSED, WORKS, Case, prints, unchanged
from benchmarks.hostile.world import World, put

# Files of a run, and whether the model can still answer where that one is spoiled.
FILES = {
    "config.json": REFUSED,
    "labels.json": REFUSED,
    "model.keras": REFUSED,
    "report.json": EITHER,
    "study.json": EITHER,
    "features.npz": EITHER,
    "decision.json": EITHER,
    "status.json": EITHER,
    "metrics.jsonl": EITHER,
}
SPOILED: dict[str, bytes | None] = {
    "empty": b"",
    "not UTF-8": b'{"\xff\xfe": "\xff"}',
    "another kind": b'[{"a": 1}]',
    "a folder": None,
}
COMMANDS = ("predict", "evaluate", "batch", "resume", "coach")


def broken_runs(world: World) -> Iterator[Case]:
    """Each file of a run spoiled in each way, and a command that needs it."""
    picture = world.pictures / "amber" / "00.png"
    number = 0
    for file, ends in FILES.items():
        for how, content in SPOILED.items():
            run = world.copy(world.run, f"run-{file}")
            put(run / file, content)
            command = COMMANDS[number % len(COMMANDS)]
            words: dict[str, list[object]] = {
                "predict": ["predict", run, picture],
                "evaluate": ["evaluate", run, world.dataset],
                "batch": ["batch", run, world.pictures / "amber", "--out", world.fresh()],
                "resume": ["resume", run],
                "coach": ["coach", run],
            }
            due = ends if command in ("predict", "batch") else EITHER
            yield Case(f"{command}: {file} is {how}", words[command], due)
            number += 1
        broken = world.copy(world.run, f"measured-{file}")
        put(broken / file, b'{"\xff": 1}')
        if ends == REFUSED:
            yield Case(f"measure: {file} is not UTF-8", ["measure", broken])


def tables(world: World) -> Iterator[Case]:
    """--csv where it may not go."""
    picture = world.pictures / "amber" / "00.png"
    there = world.made("there") / "answers.csv"
    there.write_text("mine\n")
    source = Path(shutil.copytree(picture.parent, world.made("source") / "amber")) / "00.png"
    closed = world.made("closed")
    closed.chmod(0o555)
    for command in ("predict", "batch"):
        targets: dict[str, str | Path] = {
            "over a file": there,
            "over the source": source,
            "to a folder": closed.parent,
            "to an empty path": "",
            "to a place that may not be written": closed / "a.csv",
            "below a file": there / "a.csv",
            "to /dev/full": "/dev/full",
        }
        for name, target in targets.items():
            asked = [source, "--csv", target]
            if command == "batch":
                asked = [source.parent, "--csv", target, "--out", world.fresh()]
            check = unchanged(Path(target)) if name.startswith("over") else lambda said: ""
            yield Case(f"{command} --csv {name}", [command, world.run, *asked], check=check)
    yield Case("evaluate --job over a file", ["evaluate", world.run, world.dataset, "--job", there])
    yield Case("coach --out over a file", ["coach", world.run, "--out", there], check=unchanged(there))
    yield from odd_inputs(world)


def odd_inputs(world: World) -> Iterator[Case]:
    """Inputs for a model, in odd company."""
    picture = world.pictures / "amber" / "00.png"
    named = world.given / os.fsdecode(b"na\xffme *b* <i>\n.png")
    shutil.copy(picture, named)
    text = world.given / "letter.png"
    text.write_text("Dear Sir")
    yield Case("predict: a name that is not UTF-8", ["predict", world.run, named], WORKS)
    yield Case("predict: the same as JSON", ["predict", world.run, named, "--json"], WORKS)
    yield Case("predict: a letter called .png", ["predict", world.run, text])
    yield Case("predict: a letter and a picture", ["predict", world.run, text, picture], WORKS)
    yield Case("predict: a table for a model of pictures", ["predict", world.run, world.table])
    yield Case("evaluate: texts for a model of pictures", ["evaluate", world.run, world.table])
    yield Case("resume of a finished run", ["resume", world.run])
    yield Case("batch beside itself", ["batch", world.run, world.pictures, "--out", world.run])
    words = ["evaluate", world.run, world.pictures, "--remove-source", "--job", world.fresh()]
    yield Case("evaluate --remove-source of a folder", words, WORKS)
    words = ["import", text, "--out", world.fresh(), "--remove-source"]
    yield Case("import --remove-source of what is none", words, check=unchanged(text))
    listed = world.given / "list.json"
    listed.write_bytes(b'["\xff"]')
    words = ["import", world.pictures, "--out", world.fresh(), "--not-sent", listed]
    yield Case("import --not-sent that is not UTF-8", words)
    listed = world.given / "deep.json"
    listed.write_bytes(b"[" * 100_000)
    words = ["import", world.pictures, "--out", world.fresh(), "--not-sent", listed]
    yield Case("import --not-sent of 100,000 brackets", words)


def conversations(world: World) -> Iterator[Case]:
    """`predict RUN -` with what no page would send."""
    lines = {
        "nothing": b"",
        "empty lines": b"\n\n\n",
        "what is not UTF-8": b"\xff\xfe\n",
        "brackets": b"[" * 100_000 + b"\n",
        "JSON of another kind": b'{"path": 5}\n[]\n{"why": "x"}\nnull\n',
        "a line of 5 MB": b"x" * 5_000_000 + b"\n",
        "a line that does not end": b"/nowhere",
        "a folder": json.dumps({"path": str(world.pictures)}).encode() + b"\n",
    }
    for name, sent in lines.items():
        yield Case(f"predict -: {name}", ["predict", world.run, "-"], WORKS, stdin=sent)


def streams(world: World) -> Iterator[Case]:
    """Standard streams that are closed."""
    commands: dict[str, list[object]] = {
        "backbones": ["backbones"],
        "check": ["check", world.dataset],
        "check --json": ["check", world.dataset, "--json"],
        "a refused check": ["check", "/nowhere"],
        "coach": ["coach", world.run],
    }
    for name, words in commands.items():
        ends = REFUSED if name.startswith("a refused") else WORKS
        yield Case(f"{name}, input closed", words, ends, own=True, closed=(0,))
        yield Case(f"{name}, output closed", words, (*ends, 1), own=True, closed=(1,))
    yield Case("all closed", ["check", world.dataset], (*EITHER, 1), own=True, closed=(0, 1, 2))
    words = ["predict", world.run, world.pictures / "amber"]
    yield Case("predict, output closed", words, (0, 1, 2), own=True, closed=(1,))
    yield Case("predict -, input closed", ["predict", world.run, "-"], EITHER, own=True, closed=(0,))


def surroundings(world: World) -> Iterator[Case]:
    """Environment variables, places and proxies that are none."""
    pictures, letter = world.pictures, world.made("letter") / "letter.txt"
    letter.write_text("Dear Sir")
    closed = world.made("closed home")
    closed.chmod(0o555)
    small = world.config_of_one_epoch
    for name, home in {
        "a file": letter,
        "closed": closed,
        "below a file": letter / "x",
        "/proc": "/proc/x",
    }.items():
        env = {"GRAFT_HOME": str(home)}
        words = ["train", pictures, "--out", world.fresh(), "--config", small]
        yield Case(f"train, GRAFT_HOME is {name}", words, env=env)
        yield Case(f"measure, GRAFT_HOME is {name}", ["measure", world.run], env=env)
    for variable in ("GRAFT_CACHE_GB", "GRAFT_DATASET_GB", "GRAFT_WORKSPACE_GB"):
        for value in ("nan", "-1", "0", "1e400", "lots", "1e-9"):
            out = world.fresh()
            words = ["import", pictures, "--out", out, "--name", "x"]
            ends = EITHER if variable != "GRAFT_DATASET_GB" else REFUSED
            yield Case(f"import, {variable}={value}", words, ends, env={variable: value})
    offline = {
        name: "http://127.0.0.1:1" for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY")
    }
    out = world.fresh()
    yield Case("fetch behind a dead proxy", ["fetch", "flowers", "--out", out], env=offline, own=True)
    garbage = dict.fromkeys(offline, "::not a proxy::")
    yield Case("fetch behind garbage", ["fetch", "flowers", "--out", world.fresh()], env=garbage, own=True)
    nowhere = {"GRAFT_WEIGHTS": str(letter / "x")}
    words = ["train", pictures, "--out", world.fresh(), "--config", small, "--backbone", "mobilenet_v2"]
    yield Case("train, GRAFT_WEIGHTS below a file", words, env=nowhere | offline, own=True)
    plain = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    yield Case("check, in ASCII", ["check", pictures], WORKS, env=plain, own=True, check=prints("röd"))
    no_tmp = {"TMPDIR": "/nowhere", "HOME": "/nowhere"}
    yield Case("check, without TMPDIR and HOME", ["check", pictures], WORKS, env=no_tmp, own=True)


def resumes(world: World) -> Iterator[Case]:
    """Runs and experiments that cannot go on."""
    data = world.copy(world.dataset, "data")
    run = world.copy(world.run, "run")
    config = json.loads((run / "config.json").read_bytes())
    for name, changes in {
        "data that are gone": {"data": "/nowhere"},
        "a version that never was": {"data_version": 99},
        "data that are a file": {"data": str(world.table)},
        "another backbone": {"backbone": "nonsense"},
        "more classes": {"data": str(data)},
    }.items():
        broken = world.fresh("run")
        put(broken / "config.json", json.dumps(config | changes).encode())
        if name == "more classes":
            manifest = json.loads((data / "manifest.json").read_bytes())
            manifest["classes"].append("another")
            put(data / "manifest.json", json.dumps(manifest).encode())
        ends = EITHER if name == "more classes" else REFUSED
        yield Case(f"resume: {name}", ["resume", broken], ends)
    folder = world.fresh("experiment")
    put(folder / "experiment.json", b'{"asked": "\xff"}')
    yield Case("resume: an experiment that is not UTF-8", ["resume", folder])
    yield Case("experiment into the same", ["experiment", "race", world.pictures, "--out", folder])
