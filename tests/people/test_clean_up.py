"""Everything of a person put back, their work ended for real, and undone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from tlcore.people import clean_up, register
from tlcore.people.register import Person
from tlcore.processes import identity, is_alive
from tlcore.runs.job import Job, Status
from tlcore.workspace import trash


def furnish(person: Person) -> dict[str, bytes]:
    for name in ("datasets/a/manifest.json", "runs/b/config.json", "experiments/c/x", "batches/d/x"):
        file = person.home / name
        file.parent.mkdir(parents=True)
        file.write_bytes(name.encode())
    return contents(person.home)


def contents(folder: Path) -> dict[str, bytes]:
    kept = ("datasets", "runs", "experiments", "batches")
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for kind in kept
        for file in (folder / kind).rglob("*")
        if file.is_file()
    }


def test_one_persons_work_is_put_back_and_brought_back() -> None:
    ann, ben = register.add("Ann"), register.add("Ben")
    before, of_ben = furnish(ann), furnish(ben)
    moved = clean_up.put_back(ann)
    assert contents(ann.home) == {} and contents(ben.home) == of_ben
    assert register.read(ann.id) == ann
    assert clean_up.undo(ann, moved) == 0
    assert contents(ann.home) == before


def test_what_cannot_be_brought_back_is_counted() -> None:
    ann = register.add("Ann")
    furnish(ann)
    moved = clean_up.put_back(ann)
    trash.remove(moved[0])
    assert clean_up.undo(ann, moved) == 1


def test_work_is_ended_and_a_removed_person_is_gone(several: Path) -> None:
    ann = register.add("Ann")
    pass_ = register.issue_pass(ann)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as child:
        job = Job(ann.home / "runs" / "x")
        job.folder.mkdir(parents=True)
        pid, started = identity(child.pid)
        working = Status(state="running", pid=pid, started=started)
        job.folder.joinpath("status.json").write_bytes(msgspec.json.encode(working))
        clean_up.remove(ann)
        assert not is_alive(pid, started)
    assert register.find(pass_) is None and register.everybody() == []
    assert [item.name for item in trash.trash_items(several)] == [ann.id]
