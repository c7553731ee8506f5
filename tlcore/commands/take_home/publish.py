"""`publish`: a finished run's model with its card, on Hugging Face or in a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.paths import own_path, path
from tlcore.errors import PublishError
from tlcore.export.card import folder
from tlcore.export.card.publish import publish
from tlcore.runs.run import Run

render = key_value_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run, and where its model goes."""
    parser.add_argument("run", type=path)
    parser.add_argument(
        "--repo", metavar="OWNER/NAME", help="the repository on Hugging Face, made if need be"
    )
    parser.add_argument("--private", action="store_true", help="nobody else sees the repository")
    parser.add_argument("--force", action="store_true", help="the repository may be there already")
    parser.add_argument("--out", type=own_path, metavar="DIR", help="write the folder, and publish nothing")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Publish the model, or write the folder."""
    source = Run.existing(Path(args.run).absolute())
    if args.out:
        return {"folder": args.out, "files": folder.write(source, Path(args.out).absolute())}
    if not args.repo:
        raise PublishError(
            "Nobody said where to.", remedy="Name the repository, --repo OWNER/NAME, or a folder, --out DIR."
        )
    return {"repo": args.repo, "url": publish(source, args.repo, args.private, args.force)}
