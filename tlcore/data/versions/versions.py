"""The versions of a data set: every change makes a new one, in words, and can be undone.

A version is never changed. Whoever changes a data set takes the newest version, makes the next one of it and
keeps that under the next number; where somebody else was quicker, the change is made anew on theirs. So two
tabs that edit at once lose nothing, and a process that is killed leaves the old version or the new one.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.data.versions import edits
from tlcore.data.versions.change_description import describe
from tlcore.data.versions.edits import ChangeTask, Edit, Rename
from tlcore.data.versions.example_states import ExampleStates, changed_states, states, with_changes
from tlcore.errors import DataError, printable
from tlcore.records import JsonType

TRIES = 100


class Version(msgspec.Struct, frozen=True):
    """One version in a list of versions."""

    version: int
    created: str = ""
    change: str = ""


VERSION = JsonType(Version)


def history(dataset: Dataset) -> list[Version]:
    """All versions, the newest first; examples are not kept in memory."""
    numbers = range(dataset.latest, 0, -1)
    paths = [dataset.manifest(number) for number in numbers]
    return [VERSION.read(path) for path in paths if path.is_file()]


def change(dataset: Dataset, edit: Edit) -> Manifest:
    """Apply `edit` to the newest version and store the result as the next.

    Raises:
        DataError: as `edits.apply`; nothing is kept then.
    """
    return add_version(dataset, lambda manifest: edits.apply(manifest, edit))


def undo(dataset: Dataset, version: int) -> Manifest:
    """Take back what `version` changed, as a new version; what was changed again since then stays.

    Raises:
        DataError: it is the first one, nothing of its change is left, or the data are for another task.
    """
    if version <= 1:
        raise DataError("The first version cannot be undone.", remedy="Delete the data set instead.")
    older, newer = (dataset.read(number) for number in (version - 1, version))
    prefix = f"Undid version {version}: "
    reverse = _reverse_edit(older, newer)
    if reverse is not None:
        return add_version(dataset, lambda manifest: edits.apply(manifest, reverse), prefix)
    before, after = changed_states(older, newer)

    def back(manifest: Manifest) -> Manifest:
        now = states(manifest, (before | after).keys())
        undone = [key for key in before | after if now.get(key) == after.get(key)]
        if not undone:
            raise DataError("Nothing of that change is left to undo.", received=f"version {version}")
        old = {key: before[key] for key in undone if key in before}
        if manifest.task != older.task and any(state.example.is_labelled for state in old.values()):
            raise edits.other_task(manifest)
        classes = _classes_for_maps(manifest, older, old)
        return with_changes(msgspec.structs.replace(manifest, classes=classes), dict.fromkeys(undone) | old)

    return add_version(dataset, back, prefix)


def _reverse_edit(older: Manifest, newer: Manifest) -> Edit | None:
    """The edit that takes back what is not said by the examples alone; None: they say it all."""
    if older.task != newer.task:
        return ChangeTask(older.task)
    renamed = [
        (old, new) for old, new in zip(older.classes, newer.classes, strict=False) if new not in older.classes
    ]
    if older.task == "segmentation" and len(older.classes) == len(newer.classes) and len(renamed) == 1:
        ((old, new),) = renamed
        return Rename(new, old)
    return None


def _classes_for_maps(manifest: Manifest, older: Manifest, back: ExampleStates) -> tuple[str, ...]:
    """The classes of the newest version, with which class maps that come `back` from an older one still say
    the same: they hold places in its classes.

    Raises:
        DataError: other classes have these places by now.
    """
    areas = {area for state in back.values() for area in state.example.areas}
    classes, count = manifest.classes, len(manifest.classes)
    if areas and older.classes[:count] == classes:
        classes = older.classes
    for area in sorted(areas):
        at = older.classes.index(area)
        if classes[at : at + 1] != (area,):
            raise DataError(
                "The classes of areas have changed too much since then to undo this.",
                received=printable(area),
                remedy="Draw the areas again.",
            )
    return classes


def add_version(dataset: Dataset, make: Callable[[Manifest], Manifest], prefix: str = "") -> Manifest:
    """Store what `make` returns for the newest version as the next one; safe when many do so at once.

    Raises:
        DataError: from `make`; or others were always quicker, or the data set was deleted.
        WorkspaceError: the disk is full.
    """
    for _ in range(TRIES):
        newest = dataset.read()
        made = make(newest)
        made = msgspec.structs.replace(
            made,
            version=newest.version + 1,
            created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            change=prefix + describe(newest, made),
        )
        try:
            dataset.write(made, newest)
        except FileExistsError:
            continue
        return made
    raise DataError("Others keep changing this data set.", remedy="Try again in a moment.")
