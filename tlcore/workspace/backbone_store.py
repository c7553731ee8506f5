"""Networks of models from elsewhere in a workspace: `backbones/<hash>/`, each there as long as it is needed.

Runs and experiments, also those in the trash, need the network whose hash is in their settings; runs outside
the workspace are on a list beside it. `Workspace` removes the others when something is deleted for good.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from tlcore import system

FOLDER = "backbones"
OUTSIDE = "outside.txt"  # a line for each run outside the workspace
HASH = re.compile(r"[0-9a-f]{32}")
SECONDS = 10.0  # to wait for somebody who keeps a network; the next deletion looks again
_SETTINGS = ("config.json", "experiment.json", "run/config.json")  # the last: of one that becomes a run
# Runs are looked at twice: meanwhile one may have come from the others.
_PLACES = ("cache/candidates", "runs", "experiments", "trash", "runs", "experiments")
_GONE = ".gone-"


@contextlib.contextmanager
def lock(root: Path, timeout: float = -1) -> Iterator[None]:
    """Nothing is removed from the workspace `root` before the settings that need a new network are written.

    Raises:
        OSError: the folder cannot be written, or somebody else held the lock for `timeout` seconds.
    """
    with system.file_lock(root / FOLDER / ".lock", timeout):
        yield


def note_outside(root: Path, name: str, run: Path) -> None:
    """Keep the network with that hash for a run outside the workspace too; others are found without."""
    if run.is_relative_to(root) or not HASH.fullmatch(name) or not (root / FOLDER / name).is_dir():
        return
    with (root / FOLDER / name / OUTSIDE).open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(f"{run}\n")


def sweep(root: Path) -> None:
    """Remove the networks that nothing needs any more. Where anything cannot be read, all stay."""
    if not _networks(root):
        return
    with contextlib.suppress(OSError), lock(root, SECONDS):
        settings = list(_all_settings(root))
        for folder in _networks(root):
            name = folder.name.encode()
            if not any(name in found for found in (*settings, *_outside_settings(folder))):
                system.replace(folder, folder.with_name(_GONE + folder.name))
        for folder in (root / FOLDER).glob(f"{_GONE}*"):
            shutil.rmtree(folder, ignore_errors=True)


def _networks(root: Path) -> list[Path]:
    try:
        return [folder for folder in (root / FOLDER).iterdir() if HASH.fullmatch(folder.name)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _all_settings(root: Path) -> Iterator[bytes]:
    """All that is written in settings below the workspace."""
    for place in _PLACES:
        try:
            folders = list((root / place).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            continue
        for folder in folders:
            for name in _SETTINGS:
                yield _content(folder / name)


def _outside_settings(network: Path) -> Iterator[bytes]:
    runs = _content(network / OUTSIDE).decode(errors="surrogateescape").splitlines()
    yield from (_content(Path(run) / "config.json") for run in dict.fromkeys(runs))


def _content(file: Path) -> bytes:
    """All of a file; nothing where there is none."""
    try:
        return system.read_bytes(file)
    except (FileNotFoundError, NotADirectoryError):
        return b""
