"""Predict for texts: one or a few, each with its answer; many, as a batch."""

from __future__ import annotations

import secrets

import streamlit as st

from pages.components.browser.answer.answer import NOTHING, Asked, Panel
from pages.components.browser.upload.upload import Received, UploadKind, upload_box
from pages.components.predict import prediction_card
from pages.components.predict.batch import jobs
from pages.components.predict.held_out import guessing, strip_section
from pages.components.predict.held_out.strip_section import HeldOutKind
from pages.components.predict.held_out.trial import trial_of
from pages.components.shared.selection.addresses import remember
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import show_error
from pages.components.shared.viewers.safe_preview import temporary_file
from pages.components.shared.viewers.texts import VIEWER, texts_of
from tlcore.data.dataset import Dataset
from tlcore.data.tables.rows import MAX_CELL
from tlcore.errors import DataError
from tlcore.evaluate.report import Prediction
from tlcore.runs.run import Run
from tlcore.workspace import Workspace
from tlcore.workspace.refusals import writing

FEW = 6  # texts that are answered at once, each in a card; more make a batch
NAME = 80  # characters of a text in a message
TABLE = UploadKind(
    "Drop a table of texts here",
    "CSV, JSON Lines, Excel and more, a .txt file with one text per line, or a ZIP file of .txt files.",
    ("table", "archive"),
    "table",
)


def ask(runs: tuple[Run, ...]) -> None:
    """Two ways to send texts, each with its answers beneath."""
    one, many = st.tabs(["One text", "Several at once"])
    with one:
        _one(runs)
    with many:
        try:
            _many(runs)
        except DataError as error:
            show_error(error)
        jobs.show(runs)


def _one(runs: tuple[Run, ...]) -> None:
    """A text that you type, or one that was held out."""
    with st.form("one_text", border=False):
        field, button = st.columns([6, 1], vertical_alignment="bottom")
        text = field.text_area(
            "Text", max_chars=MAX_CELL, height=80, key="text", placeholder="Type or paste a text"
        )
        if button.form_submit_button("Ask", type="primary", icon=":material/search:", key="ask_one"):
            trial_of(runs[0]).shown = None
    answer, strip = st.container(), st.container()
    with answer:
        score = st.container()
        shown = strip_section.shown(runs[0], HELD_OUT)
        if shown is not None:
            _held_out(runs, shown)
        elif text.strip():
            _card(runs, text, "one")
    with score:  # counts the answer below it, too
        guessing.show_score(runs[0], HELD_OUT, lambda: None)
    with strip:
        strip_section.show(runs[0], HELD_OUT, lambda: None, lambda: guessing.toggle(runs[0]))


def _held_out(runs: tuple[Run, ...], shown: Prediction) -> None:
    """A held-out text: a person's guess, if wanted, then its answer and its true class."""
    run, text = runs[0], _content(runs[0].dataset(), shown.sha256).decode(errors="replace")
    if guessing.is_waiting(run, shown):
        guessing.ask_person(run, shown, Asked(text=text))
        return
    before, key = guessing.person_panel(run, shown), f"held_{shown.sha256[:16]}"
    trial_of(run).note_answer(_card(runs, text, key, is_seen=False, truth=shown.label, before=before))


def _is_there(dataset: Dataset, sha256: str) -> bool:
    try:
        return sha256 in texts_of(dataset)
    except DataError:
        return False


def _content(dataset: Dataset, sha256: str) -> bytes:
    text = texts_of(dataset).get(sha256)
    if text is None:
        raise DataError("This text is gone.", remedy="Choose another one.")
    return text.encode(errors="replace")


HELD_OUT = HeldOutKind(viewer=VIEWER, most=8, has=_is_there, read=_content)


def _many(runs: tuple[Run, ...]) -> None:
    with st.form("many_texts", border=False):
        typed = st.text_area("Texts, one per line", height=200, key="texts", placeholder="A text")
        pressed = st.form_submit_button("Ask all", type="primary", icon=":material/search:", key="ask_many")
    lines = [line for line in typed.splitlines() if line.strip()]
    received = upload_box("texts_file", longest_side=0, kind=TABLE)
    if received is not None:
        jobs.begin(runs, received)
    elif pressed and len(lines) > FEW:
        jobs.begin(runs, _as_file(lines))
    elif pressed:
        remember(jobs.ADDRESS, "")
    if len(lines) <= FEW:
        for number, line in enumerate(lines):
            _card(runs, line, f"line_{number}", is_seen=False)


def _as_file(lines: list[str]) -> Received:
    """Typed lines as an upload."""
    path = Workspace().uploads / f"upload-{secrets.token_hex(16)}.txt"
    with writing():
        path.write_text("\n".join(lines), encoding="utf-8", errors="replace", newline="\n")
    return Received(path, f"{len(lines):,} lines", len(lines), None)


def _card(
    runs: tuple[Run, ...],
    text: str,
    key: str,
    *,
    is_seen: bool = True,
    truth: str = "",
    before: tuple[Panel, ...] = (),
) -> str:
    content = text.encode(errors="replace")
    asked = NOTHING if is_seen else Asked(text=text)
    with temporary_file(content, ".txt") as path:
        return prediction_card.show(
            runs, content, path, text[:NAME], key_of("text", key), asked=asked, truth=truth, before=before
        )
