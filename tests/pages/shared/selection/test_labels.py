"""Labels: whatever things are called, no two of them are shown alike."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pages.components.shared.selection.labels import _look, class_labels, unique_labels

SAME = [
    "a",
    "a ",
    "a\u200b",
    "a\u200d",
    "a\u202e",
    "a · 1",
    "a · 1 · 1",
    "é",
    "e\u0301",
    "\udc80",
    "\udc81",
    "",
]
names = st.one_of(st.sampled_from(SAME), st.text(max_size=4))


@given(st.lists(names, max_size=12), st.lists(st.lists(names, min_size=12, max_size=12), max_size=3))
def test_no_two_labels_look_alike(called: list[str], facts: list[list[str]]) -> None:
    ids = range(len(called))
    labels = unique_labels(ids, called.__getitem__, *(fact.__getitem__ for fact in facts))
    assert list(labels) == list(ids)
    assert len({_look(label) for label in labels.values()}) == len(called)
    assert all(labels[id].startswith(called[id]) for id in ids)
    assert unique_labels(labels, labels.__getitem__) == labels  # they stay as they are


@given(st.lists(names, unique=True, max_size=12))
def test_no_two_classes_look_alike(classes: list[str]) -> None:
    labels = class_labels(classes)
    assert list(labels) == classes and len({_look(label) for label in labels.values()}) == len(classes)
    assert all(label.isprintable() for label in labels.values())


def test_only_what_makes_a_difference_is_added() -> None:
    when = {"x": "1 Mar", "y": "1 Mar", "z": "2 Mar"}
    sizes = {"x": "3 classes", "y": "4 classes"}  # nobody asks what z has: it is told apart before
    labels = unique_labels("xyz", lambda _: "flowers", when.__getitem__, sizes.__getitem__)
    assert labels == {
        "x": "flowers · 1 Mar · 3 classes",
        "y": "flowers · 1 Mar · 4 classes",
        "z": "flowers · 2 Mar",
    }
    assert unique_labels("x", lambda _: "flowers", when.__getitem__) == {"x": "flowers"}
    assert list(unique_labels("xy", lambda _: "same").values()) == ["same · 1", "same · 2"]


def test_classes_that_differ_in_hidden_characters_show_them() -> None:
    assert class_labels(["rose", "tu\u200blip", "tulip"]) == {
        "rose": "rose",
        "tu\u200blip": "tu�lip",
        "tulip": "tulip",
    }
    assert list(class_labels(["a\u200b", "a\u200e"]).values()) == [r"a� · a\u200b", r"a� · a\u200e"]
