"""Texts that look the same on every page: headers, errors, sizes, times, and names as plain text."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import ParamSpec

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tlcore.characters import JOINER, as_markdown
from tlcore.data.tables.cells import escape_formula
from tlcore.errors import GraftError

Parameters = ParamSpec("Parameters")
INTERVAL_HELP = "The true accuracy lies within these bounds in 95 of 100 such tests."


def plain(text: object) -> str:
    """A name that comes from a file, a folder or a person, as Markdown that shows exactly its characters."""
    return as_markdown(text)


def isolated(text: object) -> str:
    """`plain`, with its own writing direction: its first letter decides, not the text around it.

    The pair of characters does what `dir="auto"` does in HTML.
    """
    return f"\u2068{plain(text)}\u2069"


def paragraph(text: str) -> str:
    """`isolated`, with the text's own line breaks."""
    return "  \n".join(isolated(line) for line in text.splitlines() if line.strip())


def escape_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """`table` without cells or column names that a spreadsheet would execute.

    People can save a grid as a CSV file with the grid's own button.
    """
    return table.map(safe_cell).rename(columns=safe_cell)


def safe_cell(cell: object) -> object:
    """`cell`; if its first character would make it a formula, an invisible one is put before it."""
    return f"{JOINER}{cell}" if isinstance(cell, str) and escape_formula(cell) != cell else cell


def page_header(title: str, purpose: str, explanation: str = "") -> DeltaGenerator:
    """The top of a page in one line: its title, its purpose in one sentence, an explanation one click away.

    Args:
        title: plain text; it may hold a name from outside.
        purpose: our own Markdown, one sentence.
        explanation: our own Markdown, shown on demand; "" for none.

    Returns:
        the line, whose end is for the choice of what the page shows.
    """
    line = st.container(horizontal=True, vertical_alignment="center", gap="small", key="page_header")
    with line:
        st.title(plain(title), anchor=False, width="content")
        st.markdown(purpose, width="content")
        if explanation:
            with st.popover("Help", icon=":material/help:", type="tertiary"):
                st.markdown(explanation)
        st.space("stretch")
    return line


def show_error(error: GraftError, place: DeltaGenerator | None = None) -> None:
    """The error: what happened, what was received, what to do. `place`: beside the control that caused it."""
    lines = [plain(error.what)]
    if error.received is not None:
        lines.append(f"Received: {plain(error.received)}")
    if error.remedy:
        lines.append(plain(error.remedy))
    (st if place is None else place).error("  \n".join(lines), icon=":material/error:")


def show_errors(draw: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """A fragment that shows its own errors, for example that a run was deleted in another tab.

    When a fragment is drawn alone, the page around it does not catch them.
    """

    @functools.wraps(draw)
    def drawn(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        try:
            draw(*args, **kwargs)
        except GraftError as error:
            show_error(error)

    return drawn


def counted(number: int, word: str, plural: str = "") -> str:
    """`1 picture`, `2,000 pictures`, `3 classes` (with plural="classes")."""
    return f"{number:,} {word if number == 1 else plural or word + 's'}"


def size(number: float) -> str:
    """A number of bytes, in powers of ten: `512 bytes`, `4.7 MB`, `210 MB`, `1.4 GB`."""
    if number < 1000:
        return counted(int(number), "byte")
    for unit in ("kB", "MB", "GB", "TB"):
        number /= 1000
        if number < 999.5 or unit == "TB":
            break
    return f"{number:.1f} {unit}" if number < 9.95 else f"{number:.0f} {unit}"


def duration(seconds: float) -> str:
    """A measured time span: `0.8 s`, `42 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def rough_duration(seconds: float) -> str:
    """An estimated time span: `a few seconds`, `about 40 s`, `about 2 min`, `about 3 h`."""
    if seconds < 7.5:
        return "a few seconds"
    if seconds < 55:
        return f"about {5 * round(seconds / 5)} s"
    if seconds < 90 * 60:
        return f"about {max(1, round(seconds / 60))} min"
    return f"about {round(seconds / 3600)} h"


def local_time(written: str) -> str:
    """A time from a file (`2026-11-25T14:05:00Z`) on this computer's clock: `25 Nov 2026, 15:05`.

    Any other text comes back as it is.
    """
    try:
        made = datetime.strptime(written, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).astimezone()
    except ValueError:
        return written
    return f"{made.day} {made:%b %Y, %H:%M}"


def percent(share: float, digits: int = 1) -> str:
    """A share between 0 and 1 as `93.1 %`."""
    return f"{100 * share:.{digits}f} %"


def interval_text(interval: tuple[float, float]) -> str:
    """Two shares as `86.3 % to 96.5 %`."""
    low, high = interval
    return f"{percent(low)} to {percent(high)}"


def has_words(text: str, words: str) -> bool:
    """True if each of the words stands somewhere in the text, in any case."""
    folded = text.casefold()
    return all(word in folded for word in words.casefold().split())
