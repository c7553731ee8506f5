"""Copies of what others share: whole or none, on one disk once, and nobody's change is another's."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fixtures.folders import contents
from tests.fixtures.versions import a_manifest, kept, keys_of
from tlcore import system
from tlcore.__main__ import main
from tlcore.data import confirmed_labels, text_store
from tlcore.data.dataset import Dataset
from tlcore.data.importing.progress import ImportStopped
from tlcore.data.versions import versions
from tlcore.data.versions.edits import Exclude, Relabel
from tlcore.errors import GraftError, WorkspaceError
from tlcore.people import copies, register, sharing
from tlcore.people.register import Person
from tlcore.people.sharing import Offer
from tlcore.workspace import Workspace
from tlcore.workspace.home import at_home

PETS = a_manifest()
SECRETS = ("train.log", "status.json", "shared.json", "adding/x/added.json", ".confirmed.lock")


@pytest.fixture
def pets(ann: Person) -> Dataset:
    """Ann's data set of two versions, shared."""
    dataset = kept(ann.home / "datasets" / "pets-20261128-120000-abcd", PETS)
    for example in PETS.examples:
        dataset.store(example.sha256, b"picture" * 1000)
        dataset.thumbnail(example.sha256).parent.mkdir(parents=True, exist_ok=True)
        dataset.thumbnail(example.sha256).write_bytes(b"small")
    versions.change(dataset, Relabel(keys_of(PETS, 0), "dog"))
    text_store.write_texts(dataset.folder, {"a": "A text"})
    confirmed_labels.add(dataset.folder, [("a", "b", "c")])
    for name in SECRETS[:2] + SECRETS[3:]:
        (dataset.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (dataset.folder / name).write_text("{}")
    with at_home(ann.home):
        sharing.offer(dataset.folder)
    return dataset


def offer_of(dataset: Dataset) -> Offer:
    return sharing.find("ann0ann0ann0", "datasets", dataset.id)


def copied(dataset: Dataset) -> Dataset:
    offer = offer_of(dataset)
    target = copies.new_folder(offer)
    copies.copy_dataset(offer, target)
    return Dataset(target)


def test_a_copy_is_all_of_it_but_what_is_its_owners(pets: Dataset, ben: Person) -> None:
    assert copies.is_quick(offer_of(pets))
    copy = copied(pets)
    assert copy.folder.parent == ben.home / "datasets" and copy.id.startswith("pets-")
    assert copy.id != pets.id and copy.is_ready and copy.latest == 2
    assert [copy.read(n) for n in (1, 2)] == [pets.read(n) for n in (1, 2)]
    theirs = contents(pets.folder)
    assert contents(copy.folder) == {name: theirs[name] for name in theirs if name not in SECRETS}
    assert sharing.offers_to("") == [offer_of(pets)]  # a copy is not shared
    picture, thumbnail = copy.file(PETS.examples[0].sha256), copy.thumbnail(PETS.examples[0].sha256)
    assert picture.stat().st_nlink == thumbnail.stat().st_nlink == copy.manifest(1).stat().st_nlink == 2
    assert (copy.folder / confirmed_labels.FILE).stat().st_nlink == 1


def test_25_copies_take_the_room_of_one(pets: Dataset, ben: Person, several: Path) -> None:
    def total() -> int:
        return sum(f.stat().st_blocks for f in {f.stat().st_ino: f for f in several.rglob("*")}.values())

    before, counted = total(), system.folder_bytes(several)
    for _ in range(25):
        copied(pets)
    pictures = 7000 * len(PETS.examples)
    assert system.folder_bytes(several) - counted < pictures / 4
    assert sum(f.is_file() for f in ben.home.rglob("*")) > 25 * 2 * len(PETS.examples)
    assert 512 * (total() - before) < 25 * pictures  # folders of few files, and what is really copied
    one = system.folder_bytes(next((ben.home / "datasets").iterdir()))
    assert one > pictures  # it counts in full for whose it is


def test_changes_of_a_copy_reach_nobody_else(pets: Dataset, ann: Person, ben: Person) -> None:
    copy, before = copied(pets), contents(pets.folder)
    versions.change(copy, Relabel(keys_of(PETS, 1), "fox"))
    versions.change(copy, Exclude(keys_of(PETS, 2)))
    text_store.add_texts(copy.folder, {"b": "Another"})
    confirmed_labels.add(copy.folder, [("d", "e", "f")])
    copy.store(PETS.examples[0].sha256, b"other bytes of another length")
    Workspace().discard(copy.folder)
    Workspace().empty_trash()
    assert contents(pets.folder) == before
    copy = copied(pets)
    after = contents(copy.folder)
    versions.change(pets, Relabel(keys_of(PETS, 3), "fox"))
    text_store.add_texts(pets.folder, {"c": "A third"})
    confirmed_labels.remove(pets.folder, [("a", "b", "c")])
    shutil.rmtree(pets.folder)
    assert contents(copy.folder) == after and copy.read() == copy.read(2)


def test_a_version_that_comes_meanwhile_is_not_in_it(
    pets: Dataset, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Workspace.check_room

    def late(*words: object) -> None:
        versions.change(pets, Exclude(keys_of(PETS, 5)))
        room(*words)  # type: ignore[arg-type]

    listed = copies._files

    def files(folder: Path) -> Iterator[tuple[Path, int]]:
        versions.change(pets, Exclude(keys_of(PETS, 4)))
        return listed(folder)

    monkeypatch.setattr(Workspace, "check_room", late)
    monkeypatch.setattr(copies, "_files", files)
    copy = copied(pets)
    assert copy.latest == 2 and copy.read() == pets.read(2) and pets.latest == 4


def fail(dataset: Dataset, said: str, kind: type[GraftError] = WorkspaceError) -> None:
    """A copy that fails, with a sentence, and leaves nothing."""
    offer = offer_of(dataset)
    target = copies.new_folder(offer)
    with pytest.raises(kind, match=said):
        copies.copy_dataset(offer, target)
    assert not target.exists()


@pytest.mark.parametrize("at", range(0, 26, 5))
@pytest.mark.parametrize("how", ["deleted", "withdrawn"])
def test_one_that_is_deleted_or_withdrawn_meanwhile_is_not_copied(
    pets: Dataset, ann: Person, ben: Person, monkeypatch: pytest.MonkeyPatch, at: int, how: str
) -> None:
    put, count = copies._put, iter(range(1000))

    def put_late(*words: Path) -> None:
        if next(count) == at:
            if how == "deleted":
                with at_home(ann.home):
                    Workspace().discard(pets.folder)
            else:
                sharing.withdraw(pets.folder)
        put(*words)

    monkeypatch.setattr(copies, "_put", put_late)
    fail(pets, "not shared any more")


def test_where_there_is_no_room_nothing_is_left(
    pets: Dataset, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with monkeypatch.context() as patch:
        patch.setattr(system, "link_or_copy", lambda *_: (_ for _ in ()).throw(full))
        fail(pets, "No space left")
    with monkeypatch.context() as patch:
        patch.setenv("GRAFT_PERSON_GB", "0.00005")
        fail(pets, "Your workspace is full")
    with monkeypatch.context() as patch:  # what takes no room on the disk needs none
        patch.setattr(system, "free_bytes", lambda _: 500_010_000)
        assert copied(pets).is_ready
    with pytest.raises(ImportStopped):
        copies.copy_dataset(offer_of(pets), ben.home / "datasets" / "x", should_stop=lambda: True)
    assert not (ben.home / "datasets" / "x").exists()


def test_a_disk_without_links_gets_real_copies(
    pets: Dataset, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert not copies.is_quick(offer_of(pets))
    copy = copied(pets)
    assert copy.read() == pets.read() and copy.file(PETS.examples[0].sha256).stat().st_nlink == 1
    monkeypatch.setattr(system, "free_bytes", lambda _: 500_010_000)
    fail(pets, "Not enough disk space")


def test_links_out_of_a_data_set_are_not_followed(pets: Dataset, ben: Person, several: Path) -> None:
    (several / "secret").write_text("secret")
    (pets.folder / "files" / "link").symlink_to(several / "secret")
    (pets.folder / "more").symlink_to(several)
    assert b"secret" not in contents(copied(pets).folder).values()


def test_two_copy_at_once(pets: Dataset, ben: Person) -> None:
    def copy(number: int) -> Dataset:
        with at_home(ben.home):
            return copied(pets)

    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(copy, range(8)))
    assert len({one.id for one in made}) == 8 and all(one.read() == pets.read() for one in made)


def test_a_large_one_is_a_job(pets: Dataset, ben: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    target = ben.home / "datasets" / "mine"
    words = ["import", pets.id, "--shared-by", "ann0ann0ann0", "--out", str(target)]
    assert main(words) == 0 and Dataset(target).read() == pets.read()
    sharing.withdraw(pets.folder)
    assert main([*words[:-1], str(target.with_name("other"))]) == 2
    monkeypatch.setattr(copies, "SOON", 3)
    with at_home(register.add("Ann", "ann0ann0ann0").home):
        sharing.offer(pets.folder)
    assert not copies.is_quick(offer_of(pets))
