"""`hand-on`: a finished run as one file that another person's Graft opens."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tlcore.commands.shared.paths import add_output, own_path
from tlcore.errors import RunError
from tlcore.export.hand_on.pack import pack
from tlcore.runs.run import Run
from tlcore.workspace import bytes_in_words, check_free


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run, the file, and whether examples go with it."""
    parser.add_argument("run", type=own_path)
    add_output(parser, "--out", "where to put it, such as flowers.graft")
    parser.add_argument("--with-examples", action="store_true", help="add small pictures, or the texts")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Pack the run.

    Raises:
        RunError: it has no model yet, or nobody said where to put the file.
    """
    if not args.out:
        raise RunError("Where shall the file go?", remedy="Add --out FILE.")
    run, target = Run.existing(Path(args.run)), Path(args.out)
    run.require_model()
    check_free(run.model.stat().st_size, target.absolute().parent)
    pack(run, target, args.with_examples)
    return {"file": args.out, "bytes": target.stat().st_size, "examples": args.with_examples}


def render(result: dict[str, Any]) -> str:
    """Where the file is, and how to open it."""
    return (
        f"{result['file']}: {bytes_in_words(result['bytes'])}. Another person opens it on the Home page, "
        "or with `python -m tlcore open`."
    )
