"""Who somebody is: passes, names, and two of one name."""

from __future__ import annotations

import hashlib
import stat
import sys
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.errors import WorkspaceError
from tlcore.people import register
from tlcore.people.register import LONGEST_NAME, MOST_PASSES


def test_a_pass_lets_its_person_in_and_nobody_else() -> None:
    ann, other_ann = register.add("Ann"), register.add("Ann")
    assert ann.id != other_ann.id and ann.home != other_ann.home
    pass_ = register.issue_pass(ann)
    found = register.find(pass_)
    assert found and found.id == ann.id
    for wrong in (
        "",
        ".",
        ann.id,
        f"{ann.id}.",
        pass_[:-1],
        pass_ + "A",
        pass_.replace(ann.id, other_ann.id),
    ):
        assert register.find(wrong) is None
    assert register.find(f"../people/{ann.id}.{pass_.partition('.')[2]}") is None


@given(st.text())
def test_no_other_text_is_a_pass(text: str) -> None:
    assert register.find(text) is None


def test_what_is_stored_lets_nobody_in(several: Path) -> None:
    ann = register.add("Ann")
    secret = register.issue_pass(ann).partition(".")[2]
    file = several / "people" / ann.id / "person.json"
    assert secret not in file.read_text()
    known = register.read(ann.id)
    assert known and register.find(f"{ann.id}.{known.passes[0]}") is None
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_pass_ends_after_a_month_but_one_from_before_passes_had_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ann, now = register.add("Ann"), time.time()
    pass_ = register.issue_pass(ann)
    for days, is_good in ((29, True), (31, False)):
        monkeypatch.setattr(time, "time", lambda days=days: now + days * 24 * 3600)
        assert bool(register.find(pass_)) == is_good
    old = msgspec.structs.replace(ann, passes=(hashlib.sha256(b"secret").hexdigest(),))
    (ann.home / register.FILE).write_bytes(msgspec.json.encode(old))
    assert register.find(f"{ann.id}.secret")


def test_a_pass_may_end_and_nobody_moves_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    ann, now = register.add("Ann"), time.time()
    pass_ = register.issue_pass(ann, now + 60)
    secret, _, end = pass_.rpartition(".")
    assert register.find(pass_)
    for moved in (secret, f"{secret}.", f"{secret}.{int(end) + 1}", f"{secret}.{'9' * 5000}", f"{pass_}.9"):
        assert register.find(moved) is None
    monkeypatch.setattr(time, "time", lambda: now + 61)
    assert register.find(pass_) is None and register.find(register.issue_pass(ann))
    monkeypatch.setattr(time, "time", lambda: now)
    register.take_back(pass_)
    assert register.find(pass_) is None


def test_who_comes_again_keeps_everything_but_a_former_name(several: Path) -> None:
    ann = register.come("a" * 40, "Ann Smith")
    pass_ = register.issue_pass(ann)
    again = register.come("a" * 40, "Ann Jones")
    assert (again.id, again.since, again.name) == (ann.id, ann.since, "Ann Jones")
    assert register.find(pass_) == again
    assert register.come("a" * 40, " ").name == "Ann Jones" and len(register.everybody()) == 1


def test_a_pass_that_is_taken_back_is_none_and_old_ones_end() -> None:
    ann = register.add("Ann")
    passes = [register.issue_pass(ann) for _ in range(MOST_PASSES + 1)]
    assert [bool(register.find(one)) for one in passes] == [False] + [True] * MOST_PASSES
    register.take_back(passes[-1])
    assert not register.find(passes[-1]) and register.find(passes[-2])
    register.take_back(f"{ann.id}.wrong")
    register.take_back_all(ann)
    assert not any(map(register.find, passes))


@pytest.mark.parametrize("name", ["", "  ", "\u202e\u200b", "\n"])
def test_a_name_is_asked_for(name: str) -> None:
    with pytest.raises(WorkspaceError, match="name is missing"):
        register.add(name)
    assert register.everybody() == []


@given(st.text(min_size=1))
def test_a_name_is_one_short_line(name: str) -> None:
    try:
        person = register.add(name)
    except WorkspaceError:
        return
    assert 1 <= len(person.name) <= LONGEST_NAME and len(person.name.splitlines()) == 1
    assert register.read(person.id) == person


def test_everybody_in_the_order_in_which_they_came(several: Path) -> None:
    people = [register.add(name) for name in ("Ann", "Ben", "Cy")]
    (several / "people" / "notes.txt").write_text("x")
    (several / "people" / "0123456789ab").mkdir()
    (several / "people" / people[0].id / "person.json").with_name("x.json").write_text("{")
    assert [person.name for person in register.everybody()] == ["Ann", "Ben", "Cy"]
