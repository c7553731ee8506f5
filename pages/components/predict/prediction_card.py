"""Card of one input: verdict, likeliest classes and explanation, of one model or two."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from pages.components.predict.answers import prediction_label, predictors, side_by_side
from pages.components.predict.explain import explanation
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.run_names import run_label
from tlcore.runs.run import Run


def show(
    runs: tuple[Run, ...],
    content: bytes,
    path: Path,
    name: str,
    key: str,
    draw: Callable[[], None] | None = None,
) -> None:
    """The card of one input.

    Args:
        runs: the one or two models that answer.
        content: the input; it lies at `path` for as long as this call lasts.
        name: what the person calls it, shown as text.
        key: names the card on its page.
        draw: draws the input; None where it can be seen already.
    """
    with st.container(border=True, key=key):
        answers = [predictors.answer(run, content, path) for run in runs]
        if all("error" in answer for answer in answers):  # for a reason that lies in the input
            predictors.show_refusal(answers[0], name)
            return
        if len(answers) > 1 and not any("error" in answer for answer in answers):
            side_by_side.show_agreement(*answers)
        places = _places(draw, len(runs))
        for place, run, answer in zip(places, runs, answers, strict=True):
            with place:
                _one(run, answer, content, path, name, key_of(key, run.id), named=len(runs) > 1)


def _places(draw: Callable[[], None] | None, models: int) -> list[Any]:
    """A column for each model, right of the input where that is drawn."""
    if draw is None:
        return list(st.columns(models))
    left, *places = st.columns([1, *[2] * models])
    with left:
        draw()
    return places


def _one(
    run: Run, answer: dict[str, Any], content: bytes, path: Path, name: str, key: str, named: bool
) -> None:
    if named:
        st.caption(run_label(run.id))
    if predictors.show_refusal(answer, name):
        return
    prediction_label.show(run, answer)
    predictors.show_bars(answer)
    explanation.show(run, content, path, name, answer, key)
