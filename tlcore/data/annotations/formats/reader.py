"""Reader of annotated pictures: which formats lie in a source, and all that one of them says.

Where several formats lie side by side they are compared, one is used, and a note says which. Nothing is
guessed in silence: every object that a file has is in an annotation or among the refused, every file that
cannot be used is among the skipped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from tlcore.data.annotations.annotation import Annotation, Sheet
from tlcore.data.annotations.formats import masks
from tlcore.data.annotations.formats.collection import Collection
from tlcore.data.annotations.formats.comparison import compare
from tlcore.data.annotations.formats.splits import find_splits
from tlcore.data.annotations.formats.survey import AnnotationTask, Survey, sheets_of, survey
from tlcore.data.files.source import FileEntry, FileSource
from tlcore.data.manifest import Skipped, Split
from tlcore.errors import DataError

_MOST_KEPT = 200_000_000  # bytes of all masks of a TAR


@dataclass(frozen=True)
class AnnotationKinds:
    """The annotations in a source: the task that it is for, and the formats for that task."""

    task: AnnotationTask
    formats: tuple[str, ...]


@dataclass(frozen=True)
class AnnotatedSource:
    """All that one format says of the pictures of a source.

    `classes` are in the order that the source declares, for segmentation with the background; a class map has
    their places. Of the `objects` in the files each is a box or an area of `annotations`, or `refusals`,
    where they are counted by reason.
    """

    task: AnnotationTask
    classes: tuple[str, ...]
    format: str
    annotations: dict[str, Annotation]  # by the name of the picture's entry
    without: tuple[str, ...]  # pictures that no annotation speaks of
    splits: dict[str, Split]  # pictures whose split the source tells; none where it has none for training
    notes: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    objects: int
    refusals: Counter[str]


def find(source: FileSource) -> AnnotationKinds | None:
    """The annotations in a source; None where there are none, or of hardly any picture.

    Some files of each folder are looked into.

    Raises:
        ArchiveError: the source as a whole is broken.
    """
    found = survey(source)
    if found is None:
        return None
    task = found.task
    names = [one.format.NAME for one in found.of_task(task)]
    return AnnotationKinds(task, (*names, *([masks.NAME] if task == "segmentation" and found.masks else [])))


def read(
    source: FileSource, task: AnnotationTask | None = None, pause: Callable[[], None] = lambda: None
) -> AnnotatedSource:
    """All annotations of a source. Their files are taken out of its entries; what is left may be pictures.

    Args:
        task: what they are wanted for; None: what lies there.
        pause: called before each file; what it raises ends the reading.

    Raises:
        DataError: there is nothing that `find` finds, or more than the limits.
        ArchiveError: the source as a whole is broken.
    """
    found = survey(source)
    if found is None:
        raise DataError("There are no annotations of these pictures.", received=source.name)
    task = task or found.task
    kinds = masks.find_classes(found.masks, found.lists) if task == "segmentation" and found.masks else None
    readings = _readings(source, found, task, kinds, pause)
    name = _best(readings, task)
    best = readings[name]
    splits, lists = find_splits(found.layout, best.annotations)
    told = lists.union(*(reading.files for reading in readings.values()))
    told |= {one.file for one in found.lists} | {mask.name for mask in found.masks}
    source.keep_only(lambda entry: entry.name not in told)
    names = found.lists[0].names.values() if found.lists else ()
    return AnnotatedSource(
        task,
        kinds.names if kinds and name == masks.NAME else best.classes(names),
        name,
        best.annotations,
        tuple(one.name for one in found.layout.pictures if one.name not in best.annotations),
        splits,
        (*(kinds.notes if kinds else ()), *_notes(found, task, name, readings)),
        best.skipped(),
        best.objects,
        best.refusals,
    )


def _readings(
    source: FileSource,
    found: Survey,
    task: AnnotationTask,
    kinds: masks.MaskClasses | None,
    pause: Callable[[], None],
) -> dict[str, Collection]:
    """All that each format says, by its name.

    Raises:
        DataError: none serves the task.
    """
    readings = {
        one.format.NAME: _collect(found, one.files, partial(sheets_of, one.format, found.lists), task, pause)
        for one in found.of_task(task)
    }
    if kinds:
        files = _in_memory(found.masks) if source.kind == "tar" else found.masks
        readings[masks.NAME] = _collect(found, files, partial(masks.read, kinds), task, pause)
    if not readings:
        raise DataError("There are areas of these pictures, and no boxes.", received=source.name)
    return readings


def _in_memory(masks: list[FileEntry]) -> list[FileEntry]:
    """The masks of a TAR with their content, within a bound: a packed one is read anew for each step back."""
    if sum(mask.size for mask in masks) > _MOST_KEPT:
        return masks
    return [replace(mask, read=partial(bytes, mask.read())) for mask in masks]


def _best(readings: dict[str, Collection], task: AnnotationTask) -> str:
    """The format with most boxes, or with areas for most pictures; the first of equals."""

    def rank(name: str) -> tuple[int, int]:
        taken, pictures = readings[name].count, len(readings[name].annotations)
        return (taken, pictures) if task == "detection" else (pictures, taken)

    return max(readings, key=rank)


def _collect(
    survey: Survey,
    files: list[FileEntry],
    sheets: Callable[[FileEntry], Iterable[Sheet]],
    task: AnnotationTask,
    pause: Callable[[], None],
) -> Collection:
    collection = Collection(survey.layout, as_areas=task == "segmentation")
    for entry in files:
        pause()
        collection.read(entry, sheets)
    return collection


def _notes(survey: Survey, task: AnnotationTask, name: str, readings: dict[str, Collection]) -> Iterator[str]:
    """Sentences about the choice, for people."""
    best = readings[name]
    others = {other: reading for other, reading in readings.items() if other != name}
    if task == "detection":
        yield from _comparisons(name, best, others)
    else:
        for other in others:
            yield f"The areas are those of {name}; {other} lies beside them and is not used."
    unused = [one.format.NAME for one in survey.candidates if one.format.NAME not in readings]
    unused += [masks.NAME] if survey.masks and masks.NAME not in readings else []
    if unused:
        yield f"The source was taken for {task}, by {name}; {' and '.join(unused)} is not used."
    if survey.object_masks:
        yield f"Masks that tell objects apart, and not classes, are not used: {survey.object_masks:,}."
    if best.conversions and task == "detection":
        yield f"Areas were taken as the boxes around them: {best.conversions:,}. Most objects have boxes."
    elif best.conversions:
        yield f"Boxes were taken as the areas that they cover: {best.conversions:,}. Most objects have areas."


def _comparisons(name: str, best: Collection, others: dict[str, Collection]) -> Iterator[str]:
    """A sentence on the formats that say the same, and one on each that does not."""
    same: list[str] = []
    for other, reading in others.items():
        found = compare(best.annotations, reading.annotations)
        if not found.only_first and not found.only_second:
            same.append(other)
            continue
        yield (
            f"{name} was used. {other} has {found.shared:,} of its boxes; "
            f"{found.only_first:,} are only in {name} and {found.only_second:,} only in {other}."
        )
    if same:
        boxes = sum(len(annotation.boxes) for annotation in best.annotations.values())
        have = "has" if len(same) == 1 else "have"
        yield f"{name} was used. {' and '.join(same)} {have} the same {boxes:,} boxes."
