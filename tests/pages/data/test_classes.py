"""Classes on the Data page: their counts, another name for one, two made one."""

from __future__ import annotations

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.components.data import classes
from tests.fixtures.data_parts import Part, part  # noqa: F401 (a fixture)
from tests.fixtures.place_workspace import Placed, placed  # noqa: F401 (a fixture)
from tests.fixtures.planted_faults import LILY, ROSE, TULIP, faulty, pile, planted
from tests.pages.conftest import Open, words
from tlcore.data.dataset import Dataset
from tlcore.workspace import Workspace


def key(dataset: Dataset, what: str) -> str:
    return f"rename_{dataset.id}_{what}"


def typed(at: AppTest, dataset: Dataset, old: str, new: str) -> AppTest:
    at.selectbox(key=key(dataset, "old")).select(old).run()
    return at.text_input(key=key(dataset, "new")).set_value(new).run()


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def test_a_class_is_renamed_and_the_way_back(part: Part) -> None:  # noqa: F811
    dataset = planted(faulty())
    at = typed(part("classes"), dataset, ROSE, " [Rose](x) ")
    at.button(key=key(dataset, "button")).click().run()
    assert not at.exception and not at.error
    assert dataset.read().counts() == {"[Rose](x)": 61, TULIP: 30, LILY: 8}
    assert dataset.read().change == f"class “{ROSE}” renamed to “[Rose](x)” (61 pictures)"
    assert at.selectbox(key=key(dataset, "old")).value == "[Rose](x)"
    assert r"\[Rose\]\(x\)" in words(at) and at.text_input(key=key(dataset, "new")).value == ""
    at.button(key=f"undo_rename_{dataset.id}").click().run()
    assert not at.exception and dataset.read().counts() == {ROSE: 61, TULIP: 30, LILY: 8}
    assert at.selectbox(key=key(dataset, "old")).value == TULIP  # the first, now that the other is gone


def test_a_name_that_is_taken_is_told_before_two_become_one(part: Part) -> None:  # noqa: F811
    dataset = planted(faulty())
    at = typed(part("classes"), dataset, LILY, TULIP)
    assert "You already have a class" in at.warning[0].value and "38 pictures" in at.warning[0].value
    assert at.button(key=key(dataset, "button")).disabled
    at.button(key=key(dataset, "merge")).click().run()
    assert not at.exception and dataset.read().counts() == {ROSE: 61, TULIP: 38}
    assert dataset.read().change == f"class “{LILY}” merged into “{TULIP}” (8 pictures)"
    at.button(key=f"undo_rename_{dataset.id}").click().run()
    assert not at.exception and dataset.read().counts() == {ROSE: 61, TULIP: 30, LILY: 8}


def test_the_same_name_or_none_changes_nothing(part: Part) -> None:  # noqa: F811
    dataset = planted(faulty())
    at = part("classes")
    for name in ("", "  ", ROSE, f" {ROSE} "):
        typed(at, dataset, ROSE, name)
        assert not at.exception and at.button(key=key(dataset, "button")).disabled
        assert "Merge them" not in labels(at)
    typed(at, dataset, ROSE, "\u202e")
    assert "A class needs a name" in at.error[0].value and dataset.latest == 1


@pytest.mark.parametrize("merge", [False, True])
def test_a_data_set_that_was_deleted_elsewhere_is_no_crash(
    part: Part,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    merge: bool,
) -> None:
    dataset = planted(faulty())
    place = f"rename_{dataset.id}"
    monkeypatch.setattr(st, "session_state", {f"{place}_new": TULIP if merge else "other"})
    Workspace().discard(dataset.folder)
    classes._rename_class(dataset, ROSE, place, merge)  # as a click does, before the page is drawn
    assert not dataset.folder.exists()


def test_each_class_has_a_bar(part: Part) -> None:  # noqa: F811
    planted(faulty())
    (chart,) = part("classes").get("echarts_chart")
    assert chart.proto.alt == "Number of pictures of each class"
    spec = classes.bars_spec({"<b>rose</b>": 61, "a name of more than twenty-four letters": 8}, "pictures")
    first, second = spec["yAxis"]["data"]
    assert first == "<b>rose</b>" and second.startswith("a name of more") and len(second) <= classes.LONGEST
    (bars,) = spec["series"]
    assert [bar["value"] for bar in bars["data"]] == [61, 8]
    assert bars["data"][1]["name"] == "a name of more than twenty-four letters"


def test_a_pile_has_none_yet(part: Part) -> None:  # noqa: F811
    planted(pile())
    at = part("classes")
    assert not at.exception and "No picture has a class yet." in words(at)


def test_classes_of_boxes_and_areas_can_be_renamed(
    placed: Placed,  # noqa: F811
    empty: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(placed.home))
    for run in (placed.detector, placed.segmenter):
        at = empty("data", data=run.dataset().id)
        assert not at.exception
        assert "New name" in [box.label for box in at.text_input]
