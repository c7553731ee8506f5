"""Questions about a model from elsewhere: its labels, pixel range and size, and pictures to try it on."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from pages.components.bring import own_pictures
from pages.components.shared.selection.chooser import choose_one, choose_or_none
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.selection import dataset_names, ready_datasets, summary
from pages.components.shared.text import counted
from tlcore.data.dataset import Dataset
from tlcore.errors import ConfigError
from tlcore.foreign.candidate import ModelCandidate
from tlcore.foreign.facts import (
    RANGE_HELP,
    RANGES,
    SIZES,
    USUAL_SIZE,
    ModelAnswers,
    ModelFacts,
    PixelRange,
    checked,
    labels_of,
)

ORDER = (
    "One in each line, in the order of the model's outputs. Keras takes the names of folders in alphabetical "
    "order."
)


@dataclass(frozen=True)
class Said:
    """The answers so far, and the pictures to try it on; `problem`: why that is not enough."""

    answers: ModelAnswers
    dataset: Dataset | None
    has_pictures: bool
    problem: str = ""


def ask(candidate: ModelCandidate, facts: ModelFacts) -> Said:
    """The questions, and their answers."""
    left, right = st.columns(2, gap="large")
    with left:
        dataset = _dataset(candidate, facts)
        pictures = 0 if dataset else own_pictures.show(candidate)
    with right:
        labels = _labels(candidate, facts, dataset)
        pixels, size = _pixels(candidate, facts), _size(candidate, facts)
    answers = ModelAnswers(labels=labels, pixels=pixels, size=size)
    try:
        return Said(checked(answers, facts), dataset, pictures > 0)
    except ConfigError as error:
        return Said(
            answers, dataset, pictures > 0, str(error) if labels else "Say what its classes are called."
        )


def _dataset(candidate: ModelCandidate, facts: ModelFacts) -> Dataset | None:
    """The data set that it is tried on: of pictures, with as many classes."""
    fitting = {
        dataset.id: dataset
        for dataset in ready_datasets()
        if (found := summary(dataset)).task == "images" and len(found.classes) == facts.classes
    }
    names = dataset_names()
    trial, first = candidate.trial(), next(iter(fitting), None)
    if trial:  # as it was tried, also in another tab
        first = next((id for id, one in fitting.items() if str(one.folder) == trial.data), None)
    chosen = choose_or_none(
        "Try it on a data set with the same classes",
        {id: names.get(id, id) for id in fitting},
        first,
        key=key_of("data", candidate.id),
        placeholder="Choose a data set" if fitting else "None has as many classes",
        help="Its classes tell which answers are right, and so which pixel range is. The run gets its score.",
    )
    return fitting.get(chosen or "")


def _labels(candidate: ModelCandidate, facts: ModelFacts, dataset: Dataset | None) -> tuple[str, ...]:
    """The labels as typed, at first as they were before, or those of the data set."""
    asked, trial = candidate.asked(), candidate.trial()
    proposed = summary(dataset).classes if dataset else ()
    if asked and (trial is None or trial.data == (str(dataset.folder) if dataset else "")):
        proposed = asked.labels
    key = key_of("labels", candidate.id, dataset.id if dataset else "")
    title = f"Its {counted(facts.classes, 'class', 'classes')}"
    text = st.text_area(title, "\n".join(proposed), key=key, height=140, help=ORDER)
    return labels_of(text)


def _pixels(candidate: ModelCandidate, facts: ModelFacts) -> PixelRange:
    trial, asked = candidate.trial(), candidate.asked()
    key = key_of("pixels", candidate.id, trial.best if trial else "")
    usual: PixelRange = "bytes" if facts.scales or facts.whole else "unit"
    usual = asked.pixels if asked and asked.pixels in facts.ranges else usual
    chosen: PixelRange = choose_one(
        "Pixels that it wants",
        {pixels: RANGES[pixels] for pixels in facts.ranges},
        (trial and trial.best) or usual,
        key=key,
    )
    st.caption(RANGE_HELP[chosen])
    return chosen


def _size(candidate: ModelCandidate, facts: ModelFacts) -> int:
    if facts.size is not None:
        return facts.size
    asked, key = candidate.asked(), key_of("size", candidate.id)
    usual = asked.size if asked else USUAL_SIZE
    return int(
        st.number_input("Size of its pictures, in pixels", *SIZES, usual, key=key, help="As it was trained.")
    )
