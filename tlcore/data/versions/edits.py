"""Changes that a person makes to the examples of a data set, as plain data.

An edit names examples by their key, never by their place, so that it still means the same when somebody else
has changed the data set in the meantime. `versions.py` applies it to the newest version and keeps the result.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

import msgspec

from tlcore.config.task import INPUTS, Task
from tlcore.data import readiness
from tlcore.data.manifest import (
    LONGEST_LABEL,
    Key,
    Manifest,
    Split,
)
from tlcore.data.names import clean_text
from tlcore.data.task_words import WORDS
from tlcore.data.versions import annotation_edits
from tlcore.data.versions.annotation_edits import RemoveBoxes, SetAreas, SetBoxes
from tlcore.data.versions.example_states import ExampleState, ExampleStates, showing, states, with_changes
from tlcore.errors import DataError, printable


class Relabel(msgspec.Struct, frozen=True):
    """Give these examples another class. What was set aside is used again."""

    keys: tuple[Key, ...]
    label: str


class Exclude(msgspec.Struct, frozen=True):
    """Set these examples aside: they stay in the data set and are not used."""

    keys: tuple[Key, ...]


class Restore(msgspec.Struct, frozen=True):
    """Use these examples again."""

    keys: tuple[Key, ...]


class Rename(msgspec.Struct, frozen=True):
    """Give a class another name; where a class has that name already, the two become one."""

    old: str
    new: str


class MoveToSplit(msgspec.Struct, frozen=True):
    """Put these examples into a split; None: into whichever is drawn."""

    keys: tuple[Key, ...]
    split: Split | None


class ChangeTask(msgspec.Struct, frozen=True):
    """Let pictures of which nobody has said anything be for another task."""

    task: Task


ExampleEdit = Relabel | Exclude | Restore | Rename | MoveToSplit | SetBoxes | SetAreas | RemoveBoxes
Edit = ExampleEdit | ChangeTask


DRAWN_FOR: dict[type[Edit], Task] = {SetBoxes: "detection", SetAreas: "segmentation"}


def apply(manifest: Manifest, edit: Edit) -> Manifest:
    """The version that `edit` makes of this one; `versions.py` numbers and describes it.

    Raises:
        DataError: a class without a name, nothing that it would change is there, somebody else has changed
            it, pictures whose objects or areas have classes are to get one, or the data are for another task.
    """
    if isinstance(edit, ChangeTask):
        return _with_task(manifest, edit.task)
    if isinstance(edit, Relabel) and INPUTS[manifest.task] != manifest.task:
        raise DataError(
            f"Here {WORDS[manifest.task].marks} have classes, and pictures have none.",
            remedy="Open the picture, and correct what is drawn on it.",
        )
    if DRAWN_FOR.get(type(edit), manifest.task) != manifest.task:
        raise other_task(manifest)
    before = states(manifest, getattr(edit, "keys", None))
    changes = _changes(before, edit)
    classes = _classes_after(manifest, edit)
    if classes == manifest.classes and all(before[key] == state for key, state in changes.items()):
        raise _unchanged()
    return with_changes(msgspec.structs.replace(manifest, classes=classes), changes)


def other_task(manifest: Manifest) -> DataError:
    """The error of whoever says of pictures what the data set is no longer for."""
    return DataError(
        f"In the meantime this became a data set whose pictures have {WORDS[manifest.task].marks}.",
        received=manifest.name,
        remedy="Reload the page. The Versions tab says what was changed, and can undo it.",
    )


def _unchanged() -> DataError:
    return DataError("That changes nothing.", remedy="Reload the page: somebody may have done it already.")


def _with_task(manifest: Manifest, task: Task) -> Manifest:
    """The same pictures for another task.

    Raises:
        DataError: something is said of them already, they are no pictures, or they are for that task.
    """
    if task == manifest.task:
        raise _unchanged()
    if INPUTS[manifest.task] != "images" or INPUTS[task] != "images":
        raise DataError("Only pictures can get boxes or areas.", received=manifest.task)
    if any(example.is_labelled for example in itertools.chain(manifest.examples, manifest.aside)):
        raise DataError(
            "Some of these pictures have a class, boxes or areas already.",
            remedy="Bring the pictures once more, without folders for classes, as another data set.",
        )
    return readiness.with_problem(msgspec.structs.replace(manifest, task=task, classes=()))


def _classes_after(manifest: Manifest, edit: Edit) -> tuple[str, ...]:
    """The classes after an edit, in their order, where the examples alone do not say it.

    Raises:
        DataError: a name is none, two classes of areas would become one, which class maps tell apart, or
            somebody else has added one.
    """
    if isinstance(edit, SetAreas):
        if edit.classes[: len(manifest.classes)] != manifest.classes:
            raise DataError(
                "Somebody else has changed the classes in the meantime. Your areas are still here.",
                remedy="Save once more.",
            )
        return edit.classes
    if not isinstance(edit, Rename):
        return manifest.classes
    name = class_name(edit.new)
    is_merged = name in manifest.classes and edit.old in manifest.classes and name != edit.old
    if is_merged and manifest.task == "segmentation":
        raise DataError(
            "Two classes of areas cannot become one.",
            received=printable(name),
            remedy="Draw the areas of one as the other, or choose a name that no class has.",
        )
    if is_merged:
        return tuple(label for label in manifest.classes if label != edit.old)
    return tuple(name if label == edit.old else label for label in manifest.classes)


def _changes(before: Mapping[Key, ExampleState], edit: ExampleEdit) -> ExampleStates:
    """The new states of what changes."""
    match edit:
        case Relabel(keys, label):
            return {key: _relabel(before[key], class_name(label)) for key in _existing(before, keys)}
        case Exclude(keys):
            return {key: ExampleState(before[key].example, False) for key in _existing(before, keys)}
        case Restore(keys):
            known = _existing(before, keys)
            return {
                key: ExampleState(before[key].example, True)
                for key in known
                if before[key].example.is_labelled
            }
        case Rename(old, new):
            name = class_name(new)
            return {
                key: ExampleState(annotation_edits.rename(state.example, old, name), state.used)
                for key, state in showing(before, old)
            }
        case SetBoxes() | SetAreas():
            if edit.key not in before:
                raise annotation_edits.picture_gone(edit.key)
            return {edit.key: ExampleState(annotation_edits.annotate(before[edit.key].example, edit), True)}
        case RemoveBoxes(boxes):
            gone = annotation_edits.by_key(boxes)
            return {
                key: ExampleState(
                    annotation_edits.remove_boxes(before[key].example, gone[key]), before[key].used
                )
                for key in _existing(before, gone)
            }
        case MoveToSplit(keys, split):
            return {
                key: ExampleState(msgspec.structs.replace(before[key].example, split=split), before[key].used)
                for key in _existing(before, keys)
            }


def _existing(before: Mapping[Key, ExampleState], keys: Iterable[Key]) -> list[Key]:
    return [key for key in keys if key in before]


def _relabel(state: ExampleState, label: str) -> ExampleState:
    return ExampleState(msgspec.structs.replace(state.example, label=label), True)


def class_name(text: str) -> str:
    """A class name as it is kept: clean text of at most 100 characters.

    Raises:
        DataError: nothing of it is left.
    """
    name = clean_text(text)[:LONGEST_LABEL].strip()
    if not name:
        raise DataError("A class needs a name.", received=printable(text), remedy="Type one.")
    return name
