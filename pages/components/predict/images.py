"""Predict for pictures: a few, each beside its answer; many, as a batch; one from the webcam."""

from __future__ import annotations

import streamlit as st

from pages.components.browser.answer.answer import Asked, Panel
from pages.components.predict import prediction_card, sent_pictures
from pages.components.predict.batch import jobs
from pages.components.predict.held_out import guessing, strip_section
from pages.components.predict.held_out.strip_section import HeldOutKind
from pages.components.predict.held_out.trial import trial_of
from pages.components.shared.answers import webcam
from pages.components.shared.selection.keys import key_of
from pages.components.shared.viewers import safe_preview
from pages.components.shared.viewers.images import VIEWER
from pages.components.shared.viewers.safe_preview import temporary_file
from tlcore.data.dataset import Dataset
from tlcore.errors import DataError, printable
from tlcore.evaluate.report import Prediction
from tlcore.runs.run import Run

NAMELESS = "A held-out picture"


def ask(runs: tuple[Run, ...]) -> None:
    """Two ways to ask: with pictures that you send or that were held out, and with a webcam."""
    pictures, camera = st.tabs(["Pictures", "Webcam"])
    with pictures:
        _pictures(runs)
    with camera:
        shot = webcam.show(runs)
        if shot is not None:
            _card(runs, "From the webcam", shot, "shot")


def _pictures(runs: tuple[Run, ...]) -> None:
    """Answers on top, then the held-out pictures and the upload box, which is small once it is answered."""
    answers, strip, box = st.container(), st.container(), st.container()
    with box:
        sent_pictures.box(runs)
        jobs.show(runs)
    with answers:
        sent_pictures.show(lambda name, content, key: _card(runs, name, content, key))
        score = st.container()
        shown = strip_section.shown(runs[0], HELD_OUT)
        if shown is not None:
            _held_out(runs, shown)
    with score:  # counts the answer below it, too
        guessing.show_score(runs[0], HELD_OUT, sent_pictures.forget)
    with strip:
        strip_section.show(runs[0], HELD_OUT, sent_pictures.forget, lambda: guessing.toggle(runs[0]))


def _held_out(runs: tuple[Run, ...], shown: Prediction) -> None:
    """A held-out picture: a person's guess, if wanted, then its answer and its true class."""
    run, content = runs[0], _content(runs[0].dataset(), shown.sha256)
    if guessing.is_waiting(run, shown):
        guessing.ask_person(run, shown, Asked(picture=safe_preview.of(content).encoded, alt=NAMELESS))
        return
    before = guessing.person_panel(run, shown)
    answer = _card(runs, "", content, f"held_{shown.sha256[:16]}", truth=shown.label, before=before)
    trial_of(run).note_answer(answer)


def _is_there(dataset: Dataset, sha256: str) -> bool:
    return dataset.thumbnail(sha256).is_file()


def _content(dataset: Dataset, sha256: str) -> bytes:
    path = dataset.file(sha256)
    try:
        return (path if path.is_file() else dataset.thumbnail(sha256)).read_bytes()
    except OSError as error:
        raise DataError("This picture is gone.", remedy="Choose another one.") from error


HELD_OUT = HeldOutKind(viewer=VIEWER, most=12, has=_is_there, read=_content)


def _card(
    runs: tuple[Run, ...],
    name: str,
    content: bytes,
    key: str,
    *,
    truth: str = "",
    before: tuple[Panel, ...] = (),
) -> str:
    """Picture beside its answers. It is decoded in the sandbox first: models get only real pictures."""
    small = safe_preview.of(content)
    if small.refused:
        sent_pictures.show_refusal(name, small.refused)
        return ""
    asked = Asked(picture=small.encoded, alt=printable(name) or NAMELESS, caption=printable(name))
    with temporary_file(content) as path:
        return prediction_card.show(
            runs, content, path, name, key_of("picture", key), asked=asked, truth=truth, before=before
        )
