"""Keys: any name makes one, in characters that Streamlit takes, and no two names the same."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pages.components.shared.selection.keys import digest_of, key_of

WILD = [
    "a__b",
    "__",
    "_",
    "",
    "a.5f.b",
    "..",
    "a_b",
    "b c",
    "“q”",
    "%20",
    "#",
    "?",
    "&",
    "\n",
    "שלום",
    "🌷",
    "\udcff",
]
names = st.one_of(st.sampled_from(WILD), st.text(max_size=6), st.text("_.a5f", max_size=6))


@given(st.tuples(names, names), st.tuples(names, names))
def test_other_names_make_another_key(first: tuple[str, str], second: tuple[str, str]) -> None:
    keys = [key_of("map", *parts) for parts in (first, second)]
    assert (keys[0] == keys[1]) == (first == second)
    assert (digest_of(*first) == digest_of(*second)) == (first == second)
    for key in keys:
        assert re.fullmatch(r"map[A-Za-z0-9._-]+", key) and "__" not in key and not key.endswith("_")


def test_a_usual_name_stays_readable() -> None:
    assert key_of("map", "flowers-20260301-101500-aaaa") == "map_flowers-20260301-101500-aaaa"
