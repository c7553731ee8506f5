"""Material for the tries: pictures, texts, data sets and finished runs, each made once, on demand."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import stat
from functools import cached_property
from pathlib import Path

from benchmarks.hostile import processes
from benchmarks.hostile.record import ProcessEnd
from tests.fixtures.tiny_training import draw, small
from tlcore import config as configuration
from tlcore.config import RunConfig
from tlcore.data.samples.texts import make_text_sample

LARGE = 50_000_000  # bytes of a file whose content is not looked at
CLASSES = ("amber", "blue", "röd")


class World:
    """A folder with all of it. No command may change what lies in `given`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.given = root / "given"
        self.home = root / "home"
        self._count = itertools.count()
        self.here = self.made("empty")  # where commands stand
        self.weights = Path(os.environ.get("GRAFT_WEIGHTS") or root / "weights")

    def env(self, **changes: str) -> dict[str, str]:
        """The environment of the commands."""
        known = {"GRAFT_HOME": str(self.home), "GRAFT_WEIGHTS": str(self.weights)}
        return processes.environment(**(known | changes))

    def made(self, name: str) -> Path:
        """A new folder."""
        folder = self.fresh(name)
        folder.mkdir(parents=True)
        return folder

    def fresh(self, name: str = "out") -> Path:
        """A path at which nothing is."""
        return self.root / "made" / f"{next(self._count)}-{name}"

    def command(self, *words: object, seconds: float = 300, **changes: str) -> ProcessEnd:
        """A command that must work, in a process of its own."""
        said = processes.run(words, self.env(**changes), self.here, seconds)
        if said.code:
            raise SystemExit(f"{words!r} ended with {said.code}:\n{said.err[-3000:]}")
        return said

    def config(self, config: RunConfig) -> Path:
        """A file with these settings."""
        path = self.fresh("config.json")
        path.write_bytes(configuration.to_json(config))
        return path

    @cached_property
    def config_of_one_epoch(self) -> Path:
        """Settings for the shortest training there is."""
        return self.config(small(epochs=1))

    @cached_property
    def pictures(self) -> Path:
        """Thirty of them in three classes."""
        return draw(self.given / "pictures", 10, CLASSES)

    @cached_property
    def table(self) -> Path:
        """48 texts in four classes."""
        self.given.mkdir(exist_ok=True)
        return make_text_sample(self.given, per_class=12)

    @cached_property
    def dataset(self) -> Path:
        """The pictures, imported."""
        folder = self.home / "datasets" / "coloured-20260101-100000-aaaa"
        self.command("import", self.pictures, "--name", "Coloured", "--out", folder)
        return folder

    @cached_property
    def run_config(self) -> Path:
        """The settings of `run`."""
        return self.config(small(epochs=2))

    @cached_property
    def run(self) -> Path:
        """A finished run on the pictures."""
        folder = self.home / "runs" / "coloured-20260101-110000-aaaa"
        self.command("train", self.dataset, "--out", folder, "--config", self.run_config)
        return folder

    @cached_property
    def text_dataset(self) -> Path:
        """The texts, imported."""
        folder = self.home / "datasets" / "messages-20260101-100000-bbbb"
        self.command("import", self.table, "--name", "Messages", "--out", folder)
        return folder

    @cached_property
    def text_run(self) -> Path:
        """A finished run on the texts."""
        folder = self.home / "runs" / "messages-20260101-110000-bbbb"
        self.command("train", self.text_dataset, "--out", folder, "--epochs", 2)
        return folder

    def copy(self, folder: Path, name: str = "copy") -> Path:
        """A copy of a run or data set, to break: `put` replaces its files."""
        target = self.fresh(name)
        shutil.copytree(folder, target, copy_function=_copied)
        return target


def _copied(source: str, target: str) -> None:
    """A model is large, and nobody writes into it: it is shared."""
    (os.link if source.endswith(".keras") else shutil.copy2)(source, target)  # type: ignore[operator]


def put(path: Path, content: bytes | None) -> None:
    """Put a file in the place of what is there; None: a folder."""
    remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)


def remove(path: Path) -> None:
    """Take away what is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def fingerprint(folder: Path) -> dict[str, tuple[object, ...]]:
    """State of a folder: mode and content of each file; size and time of a large one."""
    found: dict[str, tuple[object, ...]] = {}
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(root, name)
            known = path.lstat()
            if not stat.S_ISREG(known.st_mode):
                content = ""
            elif known.st_size > LARGE or not os.access(path, os.R_OK):
                content = f"{known.st_size} {known.st_mtime_ns}"
            else:
                content = hashlib.sha256(path.read_bytes()).hexdigest()
            found[str(path)] = (known.st_mode, content)
    return found


def difference(before: dict[str, tuple[object, ...]], after: dict[str, tuple[object, ...]]) -> str:
    """The changes between two states, in words; "" for none."""
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    return f"changed what was given: {', '.join(changed[:3])}" if changed else ""
