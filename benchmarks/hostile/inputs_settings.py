"""Command-line inputs: settings of every wrong kind, as options and in configuration files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from benchmarks.hostile.case import EITHER, WORKS, Case, absent
from benchmarks.hostile.inputs_paths import GIGABYTE
from benchmarks.hostile.world import World

HUGE = 10**30
OPTIONS: dict[str, tuple[object, ...]] = {
    "--epochs": (0, -1, 10**9, HUGE, "nan", "1.5", "", "\udcff"),
    "--dropout": ("nan", "inf", -1, 2, "1e400", "x"),
    "--head": ("0,0", "-1", 99999, "a", "1,2,3,4,5", ",", HUGE),
    "--views": (-1, 10**6, "x"),
    "--seed": (-1, HUGE, "x"),
    "--unfreeze": (-1, 999, HUGE, "some", ""),
    "--backbone": ("", "nonsense", "folder:", "folder:/nowhere", "../../etc/passwd", "\udcff"),
    "--preset": ("", "fast"),
    "--start-from": ("", "/nowhere", "/dev/null"),
    "--config": ("", "/nowhere", "/"),
}
RAW: dict[str, bytes] = {
    "empty": b"",
    "only spaces": b" " * 1000,
    "not UTF-8": b'{"backbone": "\xff\xfe"}',
    "UTF-16": '{"seed": 1}'.encode("utf-16"),
    "cut short": b'{"seed": ',
    "a list": b"[]",
    "null": b"null",
    "a string": b'"seed"',
    "100,000 brackets": b"[" * 100_000,
    "100,000 objects": b'{"head":' * 100_000,
    "NaN": b'{"head": {"dropout": NaN}}',
    "Infinity": b'{"training": {"learning_rate": Infinity}}',
    "a number of 400 digits": b'{"seed": ' + b"9" * 400 + b"}",
    "two documents": b"{} {}",
    "a comment": b"{} // all of it",
    "a pickle": b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00.",
    "a null byte": b'{"seed\x00": 1}',
}
VALUES: dict[str, dict[str, Any]] = {
    "an unknown key": {"colour": "<b>red</b>\n"},
    "a learning rate of 1e308": {"training": {"learning_rate": 1e308}},
    "a learning rate of 0": {"training": {"learning_rate": 0}},
    "a fine-tuning rate of 1e308": {"unfreeze": 1, "fine_tuning": {"learning_rate": 1e308}},
    "a batch of 0": {"training": {"batch_size": 0}},
    "a batch of 10**9": {"training": {"batch_size": 10**9}},
    "epochs as a string": {"training": {"epochs": "3"}},
    "a section that is a list": {"training": []},
    "a section that is null": {"head": None},
    "pictures of 10**9 pixels": {"input_size": 10**9},
    "pictures of -5 pixels": {"input_size": -5},
    "five hidden layers": {"head": {"hidden": [8] * 5}},
    "a hidden layer of 0": {"head": {"hidden": [0]}},
    "a seed of 2**31": {"seed": 2**31},
    "a backbone that leads out": {"backbone": "../../../etc/passwd"},
    "an engine that is none": {"engine": "cuda"},
    "-1 blocks": {"unfreeze": -1},
    "10**30 blocks": {"unfreeze": HUGE},
    "true blocks": {"unfreeze": True},
    "random weights that stay frozen": {"pretrained": False},
    "nine tenths for testing": {"split": {"test": 0.9}},
    "nobody to train on": {"split": {"most_per_class": 0}},
    "33 views": {"augmentation": {"views": 33}},
    "a continued run that is none": {"start_from": "/nowhere"},
    "a continued run of markup": {"start_from": "<b>\n\x1b[31m"},
}


def options(world: World) -> Iterator[Case]:
    """Every option of `train`, and those of others, with values that it cannot have."""
    for option, values in OPTIONS.items():
        for value in values:
            out = world.fresh()
            words = ["train", world.pictures, "--out", out, f"{option}={value}"]
            yield Case(f"train {option}={str(value)[:40]!r}", words, check=absent(out / "config.json"))
    for sizes in ("", "0", "-1", "x", "5,,6", HUGE):
        words = ["experiment", "amount", world.pictures, "--out", world.fresh(), f"--sizes={sizes}"]
        yield Case(f"experiment --sizes={sizes!r}", words)
    for backbones in ("", ",", "nonsense", "efficientnet_lite0,efficientnet_lite0"):
        words = ["experiment", "race", world.pictures, "--out", world.fresh(), f"--backbones={backbones}"]
        yield Case(f"experiment --backbones={backbones!r}", words, seconds=20)
    yield from columns(world)


def columns(world: World) -> Iterator[Case]:
    """Columns that a table has not, and options that do not go together."""
    table, pictures = world.table, world.pictures
    for option in ("--text-column", "--label-column"):
        for name in ("nonsense", "", "\udcff", "x" * 10_000):
            ends = EITHER if not name else (2,)
            yield Case(f"check {option}={name[:9]!r}", ["check", table, f"{option}={name}"], ends)
    same = ["--text-column=text", "--label-column=text"]
    yield Case("one column for both", ["import", table, "--out", world.fresh(), *same])
    both = ["--config", "/nowhere", "--preset", "tutorial"]
    yield Case("--config and --preset", ["train", pictures, "--out", world.fresh(), *both])
    twice = ["import", pictures, "--out", world.fresh(), "--into", world.fresh()]
    yield Case("--out and --into", twice)
    for side in (-1, 0, "x", HUGE):
        words = ["import", pictures, "--out", world.fresh(), f"--shrunk-to={side}"]
        yield Case(f"import --shrunk-to={side}", words, EITHER)
    for label in ("", "a/b", "..", "<b>*x*</b>", "\udcff", "x" * 10_000):
        words = ["import", pictures, "--out", world.fresh(), f"--label={label}"]
        yield Case(f"import --label={label[:9]!r}", words, EITHER)
    for name in ("", "\n", "\udcff", "x" * 10_000):
        words = ["import", pictures, "--out", world.fresh(), f"--name={name}"]
        yield Case(f"import --name={name[:9]!r}", words, EITHER)


def files(world: World) -> Iterator[Case]:
    """Configuration files that are none."""
    folder = world.given / "settings"
    folder.mkdir(parents=True)
    contents = RAW | {name: json.dumps(value).encode() for name, value in VALUES.items()}
    for number, (name, content) in enumerate(contents.items()):
        path = folder / f"{number}.json"
        path.write_bytes(content)
        out = world.fresh()
        words = ["train", world.pictures, "--out", out, "--config", path]
        yield Case(f"settings: {name}", words, check=absent(out / "config.json"), seconds=40)
    (folder / "folder.json").mkdir()
    os.mkfifo(folder / "pipe.json")
    large = world.fresh("large.json")
    large.touch()
    os.truncate(large, 8 * GIGABYTE)
    for name, odd in (
        ("a folder", folder / "folder.json"),
        ("a named pipe", folder / "pipe.json"),
        ("8 GB of nothing", large),
        ("/dev/zero", "/dev/zero"),
    ):
        words = ["train", world.pictures, "--out", world.fresh(), "--config", odd]
        yield Case(f"settings: {name}", words, own=True, memory=3 * GIGABYTE, seconds=20)
    mark = folder / "mark.json"
    mark.write_bytes(b"\xef\xbb\xbf" + json.dumps({"input_size": 64, "training": {"epochs": 1}}).encode())
    words = ["train", world.dataset, "--out", world.fresh(), "--config", mark]
    yield Case("settings: with a byte order mark", words, WORKS)
