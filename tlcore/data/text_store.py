"""The texts of a data set on disk: one file beside its manifests, by the SHA-256 of each.

It holds the texts of all versions, and is replaced at once and whole: `texts.json`, or `texts.arrow` where
there are many, which is mapped and not read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.data.examples.example_table import LONG
from tlcore.data.examples.text_table import TextBuilder, TextTable
from tlcore.data.manifest import MAX_TEXT_BYTES
from tlcore.errors import DataError
from tlcore.records import JsonType, MalformedJson

FILE, TABLE = FILES = ("texts.json", "texts.arrow")
_TEXTS = JsonType(dict[str, str])


def texts_file(folder: Path) -> Path | None:
    """The file with the texts of a data set; None: it has none."""
    return next((path for path in (folder / TABLE, folder / FILE) if path.is_file()), None)


def texts_version(folder: Path) -> int:
    """Another number once the texts of a data set are others."""
    for name in (TABLE, FILE):
        with contextlib.suppress(FileNotFoundError):
            return (folder / name).stat().st_mtime_ns
    return 0


def remove_texts(folder: Path) -> None:
    """Remove the texts of a data set, if it has any."""
    for name in FILES:
        (folder / name).unlink(missing_ok=True)


def write_texts(folder: Path, texts: Mapping[str, str]) -> None:
    """Write the texts of a data set beside its manifest: {SHA-256: text}."""
    if len(texts) > LONG and not isinstance(texts, TextTable):
        texts = _built(texts.items())
    if isinstance(texts, TextTable):
        texts.write(folder / TABLE)
        (folder / FILE).unlink(missing_ok=True)
    else:
        system.write_atomic(folder / FILE, msgspec.json.encode(texts))
        (folder / TABLE).unlink(missing_ok=True)


def _built(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    builder = TextBuilder()
    for sha256, text in pairs:
        builder.add(sha256, text, len(text.encode(errors="replace")))
    return builder.finish()


def add_texts(folder: Path, texts: Mapping[str, str]) -> None:
    """Keep more texts beside those that are there, if any.

    Raises:
        DataError: what is there cannot be read, or all of them are more than the limit; it stays as it is.
    """
    before: Mapping[str, str] = read_texts(folder) if texts_file(folder) else {}
    joined = _built(chain(before.items(), texts.items())) if before else texts
    if sum(len(text) for _, text in joined.items()) > MAX_TEXT_BYTES:
        raise DataError(
            f"The data set would have more than {MAX_TEXT_BYTES / 1e6:.0f} MB of texts.", received=folder.name
        )
    write_texts(folder, joined)


def read_texts(folder: Path) -> Mapping[str, str]:
    """The texts of the data set in `folder`.

    Raises:
        DataError: missing, or not what `write_texts` wrote.
    """
    try:
        for name in (TABLE, FILE):
            with contextlib.suppress(FileNotFoundError):
                return TextTable.read(folder / name) if name == TABLE else _TEXTS.read(folder / name)
        return TextTable.read(folder / TABLE)  # an addition has just made it of the other one
    except (OSError, MalformedJson, ValueError) as error:
        raise DataError(
            "The texts of this data set cannot be read.", received=folder.name, remedy="Import it again."
        ) from error
