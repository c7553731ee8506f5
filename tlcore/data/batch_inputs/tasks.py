"""Openers of a batch's inputs, one for each kind."""

from __future__ import annotations

from tlcore.config.task import InputKind
from tlcore.data.batch_inputs import images, texts
from tlcore.data.batch_inputs.chunks import Opener

OPENERS: dict[InputKind, Opener] = {"images": images.open_inputs, "texts": texts.open_inputs}
