"""The file that holds a run: a ZIP whose first entry, `bundle.json`, names all others with size and SHA-256.

`pack.py` writes it, `unpack.py` reads it. Its entries are files of the run's folder under their own names,
`data/` with the list of its examples, and `earlier/<n>/` for the runs that it went on from: these tell which
examples its model has seen.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import msgspec

from tlcore.data.manifest import MAX_TEXT_BYTES
from tlcore.records import JsonType

FORMAT = 1
SUFFIX = ".graft"
TABLE = "bundle.json"
MOST_TABLE = 60_000_000  # bytes: 200,000 entries
MOST_EARLIER = 20  # runs, each gone on from the next
MOST_THUMBNAIL = 300_000  # bytes: 128 pixels of noise are a tenth of it
LONGEST_NAME = 100  # characters
LONGEST_FOLDER = 255  # characters of its name
NAMELESS = "own-model"  # a folder whose name no receiver takes
NEEDED = ("config.json", "labels.json", "report.json", "model.keras")
DATA, EARLIER = "data", "earlier"  # folders in a run that was handed on
MANIFEST, TEXTS = f"{DATA}/manifest.json", f"{DATA}/texts.json"
_MOST_MANIFEST = 500_000_000
# Entry → the most bytes that it may have.
LIMITS = {
    "config.json": 1_000_000,
    "labels.json": 1_000_000,
    "report.json": 100_000_000,
    "model.keras": 8_000_000_000,
    "metrics.jsonl": 20_000_000,
    "study.json": 50_000_000,
    "features.npz": 1_000_000_000,
    "before_refit.npz": 1_000_000_000,
    "decision.json": 10_000,
    "notes.json": 10_000,
    MANIFEST: _MOST_MANIFEST,
    TEXTS: 2 * MAX_TEXT_BYTES,
}
_THUMBNAIL = re.compile(rf"{DATA}/thumbs/([0-9a-f]{{2}})/(\1[0-9a-f]{{62}})\.jpg")
_EARLIER = re.compile(rf"{EARLIER}/([1-9][0-9]?)/(config\.json|{MANIFEST})")


class BundleEntry(msgspec.Struct, frozen=True):
    """The hash and size that an entry has to have."""

    sha256: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    bytes: Annotated[int, msgspec.Meta(ge=0)]


class BundleFormat(msgspec.Struct, frozen=True):
    """The part of `bundle.json` that every version has."""

    format: int


class Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of `bundle.json`. `name`: of the run, for people; `made_by`: Graft's version."""

    format: int
    made_by: str
    name: str
    entries: dict[str, BundleEntry]


BUNDLE, BUNDLE_FORMAT = JsonType(Bundle), JsonType(BundleFormat)


def most_bytes(entry: str) -> int | None:
    """The most bytes that an entry of this name may have; None: no file that holds a run has it."""
    if thumbnail_of(entry):
        return MOST_THUMBNAIL
    if found := _EARLIER.fullmatch(entry):
        if int(found[1]) > MOST_EARLIER:
            return None
        return LIMITS["config.json"] if found[2] == "config.json" else _MOST_MANIFEST
    return LIMITS.get(entry)


def thumbnail_of(entry: str) -> str | None:
    """The SHA-256 of the picture that this entry is a thumbnail of; None: it is no thumbnail."""
    found = _THUMBNAIL.fullmatch(entry)
    return found[2] if found else None


def is_plain(folder: str) -> bool:
    """Tell whether this is a folder's name alone, which leads nowhere on a receiver's computer."""
    is_last = folder == Path(folder.replace("\\", "/")).name and folder not in ("", ".", "..")
    return is_last and not folder.startswith("~") and len(folder) <= LONGEST_FOLDER


def plain_name(folder: str) -> str:
    """The name of a folder without its place, as `is_plain` lets it pass."""
    name = Path(folder).name
    return name if is_plain(name) else NAMELESS


def earlier_folder(number: int) -> str:
    """The folder of the run that it went on from (1), of the one before that (2), and so on."""
    return f"{EARLIER}/{number}"
