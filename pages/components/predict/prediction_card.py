"""Card of one input: the answer in large type beside it, and its explanation, of one model or two."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components.browser.answer.answer import NOTHING, Asked, Panel, show_answer
from pages.components.predict.explain import explanation
from pages.components.shared.answers import predictors, side_by_side
from pages.components.shared.answers.panels import panel
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.run_names import run_name
from tlcore.errors import printable
from tlcore.runs.question import Answer
from tlcore.runs.run import Run


def show(
    runs: tuple[Run, ...],
    content: bytes,
    path: Path,
    name: str,
    key: str,
    *,
    asked: Asked = NOTHING,
    truth: str = "",
    before: tuple[Panel, ...] = (),
) -> str:
    """The card of one input; returns the first model's class, "" where it gave none.

    Args:
        runs: the one or two models that answer.
        content: the input; it lies at `path` for as long as this call lasts.
        name: what the person calls it, shown as text.
        key: names the card on its page.
        asked: the input as it is shown; nothing where it can be seen already.
        truth: its true class; "" where nobody knows it.
        before: a person's answer, which stands before those of the models.
    """
    with st.container(border=True, key=key):
        answers = [predictors.answer(run, content, path) for run in runs]
        if all("error" in answer for answer in answers):  # for a reason that lies in the input
            predictors.show_refusal(answers[0], name)
            return ""
        given = [
            (run, answer)
            for run, answer in zip(runs, answers, strict=True)
            if not predictors.show_refusal(answer, name)
        ]
        if len(given) > 1:
            side_by_side.show_agreement(*answers)
        panels = [
            panel(run, answer, truth, title=_title(run, len(runs), bool(before))) for run, answer in given
        ]
        show_answer([*before, *panels], key_of(key, "answer"), asked)
        _explain(given, content, path, name, key)
    return str(answers[0].get("label", ""))


def _title(run: Run, models: int, is_second: bool) -> str:
    """Title of a model's panel; "" where there is nothing to tell it from."""
    return printable(run_name(run.id)) if models > 1 else "The model" if is_second else ""


def _explain(given: list[tuple[Run, Answer]], content: bytes, path: Path, name: str, key: str) -> None:
    for place, (run, answer) in zip(st.columns(len(given)), given, strict=True):
        with place:
            explanation.show(run, content, path, name, answer, key_of(key, run.id))
