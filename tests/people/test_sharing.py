"""The switch of a shared data set or run: who finds it, and what is no switch."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.tiny_training import Trained
from tests.fixtures.versions import a_manifest, kept
from tlcore.data.dataset import Dataset
from tlcore.errors import GraftError, RunError, WorkspaceError
from tlcore.people import clean_up, register, sharing
from tlcore.people.register import Person
from tlcore.people.sharing import FILE, MOST_BYTES
from tlcore.runs.run import Run
from tlcore.workspace.home import at_home


def pets_of(person: Person, id: str = "pets") -> Dataset:
    return kept(person.home / "datasets" / id, a_manifest())


def share(person: Person, folder: Path) -> None:
    with at_home(person.home):
        sharing.offer(folder)


def found_by(person: Person) -> list[tuple[str, str]]:
    return [(one.owner.name, one.folder.name) for one in sharing.offers_to(person.id)]


def test_what_is_shared_is_found_by_the_others_until_it_is_not() -> None:
    ann, ben, teacher = (register.add("Ann"), register.add("Ben"), register.add("Teacher", is_teacher=True))
    pets, birds = pets_of(ann), pets_of(teacher, "birds")
    pets_of(ann, "secret")
    assert found_by(ben) == []
    share(teacher, birds.folder)
    share(ann, pets.folder)
    assert found_by(ben) == [("Teacher", "birds"), ("Ann", "pets")]  # the teacher's first
    assert found_by(ann) == [("Teacher", "birds")] and found_by(teacher) == [("Ann", "pets")]
    assert sharing.find(ann.id, "datasets", "pets").folder == pets.folder
    sharing.withdraw(pets.folder)
    sharing.withdraw(pets.folder)
    assert found_by(ben) == [("Teacher", "birds")]
    with pytest.raises(WorkspaceError, match="not shared"):
        sharing.find(ann.id, "datasets", "pets")


def test_what_is_deleted_is_offered_no_more_and_again_after_undo(several: Path) -> None:
    ann, ben = register.add("Ann"), register.add("Ben")
    share(ann, pets_of(ann).folder)
    moved = clean_up.put_back(ann)
    assert found_by(ben) == []
    assert clean_up.undo(ann, moved) == 0
    assert found_by(ben) == [("Ann", "pets")]
    clean_up.remove(ann)
    assert found_by(ben) == []


def test_only_what_is_finished_and_ones_own_is_shared(tmp_path: Path, trained: Trained) -> None:
    ann, ben = register.add("Ann"), register.add("Ben")
    with pytest.raises(WorkspaceError, match="outside"):
        share(ann, pets_of(ben).folder)
    unfinished = ann.home / "datasets" / "unfinished"
    unfinished.mkdir(parents=True)
    run = Run(ann.home / "runs" / "untrained")
    run.folder.mkdir(parents=True)
    (run.folder / "config.json").write_bytes((trained.folder / "config.json").read_bytes())
    for folder in (unfinished, run.folder, ann.home / "datasets" / "nothing"):
        with pytest.raises(GraftError, match="not finished"):
            share(ann, folder)
    run.model.write_bytes(b"model")
    share(ann, run.folder)
    assert found_by(ben) == [("Ann", "untrained")]
    (run.folder / "config.json").write_text('{"backbone": "file:0123456789abcdef0123456789abcdef"}')
    with pytest.raises(RunError, match="came in a file"):
        share(ann, run.folder)


@pytest.mark.parametrize(
    ("owner", "kind", "id"),
    [
        ("../ann", "datasets", "pets"),
        ("", "datasets", "pets"),
        ("ann0ann0ann0", "datasets", "../../ben0ben0ben0/datasets/pets"),
        ("ann0ann0ann0", "datasets", ".."),
        ("ann0ann0ann0", "datasets", ""),
        ("ann0ann0ann0", "datasets", "pets/."),
        ("ann0ann0ann0", "datasets", "pets\0"),
        ("ann0ann0ann0", "datasets", "x" * 5000),
        ("ann0ann0ann0", "datasets", "out"),
        ("ann0ann0ann0", "runs", "pets"),
        ("ben0ben0ben0", "datasets", "pets"),
    ],
)
def test_nothing_else_is_reached_by_any_name(owner: str, kind: sharing.OfferKind, id: str) -> None:
    ann, ben = register.add("Ann", "ann0ann0ann0"), register.add("Ben", "ben0ben0ben0")
    share(ann, pets_of(ann).folder)
    other = pets_of(ben)
    (ann.home / "datasets" / "out").symlink_to(other.folder)
    other.folder.joinpath("shared.json.bak").write_text('{"since":1}')
    with pytest.raises(WorkspaceError, match="not shared"):
        sharing.find(owner, kind, id)


@given(
    st.one_of(st.binary(max_size=2 * MOST_BYTES), st.from_regex(r'\{"since": ?(-|1e|NaN|"1")[0-9]{0,3}\}'))
)
def test_a_spoiled_switch_is_off(content: bytes | str) -> None:
    ann = register.add("Ann")
    pets = pets_of(ann)
    (pets.folder / FILE).write_bytes(content.encode() if isinstance(content, str) else content)
    since = sharing.shared_since(pets.folder)
    assert since is None or 0 <= since < 1e11
    assert bool(list(sharing.offers_of(ann))) == (since is not None)


def test_what_is_no_plain_file_is_no_switch(several: Path) -> None:
    ann = register.add("Ann")
    pets = pets_of(ann)
    switch, real = pets.folder / FILE, several / "real.json"
    real.write_text('{"since": 1}')
    switch.symlink_to(real)
    assert sharing.shared_since(pets.folder) is None
    switch.unlink()
    os.mkfifo(switch)  # reading it would never end
    assert sharing.shared_since(pets.folder) is None
    switch.unlink()
    switch.write_text('{"since": 1}' + " " * MOST_BYTES)
    assert sharing.shared_since(pets.folder) is None
    switch.write_text('{"since": 1, "path": "/etc"}')
    assert sharing.shared_since(pets.folder) is None
