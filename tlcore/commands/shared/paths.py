"""Paths on the command line: what one is, and the rule that no command overwrites a person's file.

Every argument that is a path is read by `path`, or by `own_path` where its name is written down or made; the
file that a command writes is declared with `add_output`, so that `check_output` refuses one that is there
before the work begins, and is written through `open_output`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from tlcore import system
from tlcore.errors import WorkspaceError


def path(text: str) -> str:
    """A path as somebody typed it. An empty one is a variable without a value, and not the current folder.

    Raises:
        ArgumentTypeError: it is empty.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError(f"expected a file or folder, received {text!r}")
    return text


def own_path(text: str) -> str:
    """The same for a path that is written into files, which are UTF-8.

    Raises:
        ArgumentTypeError: it is empty, or holds bytes that are no UTF-8.
    """
    where = os.path.abspath(path(text))
    if not system.is_text(where):
        raise argparse.ArgumentTypeError(f"expected a path in UTF-8, received {where!r}")
    return text


def add_output(command: argparse.ArgumentParser, option: str, text: str) -> None:
    """Declare a file that the command writes where a person says, and, with the first one, `--force`."""
    command.add_argument(option, type=own_path, metavar="FILE", help=text)
    earlier: tuple[str, ...] = command.get_default("written") or ()
    if not earlier:
        command.add_argument("--force", action="store_true", help="overwrite a FILE that is there")
    command.set_defaults(written=(*earlier, option.removeprefix("--")))


def check_output(args: argparse.Namespace) -> None:
    """Refuse before the work what could not be written after it.

    Raises:
        WorkspaceError: something is in that place, without `--force`, or it has no folder.
    """
    for option in getattr(args, "written", ()):
        if name := getattr(args, option):
            _check(Path(name), args.force)


def _check(target: Path, force: bool) -> None:
    if target.is_dir():
        raise WorkspaceError("That is a folder.", received=target, remedy="Name a file.")
    if not target.parent.is_dir():
        remedy = "Make that folder first, or name a file in another one."
        raise WorkspaceError("There is no folder to write this file into.", received=target, remedy=remedy)
    if os.path.lexists(target) and not force and not _is_stream(target):
        remedy = "Choose a new name, or add --force to overwrite it."
        raise WorkspaceError("There is a file in that place already.", received=target, remedy=remedy)


def _is_stream(target: Path) -> bool:
    """Tell whether it is a device or pipe, such as /dev/stdout: writing there overwrites nothing."""
    return target.exists() and not stat.S_ISREG(target.stat().st_mode)


@contextlib.contextmanager
def open_output(target: Path, force: bool) -> Iterator[TextIO]:
    """A text file that appears at `target` as a whole once the block has ended well, or not at all.

    Raises:
        WorkspaceError: as `check_output`; somebody else may have taken the place in the meantime.
    """
    if _is_stream(target):
        with target.open("w", newline="", encoding="utf-8", errors="replace") as file:
            yield file
        return
    target = target.resolve()  # of a link what it leads to
    part = target.with_name(f".{target.name[:100]}.{os.getpid()}.part")
    try:
        with part.open("w", newline="", encoding="utf-8", errors="replace") as file:
            yield file
        _check(target, force)
        system.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
