"""A table on its way in: the person sees its first rows, says which column is which, and imports it.

The table is read by `python -m tlcore check` in a process of its own; this one only shows what that says.
What was said lies beside the table and its name is in the address, so a refresh goes on where it was.
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.browser.upload import route
from pages.components.browser.upload.upload import Received
from pages.components.shared.datasets import import_jobs
from pages.components.shared.selection.chooser import choose_one, choose_or_none
from pages.components.shared.selection.labels import unique_labels
from pages.components.shared.text import counted, escape_formulas, plain, show_error
from tlcore import system
from tlcore.errors import DataError, GraftError, printable
from tlcore.refusals import writing
from tlcore.runs.backend import ask, tail
from tlcore.workspace import Workspace

PREVIEW_KEY = "table_on_its_way"
ADDRESS = "table"
WAITING = re.compile(r"upload-[0-9a-f]+\.[a-z]+")
SHOWN_ROWS = 8
PASTED_NAME = "Pasted lines"


@dataclass(frozen=True)
class TablePreview:
    """A table that has arrived, with what `check` said of it: `table` as it prints it, `error` if any."""

    received: Received
    table: dict[str, Any]
    error: str

    def keep(self) -> None:
        """Write down what was said, beside the table."""
        told = {"name": self.received.name, "table": self.table, "error": self.error}
        with writing():
            system.write_atomic(_note(self.received.path), json.dumps(told).encode())

    def forget(self) -> None:
        """Delete the table and what was said of it."""
        for file in (self.received.path, _note(self.received.path)):
            file.unlink(missing_ok=True)


def _note(table: Path) -> Path:
    return table.with_name(f"{table.name}.told")


def _kept(name: str) -> TablePreview | None:
    """The table that the address names, if it still waits; only names that uploads have are looked at."""
    path = Workspace().root / "cache" / "uploads" / name
    if not WAITING.fullmatch(name) or not path.is_file():
        return None
    try:
        told = json.loads(_note(path).read_bytes())
    except (OSError, ValueError):
        return None
    return TablePreview(Received(path, told["name"], 1, None), told["table"], told["error"])


def is_table(received: Received) -> bool:
    """Whether what arrived is a single table rather than a folder or an archive."""
    return received.path.suffix in route.TABLES


def open_table(received: Received) -> None:
    """Look at a table that has arrived, and keep it open for `step`.

    Raises:
        DataError: it cannot be read as a table; it is not kept.
    """
    discard()
    with st.spinner("Reading the table …", show_time=True):
        looked = _look(received)
    if not looked.table:
        received.path.unlink(missing_ok=True)
        raise DataError(looked.error)
    looked.keep()
    st.session_state[PREVIEW_KEY] = looked
    st.query_params[ADDRESS] = received.path.name


def is_open() -> bool:
    """Whether a table waits for its columns to be confirmed; after a refresh the address tells which."""
    looked = st.session_state.get(PREVIEW_KEY) or _kept(st.query_params.get(ADDRESS, ""))
    if looked is None or not looked.received.path.exists():
        _close()
        return False
    st.session_state[PREVIEW_KEY] = looked
    return True


def discard() -> None:
    """Forget a table that waits, and delete it."""
    looked = st.session_state.get(PREVIEW_KEY)
    if looked is not None:
        looked.forget()
    _close()


def _close() -> None:
    st.session_state.pop(PREVIEW_KEY, None)
    st.query_params.pop(ADDRESS, None)


def _look(received: Received) -> TablePreview:
    log = received.path.with_name(f"{received.path.name}.log")
    try:
        output, code = ask(["check", str(received.path), "--json"], log)
        error = tail(log)
        for path in (str(received.path), received.path.name):
            error = error.replace(path, received.name)
    finally:
        log.unlink(missing_ok=True)
    last = output.strip().rsplit("\n", 1)[-1]
    told = json.loads(last) if last.startswith("{") else {}
    return TablePreview(received, told.get("table", {}), error if code else "")


def show() -> None:
    """Which column is what, with the first rows; then Import."""
    if not is_open():
        return
    looked: TablePreview = st.session_state[PREVIEW_KEY]
    table, key = looked.table, looked.received.path.name
    with st.container(border=True, key="columns"):
        st.subheader("Which column is what?", anchor=False)
        notes = f" Recognised: {plain('; '.join(table['notes']))}." if table["notes"] else ""
        st.caption(f"“{plain(looked.received.name)}”, {counted(table['rows'], 'row')}.{notes}")
        _preview(table)
        text, label = _choose(table, key)
        if looked.error and (text, label) == (table["text"], table["label"]):
            st.warning(plain(looked.error), icon=":material/warning:")
        if table["split"]:
            st.caption(f"“{plain(table['split'])}” says which texts are for training and which for testing.")
        if text == label:
            st.error("Texts and classes are in different columns.", icon=":material/error:")
        with st.container(horizontal=True):
            ready = label is not None and text != label
            if st.button("Import", type="primary", icon=":material/check:", disabled=not ready):
                _import(looked, text, str(label))
            st.button("Cancel", key="discard_table", on_click=discard)


def _preview(table: dict[str, Any]) -> None:
    """The first rows; a grid draws text only, whatever is in it."""
    # Shown names may be equal where the names are not, and a grid wants them different.
    names = [f"{at}. {printable(name)}" for at, name in enumerate(table["columns"], start=1)]
    text = st.column_config.TextColumn()
    wide = st.column_config.TextColumn(width="medium")
    st.dataframe(
        escape_formulas(pd.DataFrame(table["head"][:SHOWN_ROWS], columns=names)),
        hide_index=True,
        column_config={
            name: wide if real == table["text"] else text
            for name, real in zip(names, table["columns"], strict=True)
        },
        key="table_head",
    )


def _choose(table: dict[str, Any], key: str) -> tuple[str, str | None]:
    columns = table["columns"]
    left, right = st.columns(2)
    labels = unique_labels(columns, printable, lambda name: f"column {columns.index(name) + 1}")
    text = choose_one("Column with the texts", labels, table["text"], key=f"text_column_{key}", within=left)
    label = choose_or_none(
        "Column with the classes",
        labels,
        table["label"],
        placeholder="Choose a column",
        key=f"label_column_{key}",
        within=right,
    )
    return text, label


def _import(looked: TablePreview, text: str, label: str) -> None:
    try:
        import_jobs.start_import(looked.received, [f"--text-column={text}", f"--label-column={label}"])
    except GraftError as error:
        show_error(error)
        return
    _note(looked.received.path).unlink(missing_ok=True)
    _close()
    st.rerun()


def paste() -> Received | None:
    """A box for pasted lines; they are returned once, as a table in the uploads folder.

    Raises:
        DataError: a line without a label.
    """
    with st.form("paste", border=False, clear_on_submit=False):
        lines = st.text_area(
            "Paste lines: label, tab or comma, text",
            height=180,
            placeholder="praise, What a lovely shop!\nblame, It came too late.",
            key="pasted_lines",
        )
        sent = st.form_submit_button("Use these lines", icon=":material/arrow_forward:", key="use_lines")
    if not sent:
        return None
    content = _as_json_lines(lines)
    path = Workspace().uploads / f"upload-{secrets.token_hex(16)}.jsonl"
    with writing():
        path.write_text(content, encoding="utf-8")
    return Received(path, PASTED_NAME, 1, None)


def _as_json_lines(lines: str) -> str:
    """The lines as JSON Lines, so that commas and quotation marks in a text are only that."""
    rows = []
    for number, line in enumerate(lines.splitlines(), start=1):
        label, mark, text = line.partition("\t" if "\t" in line else ",")
        if line.strip() and not mark:
            raise DataError(
                f"Line {number} has no tab or comma after its label.",
                received=line[:80],
                remedy="Write the label first, then a tab or a comma, then the text.",
            )
        if line.strip():
            rows.append({"label": label.strip(), "text": text.strip()})
    if not rows:
        raise DataError("There are no lines yet.", remedy="Paste some, each with a label and a text.")
    return "".join(json.dumps(row) + "\n" for row in rows)
