"""Predict for models that say where things are: pictures that you send, or that were held out."""

from __future__ import annotations

import streamlit as st

from pages.components.predict import place_card, sent_pictures
from pages.components.predict.batch import jobs
from pages.components.predict.held_out import strip_section
from pages.components.predict.images import HELD_OUT
from pages.components.shared.answers import live_places, webcam
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.selection import manifest_of
from tlcore.data.manifest import Example
from tlcore.errors import GraftError
from tlcore.evaluate.report import Prediction
from tlcore.runs.run import Run


def ask(runs: tuple[Run, ...]) -> None:
    """Two ways to ask: with pictures that you send or that were held out, and with a webcam."""
    pictures, camera = st.tabs(["Pictures", "Webcam"])
    with pictures:
        _pictures(runs)
    with camera:
        shot = webcam.show(runs, draw=live_places.show)
        if shot is not None:
            place_card.show(runs, "From the webcam", shot, "shot")


def _pictures(runs: tuple[Run, ...]) -> None:
    """Held-out pictures on top: an answer is so tall that nobody would see them below it. Then the answers,
    and the upload box, which is small once it is answered.
    """
    strip, answers, box = st.container(), st.container(), st.container()
    shown = strip_section.shown(runs[0], HELD_OUT)
    with box:
        sent_pictures.box(runs)
        jobs.show(runs)
    with answers:
        sent_pictures.show(lambda name, content, key: place_card.show(runs, name, content, key))
        if shown is not None:
            _held_out(runs, shown)
    with strip:
        strip_section.show(runs[0], HELD_OUT, sent_pictures.forget, lambda: None)


def _held_out(runs: tuple[Run, ...], shown: Prediction) -> None:
    """A held-out picture, beside what a person drew in it."""
    content = HELD_OUT.read(runs[0].dataset(), shown.sha256)
    place_card.show(runs, shown.name, content, key_of("held", shown.sha256), _example(runs[0], shown))


def _example(run: Run, shown: Prediction) -> Example | None:
    """The example of the version that the run learned from; None where it is gone."""
    try:
        examples = manifest_of(run.dataset(), run.config().data_version).examples
    except GraftError:
        return None
    return next((one for one in examples if one.key == (shown.sha256, shown.name)), None)
