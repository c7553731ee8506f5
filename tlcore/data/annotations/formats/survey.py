"""Survey of a source: which formats of annotations lie in it, by their names and by some of their files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Literal, Protocol

from tlcore.data.annotations.annotation import Sheet
from tlcore.data.annotations.files.class_lists import ClassList, find_lists
from tlcore.data.annotations.files.documents import MalformedFile
from tlcore.data.annotations.files.layout import Layout, sample
from tlcore.data.annotations.formats import coco, cvat, labelme, masks, voc, yolo
from tlcore.data.files.source import FileEntry, FileSource
from tlcore.errors import PictureError

AnnotationTask = Literal["detection", "segmentation"]
FEWEST = 0.02  # of the pictures must be annotated: some files beside class folders change nothing
_ENDINGS = (".xml", ".json", ".txt")  # of annotation files: where there are none, nothing is sorted
_SHEETS = 200  # of some files: enough to tell what a format is for


class AnnotationFormat(Protocol):
    """One format of annotation files."""

    NAME: str

    def pick(self, layout: Layout) -> list[FileEntry]:
        """Files that may be of this format, by their names."""

    def read(self, entry: FileEntry, classes: ClassList | None) -> Iterator[Sheet]:
        """The sheets of a file, one for each picture; nothing where it is of another format.

        Raises:
            MalformedFile, PictureError: it cannot be read.
        """


FORMATS: tuple[AnnotationFormat, ...] = (voc, coco, yolo, cvat, labelme)  # the first ones are preferred


@dataclass(frozen=True)
class Candidate:
    """A format of which there are files: about how many pictures they are of, and if most have areas."""

    format: AnnotationFormat
    files: list[FileEntry]
    pictures: float
    has_areas: bool


@dataclass(frozen=True)
class Survey:
    """The annotation files of a source."""

    layout: Layout
    lists: list[ClassList]
    candidates: list[Candidate]
    masks: list[FileEntry]
    object_masks: int  # that tell objects apart, and no classes

    @property
    def task(self) -> AnnotationTask:
        areas = max([len(self.masks), *(one.pictures for one in self.candidates if one.has_areas)])
        boxes = max([0, *(one.pictures for one in self.candidates if not one.has_areas)])
        return "segmentation" if areas >= boxes else "detection"

    def of_task(self, task: AnnotationTask) -> list[Candidate]:
        """The formats that can serve a task: areas have boxes around them, but boxes are poor areas."""
        areas = [one for one in self.candidates if one.has_areas]
        return areas if task == "segmentation" and (areas or self.masks) else self.candidates


def survey(source: FileSource) -> Survey | None:
    """The annotation files of a source; None where they are of hardly any picture.

    Raises:
        ArchiveError: the source as a whole is broken.
    """
    found = masks.pick(source.entries)
    if not found and not any(entry.name.lower().endswith(_ENDINGS) for entry in source.entries):
        return None
    layout = Layout(source.entries, {entry.name for entry in found})
    picked = {one: files for one in FORMATS if (files := one.pick(layout))}
    if not layout.pictures or not (picked or found):
        return None
    lists = find_lists(layout)
    candidates = [_look_into(one, files, layout, lists) for one, files in picked.items()]
    class_masks = [entry for entry in found if not masks.is_of_objects(entry)]
    known = [one for one in candidates if one is not None]
    return (
        Survey(layout, lists, known, class_masks, len(found) - len(class_masks))
        if known or class_masks
        else None
    )


def _look_into(
    kind: AnnotationFormat, files: list[FileEntry], layout: Layout, lists: list[ClassList]
) -> Candidate | None:
    """The sheets of some of the files; None where they are of another format, or of hardly any picture."""
    some = sample(files)
    pictures: set[str] = set()
    areas = boxes = objects = sheets = 0
    for entry in some:
        for sheet in islice(_readable(partial(sheets_of, kind, lists), entry), _SHEETS):
            sheets += 1
            objects += len(sheet.objects)
            areas += sum(found.is_area for found in sheet.objects)
            boxes += sum(found.box is not None and not found.is_area for found in sheet.objects)
            pictures |= {found for said in sheet.pictures if (found := _found(layout, said, sheet.file))}
    covered = len(pictures) * len(files) / len(some)
    if not pictures or not objects or (covered < FEWEST * len(layout.pictures) and sheets < _SHEETS):
        return None
    return Candidate(kind, files, covered, areas > boxes)


def sheets_of(kind: AnnotationFormat, lists: list[ClassList], entry: FileEntry) -> Iterator[Sheet]:
    """The sheets of a file, with classes of the list nearest to it; errors as `AnnotationFormat.read`."""
    return kind.read(entry, _list_for(entry, lists))


def _list_for(entry: FileEntry, lists: Sequence[ClassList]) -> ClassList | None:
    """The class list of the nearest folder around a file, or else the one nearest to the top."""
    named = [one for one in lists if one.names and one.file != entry.name]
    around = [one for one in named if entry.name.startswith(one.file[: one.file.rfind("/") + 1])]
    return max(around, key=lambda one: one.file.count("/"), default=named[0] if named else None)


def _readable(sheets: Callable[[FileEntry], Iterator[Sheet]], entry: FileEntry) -> Iterator[Sheet]:
    """The sheets of a file up to where it cannot be read."""
    try:
        yield from sheets(entry)
    except (MalformedFile, PictureError):
        return


def _found(layout: Layout, said: str, file: str) -> str:
    try:
        return layout.find(said, file)
    except LookupError:
        return ""
