"""Openers of a batch's inputs, one for each task.

Another task is another module that opens a source, and another entry.
"""

from __future__ import annotations

from tlcore.data.batch_inputs import images, texts
from tlcore.data.batch_inputs.chunks import Opener
from tlcore.data.manifest import Task

OPENERS: dict[Task, Opener] = {"images": images.open_inputs, "texts": texts.open_inputs}
