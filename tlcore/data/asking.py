"""Many inputs for a finished model, from files of strangers: what differs by task in one table.

Another task is another module that opens a source, and another entry.
"""

from __future__ import annotations

from tlcore.data import picture_asking, text_asking
from tlcore.data.manifest import Task
from tlcore.data.pieces import Opener

ASKING: dict[Task, Opener] = {"images": picture_asking.opened, "texts": text_asking.opened}
