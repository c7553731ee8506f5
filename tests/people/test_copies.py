"""Copies of what others share: whole or none, on one disk once, and nobody's change is another's."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from tests.fixtures.tiny_training import Trained
from tests.fixtures.versions import a_manifest, kept, keys_of
from tlcore import config as configuration
from tlcore import system
from tlcore.__main__ import main
from tlcore.data import confirmed_labels, text_store
from tlcore.data.dataset import Dataset
from tlcore.data.importing.progress import ImportStopped
from tlcore.data.versions import versions
from tlcore.data.versions.edits import Exclude, Relabel
from tlcore.errors import GraftError, RunError, WorkspaceError
from tlcore.evaluate import confidence_threshold
from tlcore.people import copies, register, sharing
from tlcore.people.register import Person
from tlcore.people.sharing import Offer
from tlcore.runs import run_records
from tlcore.runs.metrics import MetricsLog
from tlcore.runs.run import Run
from tlcore.runs.run_records import Notes
from tlcore.workspace import Workspace
from tlcore.workspace.home import at_home

PETS = a_manifest()
SECRETS = ("train.log", "status.json", "shared.json", "adding/x/added.json", ".confirmed.lock")


@pytest.fixture
def ann() -> Person:
    return register.add("Ann", "ann0ann0ann0")


@pytest.fixture
def ben() -> Iterator[Person]:
    """At work."""
    person = register.add("Ben", "ben0ben0ben0")
    with at_home(person.home):
        yield person


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


def contents(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and not file.name.endswith(".lock")
    }


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


@pytest.fixture
def shared_run(trained: Trained, ann: Person) -> Run:
    """Ann's run on a data set that she does not share."""
    run = Run(shutil.copytree(trained.folder, ann.home / "runs" / "coloured-20261128-120000-abcd"))
    data = shutil.copytree(run.dataset().folder, ann.home / "datasets" / "coloured")
    config = msgspec.structs.replace(run.config(), data=str(data))
    (run.folder / "config.json").write_bytes(configuration.to_json(config))
    run_records.write_notes(run.folder, Notes("Ann's best", starred=True))
    with at_home(ann.home):
        sharing.offer(run.folder)
    return run


def copy_of(run: Run) -> Run:
    offer = sharing.find("ann0ann0ann0", "runs", run.id)
    target = copies.new_folder(offer)
    copies.copy_run(offer, target)
    assert list(Workspace().uploads.iterdir()) == []
    return Run(target)


def test_a_copy_of_a_run_answers_as_before_and_shows_no_example(shared_run: Run, ben: Person) -> None:
    copy = copy_of(shared_run)
    assert copy.folder.parent == ben.home / "runs" and copy.id.startswith("ann-s-best-")
    assert copy.has_model and copy.edition() == shared_run.edition() and copy.rows() == shared_run.rows()
    assert copy.recorded().state == "done" and run_records.read_notes(copy.folder) == Notes("Ann's best")
    assert copy.model.stat().st_nlink == 2 and copy.metrics.stat().st_nlink == 1
    assert copy.dataset().folder == copy.folder / "data" and not copy.dataset().is_ready
    assert copy.manifest().name == shared_run.manifest().name
    assert not (copy.folder / "data" / "thumbs").exists()
    assert sharing.shared_since(copy.folder) is None
    assert "ann0ann0ann0" not in b"".join(contents(copy.folder).values()).decode(errors="replace")


def test_a_copy_of_a_run_finds_its_data_set_or_shows_it_small(
    shared_run: Run, ann: Person, ben: Person
) -> None:
    data = shared_run.dataset()
    with at_home(ann.home):
        sharing.offer(data.folder)
    small = copy_of(shared_run)
    first = small.manifest().examples[0].sha256
    assert small.dataset().thumbnail(first).stat().st_nlink == 2
    offer = sharing.find(ann.id, "datasets", data.id)
    mine = copies.new_folder(offer)
    copies.copy_dataset(offer, mine)
    assert copy_of(shared_run).dataset().folder == mine


def test_changes_of_a_run_reach_no_copy(shared_run: Run, ben: Person) -> None:
    copy, before = copy_of(shared_run), contents(shared_run.folder)
    log = MetricsLog(copy.metrics)
    log.append({"epoch": 99})
    log.close()
    run_records.write_notes(copy.folder, Notes("Ben's"))
    confidence_threshold.write(copy.folder, confidence_threshold.ConfidenceThreshold(0.9))
    copy.write_labels(("x", "y"))
    Workspace().discard(copy.folder)
    Workspace().empty_trash()
    assert contents(shared_run.folder) == before


def test_a_run_that_gets_another_model_or_is_deleted_is_not_copied(
    shared_run: Run, ann: Person, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out = copies._lay_out

    def retrain(part: object, folder: Path) -> None:
        (shared_run.folder / "report.json").write_bytes(b"{}")
        lay_out(part, folder)  # type: ignore[arg-type]

    def delete(part: object, folder: Path) -> None:
        if shared_run.folder.exists():
            with at_home(ann.home):
                Workspace().discard(shared_run.folder)
        lay_out(part, folder)  # type: ignore[arg-type]

    for act, kind, said in ((retrain, RunError, "another model"), (delete, WorkspaceError, "not shared")):
        monkeypatch.setattr(copies, "_lay_out", act)
        with pytest.raises(kind, match=said):
            copy_of(shared_run)
        assert list((ben.home / "runs").iterdir()) == []
        assert list(Workspace().uploads.iterdir()) == []
