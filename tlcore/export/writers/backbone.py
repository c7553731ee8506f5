"""A pretrained backbone as a Keras file of its own: the code of a run begins with it."""

from __future__ import annotations

from pathlib import Path

from tlcore import system
from tlcore.backbones.images import loader
from tlcore.runs.job import Reporter


def write(backbone_id: str, input_size: int | None, target: Path, reporter: Reporter) -> None:
    """Write the network from uint8 pictures to its last feature map.

    Raises:
        WeightsError: its weights cannot be had.
    """

    def on_progress(name: str, done: int, total: int) -> None:
        reporter.progress(done, total, f"Downloading the backbone's weights ({name})")

    part = target.with_name(".part.keras")
    try:
        loader.load(backbone_id, input_size, on_progress=on_progress).save(part)
        system.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
