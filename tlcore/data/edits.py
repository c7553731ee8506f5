"""Changes that a person makes to the examples of a data set, as plain data.

An edit names examples by their key, never by their place, so that it still means the same when somebody else
has changed the data set in the meantime. `versions.py` applies it to the newest version and keeps the result.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tlcore.data import readiness
from tlcore.data.manifest import LONGEST_LABEL, Example, Key, Manifest, Split, order_aside, order_used
from tlcore.data.names import clean_text
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


Edit = Relabel | Exclude | Restore | Rename | MoveToSplit


class ExampleState(msgspec.Struct, frozen=True):
    """The state of one example: its entry in the manifest, and whether it is used."""

    example: Example
    used: bool


ExampleStates = dict[Key, ExampleState]


def states(manifest: Manifest) -> ExampleStates:
    """Every example of a version by its key."""
    used = {example.key: ExampleState(example, True) for example in manifest.examples}
    return used | {example.key: ExampleState(example, False) for example in manifest.aside}


def with_states(manifest: Manifest, example_states: ExampleStates) -> Manifest:
    """The manifest with its examples in these states, and the classes, order and problem that follow."""
    used = [state.example for state in example_states.values() if state.used]
    aside = [state.example for state in example_states.values() if not state.used]
    changed = msgspec.structs.replace(
        manifest,
        examples=tuple(sorted(used, key=order_used)),
        aside=tuple(sorted(aside, key=order_aside)),
        classes=tuple(sorted({example.label for example in used})),
    )
    return readiness.with_problem(changed)


def apply(manifest: Manifest, edit: Edit) -> Manifest:
    """The version that `edit` makes of this one; `versions.py` numbers and describes it.

    Raises:
        DataError: a class without a name, or nothing that it would change is there.
    """
    before = states(manifest)
    changed = before | _changes(before, edit)
    if changed == before:
        raise DataError("That changes nothing.", remedy="Reload the page: somebody may have done it already.")
    return with_states(manifest, changed)


def _changes(before: ExampleStates, edit: Edit) -> ExampleStates:
    """The new states of what changes."""
    match edit:
        case Relabel(keys, label):
            return {key: _relabel(before[key], class_name(label)) for key in _existing(before, keys)}
        case Exclude(keys):
            return {key: ExampleState(before[key].example, False) for key in _existing(before, keys)}
        case Restore(keys):
            known = _existing(before, keys)
            return {
                key: ExampleState(before[key].example, True) for key in known if before[key].example.label
            }
        case Rename(old, new):
            name = class_name(new)
            return {
                key: ExampleState(msgspec.structs.replace(state.example, label=name), state.used)
                for key, state in before.items()
                if state.example.label == old
            }
        case MoveToSplit(keys, split):
            return {
                key: ExampleState(msgspec.structs.replace(before[key].example, split=split), before[key].used)
                for key in _existing(before, keys)
            }


def _existing(before: ExampleStates, keys: Iterable[Key]) -> list[Key]:
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
