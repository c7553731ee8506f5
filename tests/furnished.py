"""For tests of the pages: a workspace with a data set and a finished run, made once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.driving import ROOT
from tests.training import small
from tlcore import config as configuration
from tlcore.data.dataset import Dataset, datasets
from tlcore.runs.run import Run, runs
from tlcore.workspace import new_id


@dataclass(frozen=True)
class Furnished:
    """One workspace, as the pages find it."""

    home: Path
    weights: Path

    @property
    def env(self) -> dict[str, str]:
        """What a server or a command needs to work in it."""
        return {"GRAFT_HOME": str(self.home), "GRAFT_WEIGHTS": str(self.weights)}

    @property
    def dataset(self) -> Dataset:
        return datasets(self.home / "datasets")[0]

    @property
    def run(self) -> Run:
        return runs(self.home / "runs")[0]

    def command(self, *arguments: object) -> None:
        """`python -m tlcore …` in a process of its own."""
        words = [sys.executable, "-m", "tlcore", *map(str, arguments)]
        said = subprocess.run(words, cwd=ROOT, env={**os.environ, **self.env}, capture_output=True, text=True)
        assert said.returncode == 0, said.stderr

    def copy(self, home: Path) -> Furnished:
        """The same workspace in another place, to change at will."""
        shutil.copytree(self.home, home)
        for run in runs(home / "runs"):
            path = run.folder / "config.json"
            path.write_text(path.read_text().replace(str(self.home), str(home)))
        return Furnished(home, self.weights)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, coloured: Path, weights_folder: Path) -> Furnished:
    """Thirty coloured pictures and a finished run, made once. Only read it, or take a `copy`."""
    made = Furnished(tmp_path_factory.mktemp("furnished") / "workspace", weights_folder)
    folder = made.home / "datasets" / new_id("coloured")
    made.command("import", coloured, "--name", "Coloured <b>paper</b>", "--out", folder)
    config = made.home / "config.json"
    config.write_bytes(configuration.to_json(small(epochs=6)))
    made.command("train", folder, "--config", config, "--out", made.home / "runs" / new_id("coloured"))
    return made
