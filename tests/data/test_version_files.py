"""Versions on disk: small files that read back as exactly what was written."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.versions import a_manifest, any_edits, example, kept, keys_of, with_states
from tlcore import system, workspace
from tlcore.data import dataset as datasets
from tlcore.data import recent_versions, version_files
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest, Skipped
from tlcore.data.recent_versions import RECENT
from tlcore.data.versions import edits, versions
from tlcore.data.versions.edits import Edit, Exclude, Relabel, Rename
from tlcore.data.versions.example_states import ExampleState, states
from tlcore.errors import DataError, WorkspaceError

PETS = a_manifest(4, unlabelled=2)
MANY = a_manifest(500)


@pytest.fixture
def pets(tmp_path: Path) -> Dataset:
    return kept(tmp_path / "pets", PETS)


def made_of(manifest: Manifest, edit: Edit) -> Manifest:
    """The manifest after the edit; as it is where that changes nothing."""
    try:
        return edits.apply(manifest, edit)
    except DataError:
        return manifest


@settings(max_examples=40, deadline=None)
@given(any_edits(PETS, most=12), st.data(), st.sampled_from([3, 50]))
def test_what_is_read_is_what_was_written(list_of: list[Edit], data: st.DataObject, every: int) -> None:
    groups = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=2).map(tuple)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(version_files, "EVERY", every)
        patch.setattr(version_files, "_SMALL", 1)
        written, dataset = [PETS], kept(Path(folder) / "pets", PETS)
        for edit in list_of:
            manifest = made_of(written[-1], edit)
            found = dict(states(manifest))
            for key in data.draw(st.lists(st.sampled_from(list(found)), max_size=2)):
                found.pop(key, None)
            new = example(data.draw(st.integers(90, 99)), data.draw(st.sampled_from(["cat", "", "ant"])))
            found[new.key] = ExampleState(new, bool(new.label))
            manifest = msgspec.structs.replace(
                with_states(manifest, found),
                version=len(written) + 1,
                change="some words",
                alike=data.draw(st.sampled_from([manifest.alike, data.draw(groups)])),
                skipped=(*manifest.skipped, *data.draw(st.sampled_from([(), (Skipped("a", "b"),)]))),
                shrunk_to=data.draw(st.sampled_from([None, 512])),
            )
            dataset.write(manifest, written[-1])
            written.append(manifest)
        assert [dataset.read(n + 1) for n in range(len(written))] == written
        RECENT.clear()
        assert [dataset.read(n + 1) for n in reversed(range(len(written)))][::-1] == written
        spoken = {e.sha256 for m in written for e in (*m.examples, *m.aside)}
        assert dataset.contents().keys() == spoken


def test_one_example_of_many_is_a_small_file(tmp_path: Path) -> None:
    dataset = kept(tmp_path / "many", MANY)
    for number in range(60):
        versions.change(dataset, Relabel(keys_of(MANY, number), "new"))
    sizes = [dataset.manifest(number).stat().st_size for number in range(1, 62)]
    large = [number for number, size in enumerate(sizes, start=1) if size > sizes[0] / 2]
    assert large == [1, 50]
    assert max(size for size in sizes if size <= sizes[0] / 2) < 1000
    assert dataset.read().counts() == {"cat": 440, "dog": 500, "fox": 500, "new": 60}
    told = versions.history(dataset)
    assert [version.version for version in told] == list(range(61, 0, -1))
    assert all(version.created and "one picture" in version.change for version in told[:-1])


def test_a_change_of_most_is_told_in_full(pets: Dataset) -> None:
    versions.change(pets, Rename("cat", "dog"))
    assert version_files.VERSION_FILE.decode(pets.manifest(2).read_bytes()).since == 0
    versions.change(pets, Exclude(keys_of(PETS, 5)))
    assert version_files.VERSION_FILE.decode(pets.manifest(3).read_bytes()).since == 2


def test_a_version_in_full_is_read_as_ever_and_built_upon(pets: Dataset) -> None:
    """As it was before there were differences: every version a whole manifest."""
    manifest = edits.apply(PETS, Exclude(keys_of(PETS, 5)))
    old = msgspec.structs.replace(manifest, version=2, created="2026-01-01T00:00:00Z", change="words")
    pets.write(old)
    assert pets.manifest(2).read_bytes() == msgspec.json.encode(old) and pets.read() == old
    made = versions.change(pets, Exclude(keys_of(PETS, 6)))
    assert version_files.VERSION_FILE.decode(pets.manifest(3).read_bytes()).since == 2
    assert pets.read() == made and pets.read(2) == old


def test_what_replaying_would_not_give_back_is_told_in_full(tmp_path: Path) -> None:
    """Examples in another order, or two of one key."""
    first = PETS.examples
    for number, examples in enumerate([(*first[1:], first[0]), (*first, first[0])]):
        dataset = kept(tmp_path / f"odd{number}", PETS)
        odd = msgspec.structs.replace(PETS, version=2, examples=examples)
        dataset.write(odd, PETS)
        for clear in (lambda: None, RECENT.clear):
            clear()
            assert dataset.read() == odd
        made = versions.change(dataset, Exclude(keys_of(PETS, 5)))
        for clear in (lambda: None, RECENT.clear):
            clear()
            assert dataset.read() == made


def test_an_edit_keeps_what_it_does_not_change_in_memory_once(
    pets: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pets.read()
    monkeypatch.setattr(datasets.Dataset, "_decode", None)  # from here on nothing is read from the disk
    made = versions.change(pets, Exclude(keys_of(PETS, 4)))
    assert pets.read() is made
    shared = {*map(id, before.examples)} & {*map(id, made.examples)}
    assert len(shared) == len(before.examples) - 1


def test_few_versions_stay_in_memory(pets: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    recent = recent_versions.RecentVersions()
    for number in range(9):
        path = pets.folder / f"{number}.json"
        path.write_text("{}")
        recent.keep(path, PETS)
    here = [number for number in range(9) if recent.get(pets.folder / f"{number}.json")]
    assert here == [5, 6, 7, 8]
    (pets.folder / "8.json").write_text("another")
    assert recent.get(pets.folder / "8.json") is None
    monkeypatch.setattr(recent_versions, "_MOST_EXAMPLES", 1)
    recent.keep(path, MANY)
    assert recent.get(path) is MANY and recent.get(pets.folder / "7.json") is None


def test_nobody_waits_for_another_data_set_and_one_is_decoded_once(
    pets: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = kept(tmp_path / "large", PETS)
    RECENT.clear()
    decode, decoded, may_go_on = datasets.Dataset._decode, list[str](), threading.Event()

    def slowly(self: Dataset, path: Path) -> Manifest:
        decoded.append(self.id)
        assert self.id != "large" or may_go_on.wait(60)
        return decode(self, path)

    monkeypatch.setattr(datasets.Dataset, "_decode", slowly)
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.submit(large.read), threads.submit(large.read)
        while not decoded:
            time.sleep(0.001)
        assert pets.read() and decoded == ["large", pets.id]
        may_go_on.set()
        assert first.result() is second.result() and decoded.count("large") == 1


def test_a_version_that_rests_on_one_that_is_gone_is_refused(pets: Dataset) -> None:
    for number in (4, 5, 6):
        versions.change(pets, Exclude(keys_of(PETS, number)))
    content = pets.manifest(3).read_bytes()
    pets.manifest(3).unlink()
    RECENT.clear()
    with pytest.raises(DataError):
        pets.read(4)
    pets.manifest(3).write_bytes(content.replace(b'"since":2', b'"since":3'))
    with pytest.raises(DataError, match="rests on another"):
        pets.read(4)


@pytest.mark.parametrize("moment", ["before", "while waiting"])
def test_an_edit_of_what_was_deleted_leaves_nothing_in_its_place(
    pets: Dataset, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another tab moves it to the trash in the middle; undoing that finds the place free."""
    away = pets.folder.with_name("trash")
    versions.change(pets, Exclude(keys_of(PETS, 4)))
    locked = system.file_lock

    def delete(manifest: Manifest) -> Manifest:
        if moment == "before":
            pets.folder.rename(away)
        return edits.apply(manifest, Exclude(keys_of(PETS, 5)))

    def late(path: Path, timeout: float = -1) -> object:
        if path.is_relative_to(pets.folder):
            pets.folder.rename(away)
        return locked(path, timeout)

    if moment == "while waiting":
        monkeypatch.setattr(datasets.system, "file_lock", late)
    with pytest.raises(DataError, match="deleted"):
        versions.add_version(pets, delete)
    assert not pets.folder.exists()
    monkeypatch.undo()
    shutil.move(away, pets.folder)
    assert versions.change(pets, Exclude(keys_of(PETS, 5))).version == 3


def test_no_version_is_written_to_a_full_disk(pets: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "free_bytes", lambda _: workspace.KEEP_FREE + 100)
    with pytest.raises(WorkspaceError, match="disk space"):
        versions.change(pets, Exclude(keys_of(PETS, 4)))
    assert pets.latest == 1


@pytest.mark.parametrize("version", [1, 2])
def test_examples_of_a_class_that_there_is_not_are_said(pets: Dataset, version: int) -> None:
    """A file changed by an editor or a stranger: everything else may count on classes that are there."""
    versions.change(pets, Exclude(keys_of(PETS, 4)))
    path = pets.manifest(version)
    path.write_text(path.read_text().replace('"label":"dog', '"label":"=1+1 dog'))
    if version == 2:
        version_files.content_of(msgspec.structs.replace(PETS, version=2, classes=("cat",)), None).write(path)
    with pytest.raises(DataError, match="lacks classes"):
        pets.read(version)
