"""Values on the command line: text as numbers, or one sentence that says what was expected."""

from __future__ import annotations

import argparse
import math
import os

from tlcore.backbones.catalogue.entry import FOLDER_PREFIX

MOST = 2**31 - 1


def number(text: str) -> float:
    """A number, neither infinite nor none.

    Raises:
        ArgumentTypeError: it is no such number.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"expected a number, received {text[:40]!r}")
    return value


def unfreeze(text: str) -> int | str:
    """Number of blocks that train with the head, or "all"."""
    return text if text == "all" else whole(text, "a number of blocks, or all")


def backbone(text: str) -> str:
    """The id of a backbone; a folder by its whole path, since other processes stand elsewhere."""
    if not text.startswith(FOLDER_PREFIX):
        return text
    return FOLDER_PREFIX + os.path.abspath(os.path.expanduser(text.removeprefix(FOLDER_PREFIX)))


def widths(text: str) -> tuple[int, ...]:
    """Sizes of the hidden layers; none for "none"."""
    if text in ("", "none", "0"):
        return ()
    return tuple(whole(width, "layer sizes such as 128 or 128,64, or none") for width in text.split(","))


def sizes(text: str) -> tuple[int, ...]:
    """Examples per class."""
    return tuple(whole(size, "numbers of examples such as 5,10,20") for size in text.split(","))


def side(text: str) -> int:
    """The longest side of a picture, in pixels."""
    return whole(text, "a number of pixels", least=1)


def whole(text: str, expected: str = "a whole number", least: int = -MOST, most: int = MOST) -> int:
    """A whole number of ordinary size.

    Raises:
        ArgumentTypeError: it is none; says what was `expected`.
    """
    try:
        value = int(text)
    except ValueError:
        value = most + 1
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"expected {expected}, received {text[:40]!r}")
    return value
