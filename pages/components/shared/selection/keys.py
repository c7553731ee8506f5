"""Keys of widgets and components, made from ids: any folder name and any class, as Streamlit takes them.

A component's key may not hold two underscores in a row, and the browser finds an element by its key, as a CSS
class.
"""

from __future__ import annotations

import hashlib
import re

_WILD = re.compile(r"[^A-Za-z0-9-]")


def key_of(prefix: str, *parts: object) -> str:
    """The key of what belongs to these ids; with one prefix, other ids have another key.

    Args:
        prefix: what it is for, in our own letters.
        parts: ids, or other texts from outside. One of letters, digits and dashes stays as it is.
    """
    return "_".join([prefix, *(key_part(str(part)) for part in parts)])


def digest_of(*parts: object) -> str:
    """A short key for what would make a long one, such as a list of ids."""
    return hashlib.sha256(key_of("", *parts).encode()).hexdigest()[:16]


def class_of(key: str) -> str:
    """The CSS class by which the browser finds what has that key."""
    return f"st-key-{re.sub('[^A-Za-z0-9_-]', '-', key)}"


def key_part(part: str) -> str:
    """An id as a part of a key that is made up elsewhere."""
    return _WILD.sub(lambda found: f".{ord(found[0]):x}.", part) or ".."
