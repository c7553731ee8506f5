"""Answers that say where things are, in words."""

from __future__ import annotations

import pytest

from pages.components.shared.answers.place_words import say_answer, say_counts, say_likeness, say_unlike

BOX = {"label": "cat", "score": 0.9}
ODD, STRANGE = BOX | {"unlike": True}, BOX | {"unlike": True, "unknown": True}


def test_the_most_come_first_and_names_are_text() -> None:
    assert say_counts({"cat": 1, "*dog*": 1200, "cow": 0}) == "1,200 \\*dog\\*, 1 cat"
    assert say_answer({"boxes": [BOX, BOX]}) == "2 cat" and say_answer({"boxes": []}) == ""
    assert say_answer({"areas": {"sky": 0.7, "cat": 0.298, "dust": 0.002}}) == "70.0 % sky, 29.8 % cat"


@pytest.mark.parametrize(
    ("boxes", "said"),
    [
        ([BOX, BOX], ""),
        ([BOX, ODD], "1 of 2 objects is unlike most in training: check it."),
        ([ODD, *[BOX] * 12], ""),  # as in every third ordinary picture with so many
        ([ODD, ODD, *[BOX] * 12], "2 of 14 objects are unlike most in training: check them."),
        ([STRANGE, *[BOX] * 12], "1 of 13 objects is unlike anything in training: do not trust it."),
        ([STRANGE, STRANGE], "2 of 2 objects are unlike anything in training: do not trust them."),
        (
            [ODD, STRANGE, BOX],
            "1 of 3 objects is unlike anything in training: do not trust it. "
            "1 of 3 objects is unlike most in training: check it.",
        ),
    ],
)
def test_what_is_unlike_training_is_counted(boxes: list[dict[str, object]], said: str) -> None:
    assert say_unlike({"boxes": boxes}) == said


def test_a_whole_picture_and_a_single_object() -> None:
    assert "may mean nothing" in say_unlike({"areas": {}, "unlike": True, "unknown": True})
    assert "check the areas" in say_unlike({"areas": {}, "unlike": True, "unknown": False})
    assert say_unlike({"areas": {}}) == "" and say_likeness(BOX) == ""
    assert [say_likeness(one) for one in (ODD, STRANGE)] == ["little is like it", "nothing is like it"]
