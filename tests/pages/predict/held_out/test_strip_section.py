"""Something to try: held-out examples on the Predict page."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.components.browser.strip import strip
from pages.components.predict.held_out.choice import held_out
from pages.components.predict.held_out.trial import Trial
from pages.components.shared.selection.keys import key_of
from pages.components.shared.viewers.viewer import ExamplePreviews
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.text_workspace import Written
from tests.pages.conftest import Open, components, words
from tests.pages.predict.conftest import Fix, panels
from tlcore.runs.run import Run


def pick(at: AppTest, run: Run, number: int) -> AppTest:
    """As a click on the strip does it."""
    at.session_state[key_of("trial", run.id)] = Trial(shown=held_out(run)[number])
    return at.run()


def test_nothing_is_asked_before_a_click(own: Written, empty: Open, fixed: Fix) -> None:
    asked, run = fixed(), own.run
    at = empty("predict", run=run.id)
    assert not at.exception and not asked and not panels(at)
    (shown,) = components(at, "graft_strip")
    assert len(shown["texts"]) == len(shown["names"]) == 8 and set(shown["marks"]) == {""}
    assert shown["names"][0] == "Test text 1" and shown["chosen"] == -1
    at = pick(at, run, 0)
    (panel,) = panels(at)
    assert len(asked) == 1 and not at.exception
    truth = held_out(run)[0].label
    assert panel["truth"] == ("✓ Right" if truth == "blame" else f"✗ It is {truth}")
    at.text_area(key="text").set_value("my own")
    at = next(button for button in at.button if button.label == "Ask").click().run()
    (panel,) = panels(at)
    assert panel["truth"] == "" and len(asked) == 2, "a text of one's own has no known class"


def test_pictures(full: Open, furnished: Furnished, fixed: Fix) -> None:
    run = furnished.run
    chances = dict.fromkeys(run.labels(), 0.2) | {"blue": 0.6}
    fixed(label="blue", probabilities=chances)
    at = full("predict", run=run.id)
    (shown,) = components(at, "graft_strip")
    assert shown["sheet"]["address"].startswith("data:image/webp") and "Test picture 1" in shown["names"]
    blue = next(n for n, one in enumerate(held_out(run)) if one.label == "blue")
    at = pick(at, run, blue)
    (answer,) = components(at, "graft_answer")
    assert answer["picture"].startswith("data:image/jpeg") and answer["alt"] == "A held-out picture"
    assert answer["panels"][0]["truth"] == "✓ Right" and answer["panels"][0]["is_right"]
    (shown,) = components(at, "graft_strip")
    assert shown["marks"][shown["chosen"]] == "right"
    (box,) = components(at, "graft_upload")
    assert box["small"]


def test_a_right_guess_behind_a_verdict(own: Written, empty: Open, fixed: Fix) -> None:
    run = own.run
    blame = next(n for n, one in enumerate(held_out(run)) if one.label == "blame")
    fixed(unknown=True)
    (panel,) = panels(pick(empty("predict", run=run.id), run, blame))
    assert panel["headline"] == "Unlike anything in training"
    assert panel["truth"] == "It is blame, so its best guess is right" and panel["is_right"]


def test_a_data_set_that_is_gone_leaves_a_sentence(own: Written, empty: Open) -> None:
    run = own.run
    shutil.rmtree(own.dataset.folder)
    at = empty("predict", run=run.id)
    assert not at.exception and not components(at, "graft_strip")
    assert "The data set is gone, so there are no held-out texts to try." in words(at)
    at = pick(at, run, 0)
    assert not at.exception and not at.error and not panels(at)


def test_other_examples(own: Written, empty: Open) -> None:
    at = empty("predict", run=own.run.id)
    before = components(at, "graft_strip")[0]["texts"]
    at = at.button(key="other_held_out").click().run()
    assert components(at, "graft_strip")[0]["texts"] != before


@pytest.mark.parametrize(
    ("message", "places"),
    [({"at": 1, "of": "0"}, [1]), ({"at": 7, "of": "0"}, []), ({"at": 0, "of": "1"}, []), ("x", [])],
)
def test_only_a_place_on_this_strip_counts(
    message: Any, places: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted: dict[str, Any] = {}
    monkeypatch.setattr(strip, "_mount", lambda **arguments: mounted.update(arguments))
    monkeypatch.setattr(st, "session_state", {"key": {"pick": message}})
    picked: list[int] = []
    strip.strip(ExamplePreviews(), ["a", "b"], ["", ""], -1, picked.append, key="key", of="0")
    mounted["on_pick_change"]()
    assert picked == places


def test_a_link_shows_its_example_once(own: Written, empty: Open, fixed: Fix) -> None:
    asked, run = fixed(), own.run
    example = held_out(run)[-1]
    at = empty("predict", run=run.id, example=example.sha256)
    assert not at.exception and at.session_state[key_of("trial", run.id)].shown == example and len(asked) == 1
    assert "example" not in at.query_params
    at = empty("predict", run=run.id, example="../of no such name")
    assert not at.exception and at.session_state[key_of("trial", run.id)].shown is None
