"""A run as a folder that TensorBoard shows, named like the run: an event file, and the model beside it.

The file is written by TensorFlow, which is there anyway; TensorBoard itself is needed to look at it alone.
"""

from __future__ import annotations

from tlcore.backbones import keras_start as keras_start  # isort: skip  (before TensorFlow)
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf

from tlcore import system
from tlcore.characters import as_markdown
from tlcore.export.tracking.contents import TrackedRun
from tlcore.export.tracking.record import name_of
from tlcore.runs.run import Run

VERSION = "brain.Event:2"  # of the file's format
EVENTS = "events.out.tfevents"  # by which TensorBoard knows the file


def write(run: Run, tracked: TrackedRun, place: Path) -> None:
    """Write the run's folder below `place`, as a whole, over an earlier one.

    Raises:
        OSError, tf.errors.OpError: the disk refuses.
    """
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place, prefix=".part") as scratch:
        part = Path(scratch) / "run"
        part.mkdir()
        with tf.io.TFRecordWriter(str(part / f"{EVENTS}.{int(time.time())}.graft")) as writer:
            for event in _events(tracked):
                writer.write(event.SerializeToString())
        shutil.copyfile(run.model, part / run.model.name)
        target = place / name_of(run)
        if target.exists():
            target.rename(Path(scratch) / "earlier")
        system.replace(part, target)


def _events(tracked: TrackedRun) -> Iterator[Any]:
    now = time.time()
    yield tf.compat.v1.Event(wall_time=now, file_version=VERSION)
    for scalar in tracked.scalars:
        value = tf.compat.v1.Summary.Value(tag=scalar.name, simple_value=scalar.value)
        yield _event(now, scalar.step, value)
    rows = "".join(f"| {path} | {as_markdown(value)} |\n" for path, value in tracked.settings.items())
    yield _event(now, 0, _text("settings", f"| Setting | Value |\n| --- | --- |\n{rows}"))
    yield _event(now, 0, _text("report", tracked.report))
    image = tf.compat.v1.Summary.Image(encoded_image_string=tracked.picture)
    yield _event(now, 0, tf.compat.v1.Summary.Value(tag="confusion", image=image))


def _event(now: float, step: int, value: Any) -> Any:
    return tf.compat.v1.Event(wall_time=now, step=step, summary=tf.compat.v1.Summary(value=[value]))


def _text(tag: str, text: str) -> Any:
    """A text, which TensorBoard shows as Markdown."""
    plugin = tf.compat.v1.SummaryMetadata.PluginData(plugin_name="text")
    return tf.compat.v1.Summary.Value(
        tag=tag,
        tensor=tf.make_tensor_proto([text.encode()]),
        metadata=tf.compat.v1.SummaryMetadata(plugin_data=plugin),
    )
