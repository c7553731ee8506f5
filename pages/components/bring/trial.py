"""The trial of a model from elsewhere: right answers with each pixel range, and pictures with answers."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pandas as pd
import streamlit as st

from pages.components.bring import own_pictures
from pages.components.bring.questions import Said
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import isolated, percent, show_error
from pages.components.shared.viewers import safe_preview
from tlcore.data.dataset import Dataset
from tlcore.errors import GraftError
from tlcore.foreign.candidate import ModelCandidate
from tlcore.foreign.facts import RANGES, PixelRange
from tlcore.foreign.trial import ModelTrial, TriedPicture
from tlcore.runs.workers.backend import BACKEND

ACROSS = 130  # pixels that a picture has at least


def show(candidate: ModelCandidate, said: Said) -> None:
    """The button to try it; once it was tried with these labels, its answers and the button to use it."""
    trial = _fitting(candidate.trial(), said)
    can_try = not said.problem and (said.dataset is not None or said.has_pictures)
    if st.button(
        "Try it", icon=":material/search:", type="secondary" if trial else "primary", disabled=not can_try
    ):
        _start(candidate, said, uses=False)
    if said.problem:
        st.caption(isolated(said.problem))
    elif not can_try:
        st.caption("Choose a data set, or drop a few pictures.")
    if trial is None:
        return
    _ranges(trial)
    _pictures(candidate, trial, said.answers.pixels)
    st.caption("Do these answers look right? Then it becomes a run in your workspace.")
    if st.button("Use this model", icon=":material/check:", type="primary"):
        _start(candidate, said, uses=True)


def _fitting(trial: ModelTrial | None, said: Said) -> ModelTrial | None:
    """The trial, if it was made with what is said now, whatever the pixel range."""
    if trial is None or said.problem:
        return None
    asked = msgspec.structs.replace(said.answers, pixels=trial.answers.pixels)
    data = str(said.dataset.folder) if said.dataset else ""
    return trial if (asked, data) == (trial.answers, trial.data) else None


def _start(candidate: ModelCandidate, said: Said, uses: bool) -> None:
    """Go on in a process of its own."""
    try:
        file = candidate.ask_with(said.answers)
        words = ["bring", "--job", str(candidate.folder), "--answers", str(file)]
        words += ["--try-on", str(said.dataset.folder)] if said.dataset else []
        if uses:
            words += ["--use"]
        elif not said.dataset:
            words += ["--pictures"]
        BACKEND.start(candidate, words)
    except GraftError as error:
        show_error(error)
    else:
        st.rerun()


def _ranges(trial: ModelTrial) -> None:
    """Right answers by pixel range, and the best one."""
    if not trial.n:
        return
    best = trial.best
    rows = [
        {"Pixels": RANGES[one.pixels], "Right": one.right / trial.n, "Of": trial.n}
        for one in sorted(trial.scores, key=lambda one: -one.right)
    ]
    right = {one.pixels: one.right for one in trial.scores}
    if best:
        st.success(
            f"**{RANGES[best]}** fits best: {right[best]} of {trial.n} right.", icon=":material/recommend:"
        )
    else:
        st.warning(
            "No pixel range is clearly the best. Are the labels in the order of the model's outputs?",
            icon=":material/help:",
        )
    if len(rows) > 1:
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            column_config={
                "Right": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
            },
            alt="Right answers by pixel range",
        )


def _pictures(candidate: ModelCandidate, trial: ModelTrial, pixels: PixelRange) -> None:
    """Some pictures with the answers for the chosen range."""
    with st.grid(6, min_column_width=ACROSS):
        for number, one in enumerate(trial.pictures):
            with st.container(key=key_of("tried", candidate.id, number)):
                _picture(candidate, trial, one, pixels)


def _picture(candidate: ModelCandidate, trial: ModelTrial, one: TriedPicture, pixels: PixelRange) -> None:
    preview = _preview(candidate, trial, one.file)
    if preview:
        st.image(preview, width="stretch", alt="")
    label, chance = one.answers[pixels][0]
    said = f"**{isolated(label)}** {percent(chance, 0)}"
    if not one.label:
        st.markdown(said)
    elif label == one.label:
        st.markdown(f":material/check: {said}")
    else:
        st.markdown(f":material/close: {said}  \nin truth {isolated(one.label)}")


def _preview(candidate: ModelCandidate, trial: ModelTrial, file: str) -> bytes:
    """A small picture; nothing where it is gone."""
    if trial.data:
        path = Dataset(Path(trial.data)).thumbnail(file)
    else:
        path = candidate.folder / own_pictures.FOLDER / Path(file).name
    try:
        return safe_preview.of(path.read_bytes()).encoded
    except OSError:
        return b""
