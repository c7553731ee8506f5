"""Splits of annotated pictures: by lists of names, by folders, or by the annotation file of many pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tlcore.data.annotations.annotation import Annotation
from tlcore.data.annotations.files.documents import MalformedFile, content_of, text_of
from tlcore.data.annotations.files.layout import Layout, folder_key, stem, words_of
from tlcore.data.files.source import FileEntry
from tlcore.data.manifest import SPLIT_NAMES, Split
from tlcore.errors import PictureError

MOST_BYTES = 20_000_000


def find_splits(layout: Layout, annotations: Mapping[str, Annotation]) -> tuple[dict[str, Split], set[str]]:
    """The split of each picture, and the lists that say so; none where none is for training."""
    lists = [entry for entry in layout.of_kind(".txt") if _split_of_list(entry.name)]
    listed = {picture: split for entry in lists for picture, split in _listed(entry, layout)}
    splits: dict[str, Split] = {}
    for picture in (entry.name for entry in layout.pictures):
        file = annotations[picture].file if picture in annotations else ""
        if split := listed.get(picture) or split_of(picture, file):
            splits[picture] = split
    has_training = "train" in splits.values()
    return splits if has_training else {}, {
        entry.name for entry in lists
    } if has_training and listed else set()


def split_of(picture: str, file: str) -> Split | None:
    """The split that a picture's folders name, or else its annotation file.

    The name of a file that is of this picture alone is the picture's own, and says nothing.
    """
    folders, _, last = file.rpartition("/")
    words = [*picture.split("/")[:-1], *reversed(folders.split("/"))]
    if stem(last.casefold()) != stem(picture.rpartition("/")[2].casefold()):
        words += words_of(last)
    found = (SPLIT_NAMES.get(folder_key(word)) for word in words)
    return next((split for split in found if split), None)


def _split_of_list(name: str) -> Split | None:
    """The split of a list as VOC has it, `ImageSets/Main/train.txt`, or Ultralytics, `train.txt`."""
    return SPLIT_NAMES.get(stem(name.rpartition("/")[2]).casefold())


def _listed(entry: FileEntry, layout: Layout) -> Iterator[tuple[str, Split]]:
    """The pictures that a list names, one in a line; nothing where it is no such list."""
    split = _split_of_list(entry.name)
    try:
        lines = text_of(content_of(entry, MOST_BYTES)).splitlines()
    except (MalformedFile, PictureError):
        return
    for line in lines:
        try:
            if split and (name := line.strip()):
                yield layout.find(name, entry.name), split
        except LookupError:
            continue
