"""How a run keeps the frozen part's output; the worker decides once for "auto", for the run's life."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

Kept = Annotated[
    Literal["auto", "full", "half"],
    Meta(
        title="Kept as",
        description="How exactly the frozen part's output is kept: in half precision it takes half the "
        "disk and has three digits. Graft chooses that only where the disk is short.",
    ),
]
