"""The formats of a model: a row each, with its file's proof, its progress, or the button that makes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import streamlit as st

from pages.components.shared.download import download_file
from pages.components.shared.job_bar import job_bar
from pages.components.shared.kept_button import kept_button
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import plain, show_errors, size
from tlcore.data.task_words import TaskWords
from tlcore.export.formats.formats import COUNTS_TERMS, FORMATS, formats_of, has_word_pieces
from tlcore.export.formats.terms import SWITCH, held_terms
from tlcore.export.model_export import ModelExport, kind_of
from tlcore.export.proof.answers import Agreement
from tlcore.export.proof.proof import Proof
from tlcore.runs.job import ALIVE, Status
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND, any_alive

EVERY = "1s"
ONLY_STRINGS = (
    "These have the tokenizer inside, which splits texts for the model. With other formats it would have to "
    "go along, and that of this backbone has no form for it."
)
PAGE_COUNTS = "The page to take home counts them itself."
WITHOUT = f"To get one, train again with {SWITCH} switched off on the Model page."
TOO_LARGE = "This model is too large for a page to take home. LiteRT and ONNX files end at 2 GB."
PROVEN = ":green[:material/verified:]"


def show(run: Run) -> None:
    """All rows; drawn again while one of the files is being made."""
    exports = [ModelExport(run, format.id) for format in formats_of(*kind_of(run))]
    for sentence in _missing(run, has_page=any(export.format.id == "web" for export in exports)):
        st.caption(sentence)
    is_busy = any_alive(exports)
    st.fragment(_rows, run_every=EVERY if is_busy else None)(exports, is_busy)


def _missing(run: Run, has_page: bool) -> Iterator[str]:
    """Sentences on formats that this model cannot have, and on the terms in the others."""
    has_pieces = run.task != "texts" or has_word_pieces(run.config().backbone)
    if not has_page:
        yield TOO_LARGE if has_pieces else ONLY_STRINGS
    if run.counts_terms:
        if has_pieces:
            yield " ".join([COUNTS_TERMS, WITHOUT, *([PAGE_COUNTS] if has_page else [])])
        yield held_terms(run.report().head_choice)


def _rows(exports: list[ModelExport], was_busy: bool) -> None:
    states = [BACKEND.status(export) for export in exports]
    if was_busy and not any(status.state in ALIVE for status in states):
        st.rerun()
    proofs = [export.proof() for export in exports]  # once: each asks for the report's hash
    rows = list(zip(exports, states, proofs, strict=True))
    main = next((one for one, status, proof in rows if proof is None and status.state not in ALIVE), None)
    for export, status, proof in rows:
        with st.container(border=True, key=f"format_{export.format.id}"):
            _row(export, status, proof, export is main)


@show_errors
def _row(export: ModelExport, status: Status, proof: Proof | None, is_main: bool) -> None:
    """One format; `is_main`: its button is the page's main one."""
    is_alive = status.state in ALIVE
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap=None):
            st.markdown(f"**{export.format.title}** · {export.format.about}")
            if proof and not is_alive:
                _show_proof(proof, export.run.words)
            elif status.state in ("failed", "lost", "cancelled"):
                said = status.error or status.message or "It was interrupted: its process is gone."
                st.caption(f":material/info: {plain(said)}")
        if is_alive:
            job_bar(export, status, key_of("stop", export.run.id, export.format.id))
        elif proof and not proof.refusal and export.file.exists():
            _download(export)
        else:
            _make_button(export, "Try again" if proof else "Make the file", is_main)


def _make_button(export: ModelExport, label: str, is_main: bool) -> None:
    key = key_of("make", export.run.id, export.format.id)
    look: Literal["primary", "secondary"] = "primary" if is_main else "secondary"
    if kept_button(label, key, icon=":material/build:", type=look, width=150):
        _start(export)


def _start(export: ModelExport) -> None:
    proof = export.proof()
    if proof and proof.refusal:
        export.drop()  # asked for once more: another version of the converter may do better
    export.folder.mkdir(parents=True, exist_ok=True)
    BACKEND.start(export, export.command)
    st.rerun()


def _download(export: ModelExport) -> None:
    key = key_of("download", export.run.id, export.format.id)
    download_file("Download", export.pack, f"{export.run.id} {export.format.id}", key=key, width=150)


def _show_proof(proof: Proof, words: TaskWords) -> None:
    """The figures of the file, beside those of the model."""
    if proof.refusal:
        st.caption(f":red[:material/block:] Not offered. {plain(proof.refusal)}")
        return
    decoding = ", with decoding" if FORMATS[proof.format].inside else ""
    parts = [
        f"{PROVEN} **{proof.same:,} of {proof.n:,}** the same answer",
        f"largest difference in a chance {proof.largest:.4f}",
        size(proof.size),
        f"{proof.milliseconds:.1f} ms for a {words.one}{decoding} "
        f"(the model itself: {proof.milliseconds_before:.1f})",
    ]
    if proof.same < proof.n:
        parts.insert(1, "; ".join(_scores(name, split, words) for name, split in proof.splits.items()))
    st.caption(" · ".join(parts))


def _scores(name: str, split: Agreement, words: TaskWords) -> str:
    return f"{name}: {words.scored(split.score)} (the model: {words.figure(split.score_before)})"
