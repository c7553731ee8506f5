"""What can be seen is shown as it is; what hides or turns other characters is not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.characters import on_one_line

PERSIAN, HINDI, HALF = "می\u200cخواهم", "क्\u200dष", "क्\u200c"
FAMILY, DOCTOR, SCOTLAND = (
    "👨\u200d👩\u200d👧",
    "🧑🏽\u200d⚕\ufe0f",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
)
SPELT = [
    PERSIAN,
    HINDI,
    HALF,
    FAMILY,
    DOCTOR,
    SCOTLAND,
    "🏳\ufe0f\u200d🌈",
    "1\ufe0f\u20e3",
    "葛\U000e0100",
    "❤\ufe0f",
    "نمی\u200cدانم ۱",
]
UNSEEN = (
    "\u200c\u200d\u2060\u00ad\u200b\u200e\u200f\u202a\u202e\u2066\u2069\ufeff\ufe0f\u034f\u115f\u3164"
    "\U000e0067\U000e0100\u180b"
)


@pytest.mark.parametrize("name", SPELT)
def test_what_letters_are_joined_by_is_shown(name: str) -> None:
    assert on_one_line(name) == name and on_one_line(f"a {name}, {name}") == f"a {name}, {name}"


@pytest.mark.parametrize("c", UNSEEN)
@pytest.mark.parametrize("name", ["rose", "роза", "玫瑰"])
def test_no_two_names_look_the_same_for_a_character_that_nobody_sees(name: str, c: str) -> None:
    for other in (name + c, c + name, f"{name[:1]}{c}{name[1:]}"):
        if c == "\U000e0100" and name == "玫瑰" and not other.startswith(c):
            continue  # a variant of a Chinese character
        assert on_one_line(other).count("�") == 1


@pytest.mark.parametrize(
    "text", ["\u180b\u180b", "\u1820\u200d\u180b", "☀\u200d\u2800", "\ufffd\u200d\ufffd"]
)
def test_what_is_not_seen_joins_and_varies_nothing(text: str) -> None:
    shown = on_one_line(text)
    assert len(shown) == len(text) and not set(shown) & set(UNSEEN) and "\u2800" not in shown


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\v"])
def test_a_line_break_is_a_sign(end: str) -> None:
    assert on_one_line(f"Dear Sir,{end}I am") == "Dear Sir,↵I am"


@given(st.text(st.one_of(st.characters(), st.sampled_from(UNSEEN + "क्षمی👨👧🏴\n"))))
def test_whatever_comes_is_one_line_that_turns_nothing(text: str) -> None:
    shown = on_one_line(text)
    assert len(shown.splitlines()) <= 1 and len(shown) <= len(text)
    kinds = {unicodedata.category(c) for c in shown.replace("\u200c", "").replace("\u200d", "")}
    assert not kinds & {"Cc", "Cs", "Zl", "Zp", "Cn", "Co"} and on_one_line(shown) == shown
    assert not any(
        "\u202a" <= c <= "\u202e" or "\u2060" <= c <= "\u206f" or c in "\u200b\u200e\u200f\ufeff"
        for c in shown
    )


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Nd"), max_codepoint=0x24F)))
def test_what_can_be_seen_stays(text: str) -> None:
    assert on_one_line(text) == text
