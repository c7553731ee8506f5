"""Boxes: a person chooses a thing, not a label; and nothing else in the pages draws a box."""

from __future__ import annotations

import ast
from pathlib import Path

from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest

from tests.fixtures.pages import page_script
from tests.fixtures.rules import of_each
from tests.test_layers import PAGES

PAGE = page_script("chooser")
BOXES = {"selectbox", "multiselect", "radio", "pills", "segmented_control", "menu_button"}


def opened(**labels: str) -> AppTest:
    at = AppTest.from_file(PAGE)
    at.session_state["labels"] = labels
    return at.run()


def found(at: AppTest) -> list[object]:
    assert not at.exception
    return list(at.session_state["found"])


def test_of_two_with_one_label_the_one_is_chosen_that_was_meant() -> None:
    at = opened(a="flowers", b="flowers")
    assert found(at) == ["a", None, [], "a", ""]
    for box in at.selectbox:
        assert box.options == ["flowers · 1", "flowers · 2"]
        box.select_index(1)
    at.multiselect[0].set_value(["flowers · 2"])
    assert found(at.run()) == ["b", "b", ["b"], "b", "b"]
    assert at.query_params["run"] == at.query_params["beside"] == "b"
    assert found(at.run()) == ["b", "b", ["b"], "b", "b"]


def test_a_box_stays_on_what_it_holds_while_its_label_changes() -> None:
    at = opened(a="flowers", b="birds")
    for box in at.selectbox:
        box.select_index(1)
    at.multiselect[0].set_value(["a", "b"])
    at.run()
    for labels in (
        {"c": "birds · 2 Mar", "b": "birds · 1 Mar", "a": "flowers"},
        {"a": "flowers", "b": "birds"},
    ):
        at.session_state["labels"] = labels
        assert found(at.run()) == ["b", "b", ["a", "b"], "b", "b"]
        assert [box.value for box in at.selectbox] == ["b"] * 4


def test_what_is_gone_gives_way() -> None:
    at = opened(a="flowers", b="birds")
    for box in at.selectbox:
        box.select_index(1)
    at.multiselect[0].set_value(["b"])
    at.run()
    at.session_state["labels"] = {"c": "birds"}  # another one of that name
    assert found(at.run()) == ["c", None, [], "c", ""]


def first_choices() -> None:
    from pages.components.shared.selection import chooser

    labels = {"a": "flowers", "b": "birds"}
    chooser.choose_one("One", labels, "b", key="one")
    chooser.choose_or_none("Maybe", labels, "b", key="maybe")
    chooser.choose_several("Several", labels, ["b"], key="several")


def test_a_click_before_a_box_is_drawn_does_not_empty_it() -> None:
    at = AppTest.from_function(first_choices).run()
    for _ in range(2):
        at._run(WidgetStates())  # the browser says nothing of boxes that it has not drawn
        assert [(box.proto.set_value, box.proto.raw_value) for box in at.selectbox] == [(True, "birds")] * 2
        assert [(box.proto.set_value, box.proto.raw_values) for box in at.multiselect] == [(True, ["birds"])]
    at.run()  # now it has, and it is not told again what somebody may have changed meanwhile
    assert not any(box.proto.set_value for box in (*at.selectbox, *at.multiselect))


def test_an_address_wins_unless_it_comes_late() -> None:
    at = opened(a="flowers", b="birds", c="cats")
    at.query_params["run"] = "b"  # a link
    assert found(at.run())[3] == "b"
    at.selectbox(key="run_box").select("c").run()
    assert found(at)[3] == "c" and at.query_params["run"] == "c"
    at.query_params["run"] = "b"  # the browser had not heard of the choice yet when it asked
    assert found(at.run())[3] == "c" and at.query_params["run"] == "c"
    at.run()  # now it has
    at.query_params["run"] = "b"
    assert found(at.run())[3] == "b"
    at.selectbox(key="run_box").select("c").run()
    at.session_state["where"] = "there"  # a link on another page is always news
    at.query_params["run"] = "b"
    assert found(at.run())[3] == "b"


@of_each(PAGES)
def test_only_the_chooser_draws_boxes(path: Path) -> None:
    """Anything else would go by labels again."""
    if path.name == "chooser.py":
        return
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)]
    assert not [f"line {node.lineno}: {node.attr}" for node in calls if node.attr in BOXES]
