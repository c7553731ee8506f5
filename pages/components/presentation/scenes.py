"""The script of the presentation: what each scene says, the page that it shows, and what it sets going.

`docs/demo.md` has what to say to the room meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from pages.components.data.next_step import recommended_settings
from pages.components.predict import sent_pictures
from pages.components.predict.held_out import choice, guessing
from pages.components.predict.held_out.trial import trial_of
from pages.components.presentation import clean_up, drawings
from pages.components.presentation.state import NEXT_DATA, NEXT_RUN, Presentation
from pages.components.shared.datasets import import_jobs
from pages.components.shared.runs.start_run import submit
from pages.components.shared.selection.selection import manifest_of
from tlcore.errors import DataError
from tlcore.evaluate.report import Prediction
from tlcore.runs.job import ALIVE, Job
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import new_id

Begin = Callable[[Presentation], Presentation]
PhotoChoice = Callable[[Sequence[Prediction]], Prediction]


@dataclass(frozen=True)
class Scene:
    """One scene of the script.

    Attributes:
        page: its address.
        title, words: what the room reads.
        draw: what it shows instead of the page; None for the page itself.
        begin: sets its work going and returns what the presentation has made by then. Raises GraftError.
        waits_for: what has to be there before it can begin, "" for nothing any more.
    """

    page: str
    title: str
    words: str
    begin: Begin = lambda presentation: presentation
    draw: Callable[[Presentation], None] | None = None
    waits_for: Callable[[Presentation], str] = lambda presentation: ""


def _import(presentation: Presentation) -> Presentation:
    """Import the sample, once. The id is noted before: somebody may press the space bar twice."""
    id = presentation.data or st.session_state.setdefault(NEXT_DATA, new_id("sample"))
    started = replace(presentation, data=id)
    state = Job(started.dataset.folder).recorded().state
    if state not in ("done", *ALIVE):
        id = st.session_state[NEXT_DATA] = id if state == "new" else new_id("sample")
        started = replace(presentation, data=import_jobs.start_sample("images", id), run="")
    clean_up.mark(started)
    return started


def _train(presentation: Presentation) -> Presentation:
    """Train on the sample, once: a scene may come again, and somebody may press the space bar twice."""
    id = presentation.run or st.session_state.setdefault(NEXT_RUN, new_id("presentation"))
    started = replace(presentation, run=id)
    state = BACKEND.status(started.model).state
    if started.model.has_model or state in ALIVE:
        return started
    id = st.session_state[NEXT_RUN] = id if state == "new" else new_id("presentation")
    dataset = presentation.dataset
    submit(dataset, recommended_settings(dataset, manifest_of(dataset)), id)
    return replace(presentation, run=id)


def _show(pick: PhotoChoice, guess_first: bool) -> Begin:
    """A scene that shows one held-out photo."""

    def begin(presentation: Presentation) -> Presentation:
        run = presentation.model
        examples = choice.held_out(run)
        if not examples:
            raise DataError("The photos are gone.", remedy="End the presentation and begin it again.")
        sent_pictures.forget()
        guessing.set_mode(run, guess_first)
        trial_of(run).shown = pick(examples)
        return presentation

    return begin


def _right(place: int) -> PhotoChoice:
    """One of the photos that the model knows, of another class for each place."""

    def pick(examples: Sequence[Prediction]) -> Prediction:
        labels = sorted({one.label for one in examples})
        right = [one for one in examples if one.label == one.predicted] or list(examples)
        own = [one for one in right if one.label == labels[place % len(labels)]] or right
        return max(own, key=lambda one: one.confidence)

    return pick


def _worst(examples: Sequence[Prediction]) -> Prediction:
    """The surest mistake; without any, the least sure answer."""
    wrong = [one for one in examples if one.label != one.predicted]
    return (
        max(wrong, key=lambda one: one.confidence) if wrong else min(examples, key=lambda one: one.confidence)
    )


def _photos(presentation: Presentation) -> str:
    return "" if presentation.dataset.is_ready else "The photos are being read …"


def _model(presentation: Presentation) -> str:
    run = presentation.model
    if run.has_model or BACKEND.can_answer(run):
        return ""
    is_learning = BACKEND.status(run).state in ALIVE
    return "The model is still learning …" if is_learning else "It was interrupted. Press Back, then Next."


def _report(presentation: Presentation) -> str:
    return "" if presentation.model.has_model else "The test is still going on …"


SCENES = (
    Scene(
        "",
        "Teach a computer to read hand signs",
        "No code, no internet, three minutes. Everything happens on this computer.",
        draw=drawings.show_idea,
    ),
    Scene(
        "data",
        "First, examples",
        "240 photos of six signs. 72 of them are put aside for the test.",
        _import,
        draw=drawings.show_examples,
    ),
    Scene(
        "model",
        "Borrow what a network already knows",
        "It has seen a million photos. That part stays frozen; only the last piece learns.",
        draw=drawings.show_network,
        waits_for=_photos,
    ),
    Scene(
        "train",
        "Now it learns",
        "Each round it answers all the photos. The loss says how wrong it was: it falls.",
        _train,
        draw=drawings.show_learning,
    ),
    Scene(
        "predict",
        "A photo that it has never seen",
        "The longest bar is its answer. The longer it is, the surer the model.",
        _show(_right(0), guess_first=False),
        waits_for=_model,
    ),
    Scene(
        "predict",
        "You against the model",
        "What is it? Say it, then press that number.",
        _show(_right(3), guess_first=True),
        waits_for=_model,
    ),
    Scene(
        "predict",
        "Here it is wrong",
        "Look at how sure it was. A model can be sure and wrong.",
        _show(_worst, guess_first=False),
        waits_for=_report,
    ),
    Scene(
        "evaluate",
        "How far can you trust it?",
        "The score comes from all 72 photos of the test. It has learned from none of them.",
        waits_for=_report,
    ),
    Scene(
        "",
        "That is transfer learning",
        "One click puts everything back as it was.",
        draw=drawings.show_idea,
    ),
)
