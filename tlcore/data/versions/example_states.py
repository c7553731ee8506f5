"""The states of the examples of a version, by key: what edits change, and what tells two versions apart."""

from __future__ import annotations

import itertools
from collections.abc import Collection, ItemsView, Iterable, Iterator, Mapping, Sequence

import msgspec
import numpy as np

from tlcore.config.task import INPUTS
from tlcore.data import readiness
from tlcore.data.examples.example_table import ExampleTable
from tlcore.data.examples.rows import have_keys, have_label, pick
from tlcore.data.examples.summary import shown_classes, with_key
from tlcore.data.manifest import Example, Key, Manifest, keys_of, order_aside, order_used
from tlcore.data.version_files import held_twice, unshared, with_others


class ExampleState(msgspec.Struct, frozen=True, gc=False):
    """The state of one example: its entry in the manifest, and whether it is used."""

    example: Example
    used: bool


ExampleStates = dict[Key, ExampleState]


class _TableStates(Mapping[Key, ExampleState]):
    """The examples of a version that has tables, by key; a state is made when somebody asks for it."""

    def __init__(self, manifest: Manifest) -> None:
        self._sides = ((manifest.examples, True), (manifest.aside, False))

    def __getitem__(self, key: Key) -> ExampleState:
        for side, used in self._sides:
            if (found := with_key(side, key)) is not None:
                return ExampleState(found, used)
        raise KeyError(key)

    def __iter__(self) -> Iterator[Key]:
        return itertools.chain.from_iterable(keys_of(side) for side, _ in self._sides)

    def __len__(self) -> int:
        return sum(len(side) for side, _ in self._sides)

    def of(self, keys: Collection[Key]) -> ExampleStates:
        """Those that have one of these keys; quicker than to ask for each."""
        wanted, found = {*keys}, {}
        for side, used in self._sides:
            for example in pick(side, np.flatnonzero(have_keys(side, wanted))):
                found[example.key] = ExampleState(example, used)
        return found

    def showing(self, label: str) -> Iterator[tuple[Key, ExampleState]]:
        """Those that show a class."""
        for side, used in self._sides:
            for example in pick(side, np.flatnonzero(have_label(side, label))):
                yield example.key, ExampleState(example, used)

    def items(self) -> ItemsView[Key, ExampleState]:
        return _TableItems(self, self._sides)


class _TableItems(ItemsView[Key, ExampleState]):
    """One after the other: quicker than to look for each key."""

    def __init__(self, whole: _TableStates, sides: Iterable[tuple[Sequence[Example], bool]]) -> None:
        super().__init__(whole)
        self._sides = sides

    def __iter__(self) -> Iterator[tuple[Key, ExampleState]]:
        return ((e.key, ExampleState(e, used)) for side, used in self._sides for e in side)


def showing(whole: Mapping[Key, ExampleState], label: str) -> Iterator[tuple[Key, ExampleState]]:
    """The examples that show a class, with their keys."""
    if isinstance(whole, _TableStates):
        return whole.showing(label)
    return ((key, state) for key, state in whole.items() if label in state.example.labels)


def states(manifest: Manifest, keys: Collection[Key] | None = None) -> Mapping[Key, ExampleState]:
    """Every example of a version by its key; or at least those that have one of these keys."""
    if isinstance(manifest.examples, ExampleTable) or isinstance(manifest.aside, ExampleTable):
        whole = _TableStates(manifest)
        return whole if keys is None else whole.of(keys)
    return _states(manifest.examples, manifest.aside)


def _states(used: Iterable[Example], aside: Iterable[Example]) -> ExampleStates:
    found = {(e.sha256, e.name): ExampleState(e, True) for e in used}
    found.update(((e.sha256, e.name), ExampleState(e, False)) for e in aside)
    return found


def changed_states(before: Manifest, after: Manifest) -> tuple[ExampleStates, ExampleStates]:
    """The states of the examples that differ, before and after; a key is in one of the two or in both."""
    was, now = unshared(before, after)
    old, new = _states(*was), _states(*now)
    for key in held_twice(after, old.keys() - new.keys()):
        del old[key]
    same = [key for key, state in old.items() if new.get(key) == state]
    for key in same:
        del old[key], new[key]
    return old, new


def with_changes(manifest: Manifest, changes: Mapping[Key, ExampleState | None]) -> Manifest:
    """The manifest with some examples in other states, or gone (None), and its classes, order and problem."""
    now = [state for state in changes.values() if state is not None]
    used = with_others(manifest.examples, changes, [state.example for state in now if state.used], order_used)
    aside = with_others(
        manifest.aside, changes, [state.example for state in now if not state.used], order_aside
    )
    classes = _classes(manifest, used, aside)
    return readiness.with_problem(
        msgspec.structs.replace(manifest, examples=used, aside=aside, classes=classes)
    )


def _classes(manifest: Manifest, used: Sequence[Example], aside: Sequence[Example]) -> tuple[str, ...]:
    """The classes of what is used. Those of objects stay in their order, and those of areas stay altogether:
    class maps hold places in it.
    """
    shown = shown_classes(used)
    if INPUTS[manifest.task] == manifest.task:
        return tuple(sorted(shown))
    has_maps = any(example.mask for example in itertools.chain(used, aside))
    known = [label for label in manifest.classes if has_maps or label in shown]
    return (*known, *sorted(shown - set(known)))
