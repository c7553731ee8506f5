"""An upload that a page hands to a command: its name, the files that the browser left out, what to delete."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tlcore.commands.shared import values
from tlcore.commands.shared.paths import path
from tlcore.errors import DataError, GraftError, printable
from tlcore.records import JsonType, MalformedJson
from tlcore.workspace import Workspace


def add_upload_options(parser: argparse.ArgumentParser) -> None:
    """The options with which a page describes an upload."""
    parser.add_argument("--called", metavar="NAME", default="", help="of the data, where a renamed copy")
    parser.add_argument(
        "--shrunk-to", type=values.side, help="longest side that the browser shrank pictures to"
    )
    parser.add_argument(
        "--not-sent",
        type=path,
        metavar="FILE",
        help="JSON list of skipped names; deleted at the end",
    )
    parser.add_argument("--remove-source", action="store_true", help="delete the archive once all is done")


@contextmanager
def removing_source(source: Path, args: argparse.Namespace) -> Iterator[None]:
    """Delete the files of `--remove-source` and `--not-sent` as the last step, once the work within is whole.

    Work that is refused, fails, or is stopped leaves a person's files alone. A copy in the workspace's
    uploads goes however it ends: a page made it, the person has what it was made from, and nobody would look
    for it there. Of a killed command the next upload sweeps it up.
    """
    files = [source] if args.remove_source and source.is_file() else []
    files += [Path(args.not_sent)] if args.not_sent else []
    uploads = Workspace().root / "cache" / "uploads"
    try:
        yield
    except BaseException:
        files = [file for file in files if file.absolute().parent == uploads]
        raise
    finally:
        for file in files:
            file.unlink(missing_ok=True)


@contextmanager
def naming_source(source: Path, name: str) -> Iterator[None]:
    """Let errors about `source` call it by the name that people know, if it has another."""
    try:
        yield
    except GraftError as error:
        if name and error.received == printable(source.name):
            error.received = printable(name)
        raise


_NAMES = JsonType(tuple[str, ...])


def skipped_names(file: str | None) -> tuple[str, ...]:
    """The names in a JSON list written by the page."""
    if not file:
        return ()
    try:
        names = _NAMES.read(Path(file))
    except (OSError, MalformedJson) as error:
        raise DataError(
            "The list of files that were not sent cannot be read.",
            received=file,
            remedy="Give a JSON list of names.",
        ) from error
    return names
