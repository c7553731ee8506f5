"""Words: names stay plain text, numbers read well."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages.components.shared import text as shared_text
from tlcore.characters import on_one_line


def shown_by(page: object) -> AppTest:
    at = AppTest.from_function(page)  # type: ignore[arg-type]
    at.run()
    assert not at.exception
    return at


def test_header_shows_title_purpose_and_explanation() -> None:
    def page() -> None:
        from pages.components.shared.text import page_header

        page_header("Data <b>", "Bring the *pictures*.", "Because.")

    at = shown_by(page)
    assert at.title[0].value == r"Data \<b\>"
    assert [element.value for element in at.markdown] == ["Bring the *pictures*.", "Because."]


def test_error_says_what_happened_what_was_received_and_what_to_do() -> None:
    def page() -> None:
        from pages.components.shared.text import show_error
        from tlcore.errors import DataError

        show_error(DataError("Only one class was found.", received="<i>rose</i>", remedy="Add a class."))

    lines = shown_by(page).error[0].value.split("\n")
    assert [line.strip() for line in lines] == [
        r"Only one class was found\.",
        r"Received: \<i\>rose\<\/i\>",
        r"Add a class\.",
    ]


def test_plain_leaves_letters_alone_and_joins_lines() -> None:
    assert shared_text.plain("向日葵 été\n\tx") == "向日葵 été x"


@pytest.mark.parametrize("name", ["می\u200cخواهم", "क्\u200dष", "👨\u200d👩\u200d👧", "❤\ufe0f"])
def test_plain_keeps_what_letters_are_joined_by(name: str) -> None:
    assert shared_text.plain(name) == name and shared_text.plain("rose\u200d") == "rose�"


def test_a_text_keeps_its_lines() -> None:
    assert shared_text.paragraph("a *b*\n\n\u202ec") == "\u2068a \\*b\\*\u2069  \n\u2068�c\u2069"


@given(st.text())
def test_plain_keeps_every_visible_character(text: str) -> None:
    seen = shared_text.plain(text).replace(shared_text.JOINER, "")
    unescaped = "".join(c for i, c in enumerate(seen) if not _escapes(seen, i))
    line = " ".join(re.sub("[\u2066-\u2069]", "", text).split())
    assert unescaped.split() == on_one_line(line).split()


def _escapes(text: str, at: int) -> bool:
    """Whether the backslash at `at` is one that `plain` put there: each is followed by what it escapes."""
    backslashes = len(text[: at + 1]) - len(text[: at + 1].rstrip("\\"))
    return text[at] == "\\" and backslashes % 2 == 1


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (4_700_000, "4.7 MB"),
        (210e6, "210 MB"),
        (999.7e6, "1.0 GB"),
    ],
)
def test_size(number: float, text: str) -> None:
    assert shared_text.size(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.84, "0.8 s"), (42, "42 s"), (185, "3 min 5 s"), (3600, "1 h"), (7800, "2 h 10 min")],
)
def test_duration(seconds: float, text: str) -> None:
    assert shared_text.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(3, "a few seconds"), (41, "about 40 s"), (118, "about 2 min"), (9000, "about 2 h")]
)
def test_about(seconds: float, text: str) -> None:
    assert shared_text.rough_duration(seconds) == text


def test_counts_and_shares() -> None:
    assert shared_text.counted(1, "picture") == "1 picture"
    assert shared_text.counted(2000, "picture") == "2,000 pictures"
    assert shared_text.counted(3, "class", "classes") == "3 classes"
    assert shared_text.percent(0.9312) == "93.1 %"


def test_no_cell_of_a_grid_and_no_head_is_a_formula() -> None:
    shown = shared_text.escape_formulas(pd.DataFrame({"=1+1": ["=HYPERLINK(0)", "fine"], "n": [1, -2]}))
    cells = [*shown.columns, *shown.iloc[:, 0]]
    assert cells == [f"{shared_text.JOINER}=1+1", "n", f"{shared_text.JOINER}=HYPERLINK(0)", "fine"]
    assert list(shown["n"]) == [1, -2]
