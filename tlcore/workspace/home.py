"""Whose workspace: the folder in which this process, this request or the person at this page works.

A command works in `GRAFT_HOME`, for one person. A server of several people registers with `find_home_by` how
it knows the person at work; each has a workspace of their own below `people/`. Features, weights, measured
speeds and the queue are shared by all: they lie in `shared_home`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import TypeVar

PEOPLE = "people"  # the folder of their workspaces in the shared one
T = TypeVar("T")
_chosen: ContextVar[Path | None] = ContextVar("home", default=None)
_find: Callable[[], Path] | None = None


def home() -> Path:
    """The folder of the workspace: `GRAFT_HOME`, else `workspace` in the current folder.

    Raises:
        GraftError: on a server of several people, nobody is known to be at work here.
    """
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    return _find() if _find else _own("GRAFT_HOME")


def shared_home() -> Path:
    """The folder of what the people of a server share; for one person alone their own."""
    return _own("GRAFT_SHARED") if os.environ.get("GRAFT_SHARED") else _own("GRAFT_HOME")


def is_shared() -> bool:
    """Tell whether several people have workspaces here."""
    return _find is not None or bool(os.environ.get("GRAFT_SHARED"))


def worker_id() -> str:
    """The id of the person at work; "" where there is only one."""
    return home().name if is_shared() else ""


def home_of(person: str) -> Path:
    """The workspace of a person by that id; of "", where there is only one, theirs."""
    return shared_home() / PEOPLE / person if person else home()


def environment() -> dict[str, str]:
    """The variables with which a child works in the same places."""
    if not is_shared():
        return {"GRAFT_HOME": str(home())} if _chosen.get() else {}
    return {"GRAFT_HOME": str(home()), "GRAFT_SHARED": str(shared_home())}


@contextlib.contextmanager
def at_home(folder: Path) -> Iterator[None]:
    """Work in that workspace: for a request or a thread of which no page is known."""
    token = _chosen.set(folder)
    try:
        yield
    finally:
        _chosen.reset(token)


def at_this_home(action: Callable[[], T]) -> Callable[[], T]:
    """`action`, done later in the workspace of now: where a thread without a page does it."""
    place = home()

    def act() -> T:
        with at_home(place):
            return action()

    return act


def find_home_by(find: Callable[[], Path] | None) -> None:
    """How a server of several people finds the workspace of the one at work; None: there is one person."""
    global _find
    _find = find


def _own(variable: str) -> Path:
    return Path(os.environ.get(variable) or "workspace").absolute()
