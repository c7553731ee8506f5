"""A warm child: it is replaced when it is killed, and ends when it is put away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.fixtures.analysed_run import flowers
from tests.fixtures.estimates import estimated
from tlcore.errors import RunError
from tlcore.runs.preparation import preparations_of
from tlcore.runs.workers.conversation import Conversation, ConversationClosed, Conversations
from tlcore.workspace import Workspace


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Conversation]:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    dataset = flowers()
    estimated(dataset)
    (job,) = preparations_of(Workspace(), dataset)
    talk = Conversation(["estimate", str(job.folder), "-"], tmp_path / "estimate.log", "The estimate")
    yield talk
    talk.close()


def child(talk: Conversation) -> psutil.Process:
    assert talk._child is not None
    return psutil.Process(talk._child.pid)


def test_one_that_was_killed_is_replaced_and_counted(talk: Conversation) -> None:
    first = talk.ask("2")
    one = child(talk)
    assert talk.ask("2") == first and child(talk) == one and talk.losses == 0
    one.kill()
    assert talk._child is not None
    talk._child.wait()  # by its parent, who alone is told how it ended
    assert talk.ask("3")["each"] == 3 and child(talk) != one and talk.losses == 1


def test_one_that_left_because_nobody_asked_is_no_loss(talk: Conversation) -> None:
    talk.ask("2")
    assert talk._child is not None and talk._child.stdin is not None
    talk._child.stdin.close()
    talk._child.wait()
    assert talk.ask("2")["each"] == 2 and talk.losses == 0


def test_what_cannot_start_says_why(tmp_path: Path) -> None:
    talk = Conversation(["estimate", str(tmp_path), "-"], tmp_path / "estimate.log", "The estimate")
    with pytest.raises(RunError, match=r"The estimate cannot answer.*no estimate in that folder"):
        talk.ask("2")


def test_only_the_last_few_stay_open(talk: Conversation, tmp_path: Path) -> None:
    held: Conversations[Conversation] = Conversations(2)
    assert held.of("first", lambda: talk) is talk
    talk.start()
    one = child(talk)
    for name in ("second", "third"):
        held.of(name, lambda name=name: Conversation(["estimate", name, "-"], tmp_path / "log", name))
    assert list(held.by_key) == ["second", "third"] and not one.is_running()
    with pytest.raises(ConversationClosed):
        talk.ask("2")
