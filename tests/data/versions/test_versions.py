from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures import ROOT
from tests.fixtures.versions import LABELS, a_manifest, any_edits, example, kept, keys_of, with_states
from tlcore import system
from tlcore.data import version_files
from tlcore.data.dataset import Dataset
from tlcore.data.versions import versions
from tlcore.data.versions.edits import Edit, Exclude, Relabel, Rename, Restore, apply
from tlcore.data.versions.example_states import ExampleState, states
from tlcore.errors import DataError

PETS = a_manifest(4, unlabelled=2)  # cats 0 to 3, dogs 4 to 7, foxes 8 to 11, 12 and 13 without a class


@pytest.fixture
def pets(tmp_path: Path) -> Dataset:
    return kept(tmp_path / "pets", PETS)


def changed(dataset: Dataset, edits: list[Edit]) -> None:
    """Make what changes anything."""
    for edit in edits:
        try:
            versions.change(dataset, edit)
        except DataError:
            continue


def check_whole(dataset: Dataset) -> None:
    """All versions are there, readable, and hold every example once."""
    for number in range(1, dataset.latest + 1):
        manifest = dataset.read(number)
        assert manifest.version == number
        assert len(states(manifest)) == len(manifest.examples) + len(manifest.aside) == 14


def test_each_change_is_a_version_with_its_words(pets: Dataset) -> None:
    versions.change(pets, Relabel(keys_of(PETS, 0, 1, 2), "dog"))
    versions.change(pets, Exclude(keys_of(PETS, 8)))
    told = versions.history(pets)
    assert [version.version for version in told] == [3, 2, 1]
    assert [version.change for version in told[:2]] == [
        "one picture set aside",
        "3 pictures from “cat” to “dog”",
    ]
    assert all(version.created.endswith("Z") for version in told[:2])
    assert pets.read(1) == PETS and pets.read() == pets.read(3)


def test_undo_of_the_newest_and_redo(pets: Dataset) -> None:
    versions.change(pets, Rename("cat", "dog"))
    back = versions.undo(pets, 2)
    assert states(back) == states(PETS) and back.classes == PETS.classes
    assert back.change == "Undid version 2: 4 pictures from “dog” to “cat”"
    again = versions.undo(pets, 3)
    assert states(again) == states(pets.read(2)) and again.change.startswith("Undid version 3: class “cat”")


def test_undo_leaves_what_was_changed_since(pets: Dataset) -> None:
    versions.change(pets, Relabel(keys_of(PETS, 0, 1), "dog"))
    versions.change(pets, Relabel(keys_of(PETS, 1, 5), "fox"))
    back = states(versions.undo(pets, 2))
    labels = {int(key[0], 16): state.example.label for key, state in back.items()}
    assert [labels[n] for n in (0, 1, 5, 4)] == ["cat", "fox", "fox", "dog"]


def test_undo_of_an_addition_takes_it_out_and_redo_brings_it_back(pets: Dataset) -> None:
    new = example(99, "cat")
    versions.add_version(pets, lambda m: with_states(m, states(m) | {new.key: ExampleState(new, True)}))
    versions.change(pets, Exclude(keys_of(PETS, 4)))
    assert new.key not in states(versions.undo(pets, 2))
    assert states(versions.undo(pets, 4))[new.key].used
    assert not states(pets.read())[keys_of(PETS, 4)[0]].used


def test_there_is_nothing_to_undo(pets: Dataset) -> None:
    with pytest.raises(DataError, match="first version"):
        versions.undo(pets, 1)
    versions.change(pets, Exclude(keys_of(PETS, 0)))
    versions.change(pets, Restore(keys_of(PETS, 0)))
    with pytest.raises(DataError, match="Nothing of that change"):
        versions.undo(pets, 2)
    with pytest.raises(DataError):
        versions.undo(pets, 9)
    assert pets.latest == 3


@settings(max_examples=40, deadline=None)
@given(any_edits(PETS), st.data())
def test_undo_of_any_version(edits: list[Edit], data: st.DataObject) -> None:
    """Examples that a version changed are as before it, unless somebody has touched them since."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = kept(Path(folder) / "pets", PETS)
        changed(dataset, edits)
        check_whole(dataset)
        if dataset.latest == 1:
            return
        number = data.draw(st.integers(2, dataset.latest))
        before, after, now = (states(dataset.read(n)) for n in (number - 1, number, None))
        untouched = {key for key in now if before[key] != after[key] and now[key] == after[key]}
        if not untouched:
            with pytest.raises(DataError):
                versions.undo(dataset, number)
            return
        found = states(versions.undo(dataset, number))
        assert found == {key: (before if key in untouched else now)[key] for key in now}
        assert states(versions.undo(dataset, dataset.latest)) == now, "redo"
        check_whole(dataset)


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.integers(0, 11), min_size=1, max_size=6), st.sets(st.integers(0, 11), min_size=1, max_size=6)
)
def test_undo_is_as_if_only_the_other_edits_had_been_made(one: set[int], other: set[int]) -> None:
    other -= one
    first, second = (Relabel(keys_of(PETS, *sorted(numbers)), "new") for numbers in (one, other))
    with tempfile.TemporaryDirectory() as folder:
        dataset = kept(Path(folder) / "pets", PETS)
        changed(dataset, [first, second])
        found = versions.undo(dataset, 2)
    only = apply(PETS, second) if other else PETS
    assert (found.examples, found.aside, found.classes) == (only.examples, only.aside, only.classes)


def test_two_tabs_at_once_lose_nothing(pets: Dataset) -> None:
    """Each thread stands for a tab: both relabel other examples, as fast as they can."""
    start = threading.Barrier(2)

    def edits(numbers: range) -> None:
        start.wait()
        for number in numbers:
            versions.change(pets, Relabel(keys_of(PETS, number), f"tab {numbers.start}"))

    tabs = [threading.Thread(target=edits, args=(range(at, at + 6),)) for at in (0, 6)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert pets.latest == 13 and pets.read().counts() == {"tab 0": 6, "tab 6": 6}
    check_whole(pets)


WRITER = """
import sys
from pathlib import Path
from tests.fixtures.versions import keys_of
from tlcore.data.versions import versions
from tlcore.data.dataset import Dataset
from tlcore.data.versions.edits import Relabel
dataset, first, count = Dataset(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
start = dataset.read(1)
for number in range(first, first + count):
    versions.change(dataset, Relabel(keys_of(start, number), f"n{number}"))
"""


def writer(*arguments: object, code: str = WRITER) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)


def test_four_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    start = a_manifest(14)
    dataset = kept(tmp_path / "pets", start)
    processes = [writer(dataset.folder, 10 * n, 10) for n in range(4)]
    said = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, said
    assert dataset.latest == 41
    found = {int(key[0], 16): state.example.label for key, state in states(dataset.read()).items()}
    assert found == {n: f"n{n}" if n < 40 else LABELS[n // 14] for n in range(42)}
    history = versions.history(dataset)
    assert [version.version for version in history] == list(range(41, 0, -1))
    assert all("one picture" in version.change for version in history[:-1])
    for number in range(2, 42):  # each is one edit made to the version before it
        before, after = (states(dataset.read(n)) for n in (number - 1, number))
        assert sum(before[key] != after[key] for key in before) == 1


DYING = """
import os, signal, sys
from tlcore import system
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
fsync, replace = os.fsync, os.replace
def fsync_and_die(*a): fsync(*a); die()
def replace_and_die(*a): replace(*a); die()
moment = sys.argv.pop()
if moment == "half": os.fsync = lambda number: (os.ftruncate(number, 100), die())
if moment == "written": os.fsync = fsync_and_die
if moment == "before": os.replace = die
if moment == "after": os.replace = replace_and_die
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize("moment", ["half", "written", "before", "after"])
def test_a_writer_that_is_killed_leaves_the_old_version_or_the_new(pets: Dataset, moment: str) -> None:
    process = writer(pets.folder, 0, 1, moment, code=DYING + WRITER)
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert pets.latest == (2 if moment == "after" else 1)
    check_whole(pets)
    made = versions.change(pets, Relabel(keys_of(PETS, 5), "fox"))
    assert pets.read() == made and made.version == pets.latest == (3 if moment == "after" else 2)
    check_whole(pets)
    assert {path.name for path in pets.folder.glob("versions/*")} <= {".lock", "2.json", "3.json"}


@pytest.fixture
def moments() -> Iterator[float]:
    chance = random.Random(4)
    return (chance.uniform(0, 0.1) for _ in range(5))


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_writers_killed_at_random_moments(tmp_path: Path, moments: Iterator[float]) -> None:
    dataset = kept(tmp_path / "pets", a_manifest(200))
    for moment in moments:
        before = dataset.latest
        process = writer(dataset.folder, before, 400)
        until = time.monotonic() + 60
        while dataset.latest == before and process.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(moment)
        process.kill()
        process.communicate()
        assert dataset.latest > before
    for number in range(1, dataset.latest + 1):
        assert version_files.VERSION_FILE.decode(dataset.manifest(number).read_bytes()).version == number
        assert len(states(dataset.read(number))) == 600
    with system.file_lock(dataset.manifest(2).with_name(".lock"), timeout=1):  # nobody dead holds it
        pass
