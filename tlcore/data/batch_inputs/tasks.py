"""Many inputs for a finished model, from files of strangers: what differs by task in one table.

Another task is another module that opens a source, and another entry.
"""

from __future__ import annotations

from tlcore.data.batch_inputs import images, texts
from tlcore.data.batch_inputs.chunks import Opener
from tlcore.data.manifest import Task

OPENERS: dict[Task, Opener] = {"images": images.open_inputs, "texts": texts.open_inputs}
