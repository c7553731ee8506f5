"""For tests that train: a few coloured pictures, small inputs, real weights, and the command line."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from tlcore import config as configuration
from tlcore.__main__ import main
from tlcore.config import FineTuningConfig, HeadConfig, RunConfig, TrainingConfig
from tlcore.runs.run import Run

ROOT = Path(__file__).resolve().parent.parent
COLOURS = {"amber": (220, 170, 40), "blue": (50, 60, 200), "röd": (200, 50, 60)}
SMALL = RunConfig(
    input_size=64,
    head=HeadConfig(hidden=(16,), dropout=0.3),
    training=TrainingConfig(epochs=3, batch_size=8, patience=0),
    fine_tuning=FineTuningConfig(epochs=3, patience=0),
)


def draw(folder: Path, per_class: int = 10, classes: tuple[str, ...] = tuple(COLOURS), seed: int = 0) -> Path:
    """A folder of noisy pictures, each class of one colour."""
    for number, label in enumerate(classes):
        (folder / label).mkdir(parents=True, exist_ok=True)
        for i in range(per_class):
            random = np.random.default_rng([seed, number, i])
            pixels = np.array(COLOURS.get(label, (128, 128, 128))) + random.normal(0, 60, (56, 64, 3))
            Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(folder / label / f"{i:02d}.png")
    return folder


def small(**changes: Any) -> RunConfig:
    """`SMALL` with changes; `epochs`, `batch_size`, `loss` and the like go to the phases that know them."""
    return with_recipe(SMALL, **changes)


def with_recipe(config: RunConfig, **changes: Any) -> RunConfig:
    """`config` with changes; those of a recipe hold for every phase that knows them."""
    recipe = {key: changes.pop(key) for key in list(changes) if key in TrainingConfig.__struct_fields__}
    tuning = {key: value for key, value in recipe.items() if key in FineTuningConfig.__struct_fields__}
    parts = {
        "training": msgspec.structs.replace(config.training, **recipe),
        "fine_tuning": msgspec.structs.replace(config.fine_tuning, **tuning),
    }
    return msgspec.structs.replace(config, **(parts | changes))


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.out.splitlines()[-1])


class Graft:
    """The command line in one workspace, in this process (`call`) or in its own (`spawn`, `child`)."""

    def __init__(self, home: Path, capture: pytest.CaptureFixture[str] | None = None) -> None:
        self.home = home
        self.capture = capture

    def call(self, *arguments: object) -> Said:
        """Run a command in this process, where TensorFlow is loaded once for all tests."""
        assert self.capture is not None
        self.capture.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        said = self.capture.readouterr()
        return Said(code, said.out, said.err)

    def train(self, data: Path, name: str, config: RunConfig, *options: object) -> Said:
        return self.call(*self.train_command(data, name, config), "--json", *options)

    def train_command(self, data: Path, name: str, config: RunConfig) -> list[object]:
        file = self.home / f"{name}.json"
        file.write_bytes(configuration.to_json(config))
        return ["train", data, "--out", self.home / name, "--config", file]

    def spawn(self, *arguments: object, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tlcore", *map(str, arguments)],
            cwd=self.home,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            text=True,
            encoding="utf-8",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )

    def child(self, *arguments: object, sent: str = "") -> Said:
        """Run a command in a process of its own, as a person would."""
        process = self.spawn(*arguments)
        out, err = process.communicate(sent, timeout=300)
        return Said(process.returncode, out, err)


@pytest.fixture(scope="session")
def weights_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Converted weights, made once."""
    return tmp_path_factory.mktemp("weights")


@pytest.fixture(scope="session")
def coloured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty pictures in three classes. Only read it."""
    return draw(tmp_path_factory.mktemp("data") / "coloured")


@pytest.fixture
def graft(
    tmp_path: Path,
    weights_folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Graft]:
    """The command line in an empty workspace; signal handlers are put back afterwards."""
    with _workspace(tmp_path, weights_folder, monkeypatch):
        yield Graft(tmp_path, capsys)


@dataclass(frozen=True)
class Trained:
    """A finished run, its data and its workspace. Only read it."""

    folder: Path
    data: Path
    home: Path

    @property
    def run(self) -> Run:
        return Run(self.folder)

    def path(self, label: str, number: int = 0) -> Path:
        """One of the pictures it was made from."""
        return self.data / label / f"{number:02d}.png"


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, weights_folder: Path, coloured: Path) -> Trained:
    """One finished run for all tests that only ask it, trained in a process of its own."""
    home = tmp_path_factory.mktemp("trained")
    command = Graft(home).train_command(coloured, "run", small(epochs=4))
    return finished(home, weights_folder, coloured, *command, "--json")


def finished(home: Path, weights_folder: Path, data: Path, *command: object) -> Trained:
    """What a command that trains `home`/run on `data` leaves, run as a process; said.json is its answer."""
    with pytest.MonkeyPatch.context() as patch, _workspace(home, weights_folder, patch):
        said = Graft(home).child(*command)
    assert said.code == 0, said.err
    (home / "said.json").write_text(said.out)
    return Trained(home / "run", data, home)


@contextlib.contextmanager
def _workspace(home: Path, weights: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """GRAFT_HOME and GRAFT_WEIGHTS for a while; the signal handlers are put back."""
    patch.setenv("GRAFT_HOME", str(home / "workspace"))
    patch.setenv("GRAFT_WEIGHTS", str(weights))
    patch.delenv("GRAFT_LOG", raising=False)
    patch.delenv("GRAFT_DEBUG", raising=False)
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)
