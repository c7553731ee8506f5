"""Turning the pages of a list that becomes shorter."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.fixtures.pages import page_script
from tests.pages.conftest import words

PAGE = page_script("paging")


def test_a_page_beyond_the_last_one_is_the_last_one() -> None:
    at = AppTest.from_file(PAGE, default_timeout=20)
    at.session_state["count"] = 95
    at.run()
    assert words(at) == "page 1"
    turn(at, 10)
    assert words(at) == "page 10"
    for count, page in ((81, 9), (25, 3), (7, 1), (0, 1)):
        at.session_state["count"] = count
        at.run()
        assert not at.exception and words(at) == f"page {page}"


def test_the_page_stays_where_the_list_grows_or_shrinks_behind_it() -> None:
    at = AppTest.from_file(PAGE, default_timeout=20)
    at.session_state["count"] = 95
    at.run()
    turn(at, 4)
    for count in (61, 200):
        at.session_state["count"] = count
        at.run()
        assert not at.exception and not at.warning and words(at) == "page 4"


def turn(at: AppTest, page: int) -> None:
    (buttons,) = at.get("pagination")
    buttons.set_value(page).run()
