"""Values that nobody means: each is one sentence and exit 2, or it works."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec
import pytest

from tests.fixtures.tiny_training import Graft
from tlcore import config as configuration
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.errors import ConfigError

HUGE = "9" * 25
NO_UTF8 = os.fsdecode(b"caf\xe9")
OPTIONS = [
    *((option, value) for option in ("--epochs", "--views", "--seed") for value in (HUGE, "9" * 5000, "1e3")),
    *(("--dropout", value) for value in ("nan", "inf", "1e309", "1e308", "-1", "x")),
    *(("--head", value) for value in (HUGE, "1e9", "9000", "0,0")),
    *(("--unfreeze", value) for value in (HUGE, "2147483647", "some")),
    *((option, NO_UTF8) for option in ("--backbone", "--out", "--start-from")),
]
OUT_OF_RANGE = ("1e308", "1e309", "-1e308", "1e-320", HUGE, "-1", "NaN", "Infinity", "9" * 5000)


def refused(graft: Graft, *arguments: object) -> bool:
    said = graft.call(*arguments)
    return said.code == 2 and said.err.count("\n") == 1 and not said.out


@pytest.mark.parametrize("option", OPTIONS, ids=range(len(OPTIONS)))
def test_an_option_that_nobody_means_is_refused(
    graft: Graft, coloured: Path, option: tuple[str, str]
) -> None:
    assert refused(graft, "train", coloured, "--out", graft.home / "run", *option), option
    assert not (graft.home / "run").exists() and not (graft.home / "workspace" / "datasets").exists()


def test_other_numbers_that_nobody_means(graft: Graft, coloured: Path) -> None:
    place = ["--out", graft.home / "x"]
    assert refused(graft, "import", coloured, *place, "--shrunk-to", HUGE)
    assert refused(graft, "experiment", "amount", coloured, *place, "--sizes", f"5,{HUGE}")
    assert not (graft.home / "x").exists()


@pytest.mark.parametrize("part", ["", "head", "training", "fine_tuning", "split", "augmentation"])
@pytest.mark.parametrize("value", OUT_OF_RANGE)
def test_every_setting_is_bounded(part: str, value: str) -> None:
    """What is taken can be written and read again, and no number leaves those that training computes with."""
    whole = RunConfig()
    for key in getattr(whole, part).__struct_fields__ if part else whole.__struct_fields__:
        text = f'{{"{part}": {{"{key}": {value}}}}}' if part else f'{{"{key}": {value}}}'
        try:
            config = configuration.from_json(text)
        except ConfigError as error:
            assert len(str(error)) < 500
            continue
        found = getattr(getattr(config, part) if part else config, key)
        assert configuration.from_json(configuration.to_json(config)) == config
        assert isinstance(found, float) and 0 <= found < 1e-300, (key, value)  # as good as none at all
        assert key not in ("learning_rate", "depth_decay")


def test_what_a_rate_may_be() -> None:
    for rate in (1e-6, 1e-3, 10.0):
        training = msgspec.structs.replace(RunConfig().training, learning_rate=rate)
        assert configuration.checked(RunConfig(training=training)).training.learning_rate == rate


def test_names_that_are_no_utf8(graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data are read whatever they are called; what is written down has to be text."""
    odd = Path(shutil.copytree(coloured, graft.home / NO_UTF8))
    target = graft.home / "set"
    said = graft.call("import", odd, "--out", target, "--called", f"{NO_UTF8}.zip", "--json")
    assert said.json["accepted"] == 30 and Dataset(target).read().name == "caf�"
    assert Dataset(target).read().source == "caf�.zip"
    assert graft.call("check", odd).code == 0
    target.rename(odd / "set")
    assert refused(graft, "train", odd / "set", "--out", graft.home / "run")
    for command in (["import", coloured], ["find-rate", coloured], ["sample"]):
        assert refused(graft, *command, "--out", odd / "x") and not (odd / "x").exists()
    monkeypatch.setenv("GRAFT_HOME", str(odd))
    assert refused(graft, "train", coloured, "--out", graft.home / "run")
