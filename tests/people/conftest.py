"""A server of several people: nobody is at work unless a test says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tlcore.errors import WorkspaceError
from tlcore.people import register
from tlcore.people.register import Person
from tlcore.workspace.home import at_home, find_home_by


def _nobody() -> Path:
    raise WorkspaceError("Nobody is signed in.")


@pytest.fixture(autouse=True)
def several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The shared folder of the server."""
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    find_home_by(_nobody)
    yield tmp_path
    find_home_by(None)


@pytest.fixture
def ann() -> Person:
    return register.add("Ann", "ann0ann0ann0")


@pytest.fixture
def ben() -> Iterator[Person]:
    """At work."""
    person = register.add("Ben", "ben0ben0ben0")
    with at_home(person.home):
        yield person
