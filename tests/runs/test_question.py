"""What a warm model is asked: every question survives its line, and no line is more than a path by chance."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.runs.question import Question

NAMES = st.text(st.characters(exclude_characters="\x00"), min_size=1)


EDGES = st.floats(-1e6, 1e6)


@given(NAMES, st.booleans(), st.text(), st.just(()) | st.tuples(EDGES, EDGES, EDGES, EDGES))
def test_a_question_survives_its_line(path: str, why: bool, label: str, box: tuple[float, ...]) -> None:
    asked = Question(Path(path), why, label, box)
    assert asked.line().isascii() and "\n" not in asked.line()
    assert Question.read(f"{asked.line()}\n") == asked


@given(NAMES)
def test_what_is_no_object_is_a_path(line: str) -> None:
    name = line.replace("\n", "").replace("\r", "")
    if not name.startswith("{"):
        assert Question.read(f"{name}\n") == Question(Path(name))


@pytest.mark.parametrize(
    "line", ["{a}.jpg", "{}", '{"path": 3}', '{"why": true}', '{"path"', "[" * 9, "{" * 9999]
)
def test_what_begins_like_an_object_may_be_a_path(line: str) -> None:
    assert Question.read(line) == Question(Path(line))


def test_only_what_is_meant_is_taken(tmp_path: Path) -> None:
    line = json.dumps({"path": "a.jpg", "why": "yes", "label": 3, "more": 1})
    assert Question.read(line) == Question(Path("a.jpg"))


@pytest.mark.parametrize(
    "box", ["[1,2,3]", "[1,2,3,NaN]", "[1,2,3,1e999]", '[1,2,3,"4"]', "[1,2,3,true]", "7"]
)
def test_a_box_is_four_numbers(box: str) -> None:
    assert Question.read(f'{{"path": "a.jpg", "box": {box}}}') == Question(Path("a.jpg"))
