"""The base of every part of the configuration, and the types that several parts share."""

from __future__ import annotations

from typing import Annotated

import msgspec

# Wider than any rate that teaches anything, and well within the numbers that TensorFlow computes with.
Rate = Annotated[float, msgspec.Meta(ge=1e-30, le=1e6)]


class ConfigPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the configuration: immutable, and strict about its keys.

    A field's `Meta` holds all that people read of the setting (`settings.py` gives it to pages and commands):
    title and description, where `{one}`, `{many}` and `{block}` stand for the words of a task; and in `extra`
    the `unit` ("%" of a share), what an `empty` value is called, and a `slider` of (least, most, step) where
    it is narrower than the bounds. Bounds stand inside a union, words outside.
    """
