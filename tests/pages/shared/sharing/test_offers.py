"""What others read of an offer, and who reads any."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pages.components.shared.sharing import offers
from pages.components.shared.trash import delete_effects
from tests.fixtures.image_workspace import Furnished
from tlcore.people import register, sharing
from tlcore.people.register import Person
from tlcore.workspace.home import at_home, find_home_by


@pytest.fixture
def ann(furnished: Furnished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    """Ann, who shares the data set and the run that she has; at work is Ben."""
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    furnished.copy(tmp_path / "people" / "ann0ann0ann0")
    person, ben = register.add("Ann *the* <b>", "ann0ann0ann0"), register.add("Ben")
    find_home_by(lambda: ben.home)
    with at_home(person.home):
        for kind in ("datasets", "runs"):
            sharing.offer(next((person.home / kind).iterdir()))
    yield person
    find_home_by(None)


def test_an_offer_says_what_it_is_and_whose(ann: Person) -> None:
    data, run = offers.found(("datasets",)) + offers.found(("runs",))
    assert offers.name_of(data) == offers.name_of(run) == "Coloured <b>paper</b>"
    facts = offers.facts_of(data)
    assert facts.startswith("Pictures from") and "3 classes" in facts and "kB" in facts
    assert "Ann \\*the\\* \\<b\\>" in facts
    assert offers.facts_of(run).startswith("Model from") and "% right" in offers.facts_of(run)
    with at_home(ann.home):
        assert offers.found() == []  # one's own are none
        assert "Nobody can copy it any more" in delete_effects.of(data.folder)[-1]
    sharing.withdraw(data.folder)
    assert offers.found() == [run]
    assert all("copy" not in line for line in delete_effects.of(data.folder))
    shutil.rmtree(run.folder)
    assert offers.found() == []


def test_alone_there_are_no_others(ann: Person) -> None:
    find_home_by(None)
    assert offers.found() == []
