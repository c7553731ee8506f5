"""Keys of widgets and components, made from ids such as folder names and classes.

A component's key may not have two underscores in a row, and it becomes a CSS class in the browser.
"""

from __future__ import annotations

import hashlib
import re

_WILD = re.compile(r"[^A-Za-z0-9-]")


def key_of(prefix: str, *parts: object) -> str:
    """A key for these ids; different ids give different keys.

    Args:
        prefix: the purpose of the key, in our own letters.
        parts: ids, or other texts from outside. Letters, digits and dashes stay as they are.
    """
    return "_".join([prefix, *(key_part(str(part)) for part in parts)])


def digest_of(*parts: object) -> str:
    """A short digest for a long key, such as a list of ids."""
    return hashlib.sha256(key_of("", *parts).encode()).hexdigest()[:16]


def class_of(key: str) -> str:
    """The CSS class of the element with that key."""
    return f"st-key-{re.sub('[^A-Za-z0-9_-]', '-', key)}"


def key_part(part: str) -> str:
    """An id as a part of a key."""
    return _WILD.sub(lambda found: f".{ord(found[0]):x}.", part) or ".."
