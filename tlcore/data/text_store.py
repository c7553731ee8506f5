"""The texts of a data set on disk: one file beside its manifests, `texts.json`, by the SHA-256 of each.

It holds the texts of all versions, and is replaced at once and whole.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from tlcore import system
from tlcore.data.manifest import MAX_TEXT_BYTES
from tlcore.errors import DataError
from tlcore.records import JsonType, MalformedJson

FILE = "texts.json"
_TEXTS = JsonType(dict[str, str])


def write_texts(folder: Path, texts: dict[str, str]) -> None:
    """Write the texts of a data set beside its manifest: {SHA-256: text}."""
    system.write_atomic(folder / FILE, msgspec.json.encode(texts))


def add_texts(folder: Path, texts: dict[str, str]) -> None:
    """Keep more texts beside those that are there, if any.

    Raises:
        DataError: what is there cannot be read, or all of them are more than the limit; it stays as it is.
    """
    before = read_texts(folder) if (folder / FILE).is_file() else {}
    joined = before | texts
    if sum(map(len, joined.values())) > MAX_TEXT_BYTES:
        raise DataError(
            f"The data set would have more than {MAX_TEXT_BYTES / 1e6:.0f} MB of texts.", received=folder.name
        )
    write_texts(folder, joined)


def read_texts(folder: Path) -> dict[str, str]:
    """The texts of the data set in `folder`.

    Raises:
        DataError: missing, or not what `write_texts` wrote.
    """
    try:
        return _TEXTS.read(folder / FILE)
    except (OSError, MalformedJson) as error:
        raise DataError(
            "The texts of this data set cannot be read.", received=folder.name, remedy="Import it again."
        ) from error
