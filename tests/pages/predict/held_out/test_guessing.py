"""Guess first: a person, then the model, and the score of both."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from pages.components.predict.held_out import guessing
from pages.components.predict.held_out.choice import held_out
from pages.components.shared.selection.keys import key_of
from tests.fixtures.text_workspace import Written
from tests.pages.conftest import Open, components, words
from tests.pages.predict.conftest import Fix, panels
from tlcore.runs.run import Run


def begin(at: AppTest, run: Run) -> AppTest:
    at = at.toggle(key=key_of("guess_first_switch", run.id)).set_value(True).run()
    return at.button(key="next_held_out").click().run()


def guess(at: AppTest, label: str) -> AppTest:
    return at.button(key=key_of("guess", label)).click().run()


def truth_of(at: AppTest, run: Run) -> str:
    shown = at.session_state[key_of("trial", run.id)].shown
    assert shown in held_out(run)
    return str(shown.label)


def test_the_model_is_asked_after_the_person(own: Written, empty: Open, fixed: Fix) -> None:
    asked, run = fixed(), own.run
    at = begin(empty("predict", run=run.id), run)
    (question,) = panels(at)
    assert question["headline"] == "What is it?" and not question["bars"] and not asked
    assert "## You 0 · Model 0" in words(at)
    buttons = [button for button in at.button if button.key and button.key.startswith("guess_")]
    assert [button.proto.shortcut for button in buttons] == ["1", "2", "3"]
    truth = truth_of(at, run)
    at = guess(at, truth)
    person, model = panels(at)
    assert not at.exception and len(asked) == 1
    assert (person["title"], person["headline"], person["is_right"]) == ("You", truth, True)
    assert model["headline"] == "blame" and model["is_right"] == (truth == "blame")
    assert f"## You 1 · Model {int(truth == 'blame')} of 1" in words(at)


def test_classes_that_end_with_a_digit_have_that_key() -> None:
    assert guessing.shortcuts(["digit_0", "digit_7"]) == {"digit_0": "0", "digit_7": "7"}
    assert guessing.shortcuts(["a1", "b1"]) == {"a1": "1", "b1": "2"}
    assert guessing.shortcuts(["sign 1", "other"]) == {"sign 1": "1", "other": "2"}
    assert len(guessing.shortcuts([f"class {n:02}" for n in range(12)])) == 10


def test_a_round_counts_once_and_all_can_begin_again(own: Written, empty: Open, fixed: Fix) -> None:
    fixed()
    run = own.run
    at = begin(empty("predict", run=run.id), run)
    first = truth_of(at, run)
    at = guess(at, "praise" if first != "praise" else "blame").run()
    assert "## You 0 ·" in words(at) and "of 1" in words(at)
    at = at.button(key="next_held_out").click().run()
    assert panels(at)[0]["headline"] == "What is it?"
    at = guess(at, truth_of(at, run))
    assert "## You 1 ·" in words(at) and "of 2" in words(at)
    (strip,) = components(at, "graft_strip")
    assert sum(mark != "" for mark in strip["marks"]) == 2
    at = at.button(key="restart_guessing").click().run()
    assert not at.exception and "## You 0 · Model 0" in words(at) and not panels(at)


def test_after_the_last_one_others_come(own: Written, empty: Open, fixed: Fix) -> None:
    fixed()
    run = own.run
    at = begin(empty("predict", run=run.id), run)
    for _ in held_out(run):
        at = guess(at, "blame").button(key="next_held_out").click().run()
        assert not at.exception
    assert f"of {len(held_out(run))}" in words(at)
    assert all(components(at, "graft_strip")[0]["marks"])
