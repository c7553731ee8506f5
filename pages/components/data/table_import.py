"""The import of a table: its first rows, the choice of its columns, and the Import button.

`python -m tlcore check` reads the table in a process of its own; this one only shows the result. The result
is stored beside the table, and the table's name is in the address, so that a refresh loses nothing.
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
from tlcore.runs.workers.local_backend import ask, tail
from tlcore.workspace import Workspace
from tlcore.workspace.refusals import writing

PREVIEW_KEY = "table_on_its_way"
ADDRESS = "table"
WAITING = re.compile(r"upload-[0-9a-f]+\.[a-z]+")
SHOWN_ROWS = 8
PASTED_NAME = "Pasted lines"


@dataclass(frozen=True)
class TablePreview:
    """An uploaded table with the result of `check`: `table` as it prints it, `error` if any."""

    received: Received
    table: dict[str, Any]
    error: str

    def keep(self) -> None:
        """Store the result beside the table."""
        stored = {"name": self.received.name, "table": self.table, "error": self.error}
        with writing():
            system.write_atomic(_note(self.received.path), json.dumps(stored).encode())

    def forget(self) -> None:
        """Delete the table and the stored result."""
        for file in (self.received.path, _note(self.received.path)):
            file.unlink(missing_ok=True)


def _note(table: Path) -> Path:
    return table.with_name(f"{table.name}.told")


def _stored_preview(name: str) -> TablePreview | None:
    """The table in the address, if it still waits; only names of uploads count."""
    path = Workspace().root / "cache" / "uploads" / name
    if not WAITING.fullmatch(name) or not path.is_file():
        return None
    try:
        stored = json.loads(_note(path).read_bytes())
    except (OSError, ValueError):
        return None
    return TablePreview(Received(path, stored["name"], 1, None), stored["table"], stored["error"])


def is_table(received: Received) -> bool:
    """Whether the upload is a single table rather than a folder or an archive."""
    return received.path.suffix in route.TABLES


def open_table(received: Received) -> None:
    """Check an uploaded table and keep it for `show`.

    Raises:
        DataError: it cannot be read as a table; it is deleted.
    """
    discard()
    with st.spinner("Reading the table …", show_time=True):
        preview = _check(received)
    if not preview.table:
        received.path.unlink(missing_ok=True)
        raise DataError(preview.error)
    preview.keep()
    st.session_state[PREVIEW_KEY] = preview
    st.query_params[ADDRESS] = received.path.name


def is_open() -> bool:
    """Whether a table waits for its columns; after a refresh, the one in the address."""
    preview = st.session_state.get(PREVIEW_KEY) or _stored_preview(st.query_params.get(ADDRESS, ""))
    if preview is None or not preview.received.path.exists():
        _close()
        return False
    st.session_state[PREVIEW_KEY] = preview
    return True


def discard() -> None:
    """Delete the waiting table."""
    preview = st.session_state.get(PREVIEW_KEY)
    if preview is not None:
        preview.forget()
    _close()


def _close() -> None:
    st.session_state.pop(PREVIEW_KEY, None)
    st.query_params.pop(ADDRESS, None)


def _check(received: Received) -> TablePreview:
    log = received.path.with_name(f"{received.path.name}.log")
    try:
        output, code = ask(["check", str(received.path), "--json"], log)
        error = tail(log)
        for path in (str(received.path), received.path.name):
            error = error.replace(path, received.name)
    finally:
        log.unlink(missing_ok=True)
    last = output.strip().rsplit("\n", 1)[-1]
    result = json.loads(last) if last.startswith("{") else {}
    return TablePreview(received, result.get("table", {}), error if code else "")


def show() -> None:
    """The first rows, the choice of the columns, and Import."""
    if not is_open():
        return
    preview: TablePreview = st.session_state[PREVIEW_KEY]
    table, key = preview.table, preview.received.path.name
    with st.container(border=True, key="columns"):
        st.header("Which column is what?", anchor=False)
        notes = f" Detected: {plain('; '.join(table['notes']))}." if table["notes"] else ""
        st.caption(f"“{plain(preview.received.name)}”, {counted(table['rows'], 'row')}.{notes}")
        _preview(table)
        text, label = _choose(table, key)
        if preview.error and (text, label) == (table["text"], table["label"]):
            st.warning(plain(preview.error), icon=":material/warning:")
        if table["split"]:
            st.caption(
                f"The column “{plain(table['split'])}” says which texts are for training and which for "
                "testing."
            )
        if text == label:
            st.error("Choose two different columns.", icon=":material/error:")
        with st.container(horizontal=True):
            ready = label is not None and text != label
            if st.button("Import", type="primary", icon=":material/check:", disabled=not ready):
                _import(preview, text, str(label))
            st.button("Cancel", key="discard_table", on_click=discard)


def _preview(table: dict[str, Any]) -> None:
    """The first rows, as text only."""
    # Numbered, because a grid needs different names and printable names may be equal.
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


def _import(preview: TablePreview, text: str, label: str) -> None:
    try:
        import_jobs.start_import(preview.received, [f"--text-column={text}", f"--label-column={label}"])
    except GraftError as error:
        show_error(error)
        return
    _note(preview.received.path).unlink(missing_ok=True)
    _close()
    st.rerun()


def paste() -> Received | None:
    """A box for pasted lines; returns them once, as a table in the uploads folder.

    Raises:
        DataError: a line has no class.
    """
    with st.form("paste", border=False, clear_on_submit=False):
        lines = st.text_area(
            "Paste lines: class, tab or comma, text",
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
    """The lines as JSON Lines, so that commas and quotation marks in a text have no meaning."""
    rows = []
    for number, line in enumerate(lines.splitlines(), start=1):
        label, mark, text = line.partition("\t" if "\t" in line else ",")
        if line.strip() and not mark:
            raise DataError(
                f"Line {number} has no tab or comma after its class.",
                received=line[:80],
                remedy="Write the class first, then a tab or a comma, then the text.",
            )
        if line.strip():
            rows.append({"label": label.strip(), "text": text.strip()})
    if not rows:
        raise DataError("There are no lines yet.", remedy="Paste some lines, each with a class and a text.")
    return "".join(json.dumps(row) + "\n" for row in rows)
