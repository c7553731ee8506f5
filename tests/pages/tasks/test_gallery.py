"""The gallery, seen from Python: what it shows, and what it makes of what the browser asks for."""

from __future__ import annotations

import json
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.components.shared.datasets import edits
from pages.components.tasks.gallery.gallery import PER_PAGE, Wish, _listener, carry_out_wishes
from tests.fixtures.data_parts import Part, part  # noqa: F401 (a fixture)
from tests.fixtures.planted_faults import LILY, ROSE, TULIP, example, faulty, pile, planted, settled
from tests.pages.conftest import words
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Key, Manifest
from tlcore.data.versions.edits import Relabel
from tlcore.data.versions.example_states import states
from tlcore.data.versions.versions import change

KEY = "place"


@pytest.fixture
def session(part: Part, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:  # noqa: F811
    """What one browser tab's session holds."""
    held: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", held)
    return held


@pytest.fixture
def dataset(session: dict[str, Any]) -> Dataset:
    return planted(faulty())


def keys(dataset: Dataset, label: str, count: int) -> tuple[Key, ...]:
    return tuple(e.key for e in dataset.read().examples if e.label == label)[:count]


def shown(at: AppTest) -> dict[str, Any]:
    """What the browser is given."""
    (gallery,) = at.get("bidi_component")
    return dict(json.loads(gallery.proto.json))


def said(session: dict[str, Any], dataset: Dataset, *wishes: dict[str, Any], sender: str = "a") -> None:
    """The browser asks for this, as its script does."""
    session[KEY] = {"act": {"from": sender, "wishes": [{"keys": [], "label": "", **wish} for wish in wishes]}}
    _listener(dataset, KEY, f"{KEY}_page")()


def test_what_is_shown_is_text_with_its_part_and_problems(part: Part) -> None:  # noqa: F811
    dataset = planted(faulty(), thumbnails=20)
    at = part("pictures")
    assert not at.exception
    data = shown(at)
    assert data["turn"] == [1, 2] and len(data["items"]) == PER_PAGE
    assert [entry["label"] for entry in data["classes"]] == [TULIP, ROSE, LILY]
    by_key = {tuple(item["key"]): item for item in data["items"]}
    roses = {e.name: by_key.get(e.key) for e in dataset.read().examples if e.label == ROSE}
    blank = roses[f"{ROSE}/1.jpg"]
    assert blank is not None and blank["shown"] == ROSE
    assert "Blank pictures" in [badge["title"] for badge in blank["badges"] if badge["kind"] == "problem"]
    tested = roses[f"{ROSE}/12.jpg"]
    assert tested is not None and "test" in [badge["text"] for badge in tested["badges"]]
    sources = {item["src"][:23] for item in data["items"]}
    assert sources == {"data:image/jpeg;base64,", ""}  # some thumbnails are gone


def test_the_boxes_choose_by_class_part_problem_and_name(part: Part) -> None:  # noqa: F811
    dataset = planted(faulty())
    at = part("pictures")
    at.selectbox(key=f"class_{dataset.id}").select(LILY).run()
    assert {item["label"] for item in shown(at)["items"]} == {LILY} and "8 of 99 pictures" in words(at)
    at.selectbox(key=f"part_{dataset.id}").select("test").run()
    assert "2 of 99 pictures" in words(at)
    at.selectbox(key=f"class_{dataset.id}").select("\0all").run()
    at.selectbox(key=f"problem_{dataset.id}").select("crossing").run()
    assert [item["name"] for item in shown(at)["items"]] == [f"{ROSE}/20.jpg"]
    at.selectbox(key=f"part_{dataset.id}").select("\0all").run()
    at.text_input(key=f"search_{dataset.id}").set_value("/21.JPG").run()
    assert [item["name"] for item in shown(at)["items"]] == [f"{ROSE}/21.jpg"]
    at.text_input(key=f"search_{dataset.id}").set_value("[*").run()
    assert not at.exception and "No picture matches" in words(at)


def test_without_a_class_comes_first_and_is_a_choice_no_more_when_all_have_one(
    part: Part,  # noqa: F811
) -> None:
    dataset = planted(pile(labelled=4, unlabelled=5))
    at = part("pictures")
    assert "5 pictures have no class yet" in at.info[0].value
    assert [item["label"] for item in shown(at)["items"]] == [""] * 5
    change(dataset, Relabel(tuple(e.key for e in dataset.read().aside), LILY))
    at.run()
    assert not at.exception and not at.info
    assert [item["label"] for item in shown(at)["items"]] == [ROSE] * 4 + [LILY] * 5


def test_twenty_thousand_are_shown_a_page_at_a_time(part: Part) -> None:  # noqa: F811
    labels = [f"class {n}" for n in range(20)]
    planted(settled(Manifest(name="many", examples=tuple(example(n, labels[n % 20]) for n in range(20_000)))))
    at = part("pictures")
    assert not at.exception and "20,000 of 20,000 pictures" in words(at)
    assert len(shown(at)["items"]) == PER_PAGE and shown(at)["turn"] == [1, 334]


def test_changes_asked_for_together_are_one_version(session: dict[str, Any], dataset: Dataset) -> None:
    roses = keys(dataset, ROSE, 5)
    said(
        session,
        dataset,
        {"seq": 1, "action": "relabel", "keys": roses[:2], "label": LILY},
        {"seq": 2, "action": "exclude", "keys": roses[2:3]},
        {"seq": 3, "action": "move", "keys": roses[3:4], "label": "validation"},
    )
    now = dataset.read()
    assert now.version == 2 and session["heard"][KEY] == ["a", 3]
    found = states(now)
    assert [found[key].example.label for key in roses[:2]] == [LILY, LILY]
    assert not found[roses[2]].used and found[roses[3]].example.split == "validation"
    told = edits.log(dataset)
    assert told.place == KEY and told.error is None
    # The validation part was drawn: with one moved into it by hand, the others that were in it are fixed too.
    assert f"2 pictures from “{ROSE}” to “{LILY}”, one picture set aside." in told.message


def test_a_batch_that_is_sent_again_is_carried_out_once(session: dict[str, Any], dataset: Dataset) -> None:
    (rose,) = keys(dataset, ROSE, 1)
    first = {"seq": 1, "action": "exclude", "keys": [rose]}
    said(session, dataset, first)
    said(session, dataset, first, {"seq": 2, "action": "undo"})
    assert dataset.latest == 3 and states(dataset.read())[rose].used
    said(session, dataset, {"seq": 1, "action": "exclude", "keys": [rose]}, sender="after a reload")
    assert dataset.latest == 4 and not states(dataset.read())[rose].used


def test_undo_goes_back_one_by_one_and_once_more_is_redo(session: dict[str, Any], dataset: Dataset) -> None:
    before = states(dataset.read())
    one, two = keys(dataset, ROSE, 2)
    carry_out_wishes(
        dataset, [Wish(1, "exclude", (one,)), Wish(2, "undo"), Wish(3, "relabel", (two,), LILY)], KEY
    )
    assert dataset.latest == 4 and states(dataset.read())[one].used
    carry_out_wishes(dataset, [Wish(4, "undo")], KEY)
    assert states(dataset.read()) == before and edits.log(dataset).is_undo
    carry_out_wishes(dataset, [Wish(5, "undo", (), "redo")], KEY)
    assert states(dataset.read())[two].example.label == LILY
    carry_out_wishes(dataset, [Wish(6, "undo"), Wish(7, "undo"), Wish(8, "undo")], KEY)  # more than there is
    assert states(dataset.read()) == before and edits.log(dataset).error is None


def test_turning_the_page_changes_nothing(session: dict[str, Any], dataset: Dataset) -> None:
    said(session, dataset, {"seq": 1, "action": "page", "label": "2"})
    said(session, dataset, {"seq": 2, "action": "page", "label": "9" * 40})
    assert dataset.latest == 1 and session[f"{KEY}_page"] == (999_999, 2)


def test_what_cannot_be_done_is_said(session: dict[str, Any], dataset: Dataset) -> None:
    rose = keys(dataset, ROSE, 1)
    for wish in (Wish(1, "relabel", rose, "\u202e"), Wish(2, "exclude", (("f" * 64, "gone.jpg"),))):
        carry_out_wishes(dataset, [wish], KEY)
        assert edits.log(dataset).error is not None
    assert dataset.latest == 1


@pytest.mark.parametrize(
    "made_up",
    [
        None,
        7,
        {},
        {"from": "a"},
        {"from": "a", "wishes": 3},
        {"from": "a", "wishes": [{"seq": 1, "action": "delete", "keys": []}]},
        {"from": "a", "wishes": [{"seq": 1, "action": "exclude", "keys": [["one"]]}]},
        {"from": ["a"], "wishes": []},
    ],
)
def test_what_the_browser_makes_up_is_ignored(
    session: dict[str, Any], dataset: Dataset, made_up: object
) -> None:
    session[KEY] = {"act": made_up}
    _listener(dataset, KEY, f"{KEY}_page")()
    assert dataset.latest == 1


def test_two_tabs_that_change_at_once_lose_nothing(session: dict[str, Any], dataset: Dataset) -> None:
    roses = keys(dataset, ROSE, 4)
    said(session, dataset, {"seq": 1, "action": "relabel", "keys": roses[:2], "label": LILY}, sender="one")
    session.clear()  # the other tab, which has not seen that
    said(session, dataset, {"seq": 1, "action": "relabel", "keys": roses[1:], "label": TULIP}, sender="two")
    found = states(dataset.read())
    assert [found[key].example.label for key in roses] == [LILY, TULIP, TULIP, TULIP]
    carry_out_wishes(dataset, [Wish(2, "undo")], KEY)  # takes back its own change only
    found = states(dataset.read())
    assert [found[key].example.label for key in roses] == [LILY, LILY, ROSE, ROSE]
