"""The slider of the estimate: what it says, what it remembers, and what happens when its child ends."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from pages.components.data.estimate import amount_slider
from tests.fixtures.estimates import estimated
from tests.pages.conftest import Open, words
from tlcore.data.dataset import Dataset
from tlcore.evaluate.estimate import record
from tlcore.runs.preparation import Preparation, preparations_of
from tlcore.runs.workers.conversation import Conversation
from tlcore.workspace import Workspace


@pytest.fixture(autouse=True)
def nobody_stays_awake() -> Iterator[None]:
    """The children end with each test."""
    yield
    for child in amount_slider._awake.by_key.values():
        child.close()
    amount_slider._awake.by_key.clear()


@pytest.fixture
def at(dataset: Dataset, empty: Open) -> AppTest:
    """The Data page with its estimate open."""
    estimated(dataset)
    at = empty("data")
    at.session_state[f"estimate_{dataset.id}"] = True
    return at.run()


def job_of(dataset: Dataset) -> Preparation:
    (job,) = preparations_of(Workspace(), dataset)
    return job


def moved(at: AppTest, each: int) -> AppTest:
    at.slider[0].set_value(each).run()
    assert not at.exception
    return at


def shown(at: AppTest) -> dict[str, str]:
    return {one.label: one.value.replace("\N{NO-BREAK SPACE}", " ") for one in at.metric}


def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that the child gets from now on."""
    lines: list[str] = []
    ask = Conversation.ask

    def noted(self: Conversation, line: str) -> dict[str, object]:
        lines.append(line)
        return ask(self, line)

    monkeypatch.setattr(Conversation, "ask", noted)
    return lines


def test_it_begins_with_all_and_follows_each_move_and_the_loss_of_its_child(
    at: AppTest, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = record.read(job_of(dataset).folder)
    assert found is not None and not at.exception
    lines = asked(monkeypatch)
    assert (at.slider[0].min, at.slider[0].max, at.slider[0].value) == (1, 12, 12)
    assert shown(at)["With all, 12 of each class"] == f"{100 * found.accuracy:.0f} % right" and not lines
    assert "% right" in shown(moved(at, 1))["With 1 picture of each class"]
    assert "in 95 of 100 such trials" in words(at) and "20 random draws" in words(at)
    assert "With 3 pictures of each class" in shown(moved(at, 3)) and lines == ["1", "3"]
    assert "With 1 picture of each class" in shown(moved(at, 1)) and lines == ["1", "3"], "it is remembered"
    _a_child_that_was_killed_is_replaced_and_that_is_said(at)


def _a_child_that_was_killed_is_replaced_and_that_is_said(at: AppTest) -> None:
    (talk,) = amount_slider._awake.by_key.values()
    assert talk._child is not None
    psutil.Process(talk._child.pid).kill()
    talk._child.wait()
    assert "With 4 pictures of each class" in shown(moved(at, 4))
    assert [one.value for one in at.toast] == [amount_slider.LOST]
    moved(at, 5)
    assert not at.toast and not at.error


def test_without_features_there_is_the_curve_alone(at: AppTest, dataset: Dataset) -> None:
    (job_of(dataset).folder / record.FEATURES).unlink()
    at.run()
    assert not at.slider and not at.exception and "a quarter" in words(at)


def test_what_the_child_refuses_is_said(at: AppTest, dataset: Dataset) -> None:
    features = job_of(dataset).folder / record.FEATURES
    features.write_bytes(b"PK spoiled")
    for talk in amount_slider._awake.by_key.values():
        talk.close()
    amount_slider._awake.by_key.clear()
    moved(at, 2)
    assert "features of that estimate are gone" in at.error[0].value and at.slider
