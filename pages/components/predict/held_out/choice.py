"""Choice of held-out examples to try: some of each class, and a few that the model gets wrong.

They come from the report, so nothing is asked before somebody clicks.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest
from pathlib import Path

import numpy as np
import streamlit as st

from pages.components.shared.runs.report_version import ReportVersion, report_version
from pages.components.shared.selection.keys import digest_of
from pages.components.shared.selection.selection import manifest_of
from tlcore.data.examples.rows import are_placed, only
from tlcore.errors import GraftError, RunError
from tlcore.evaluate import report
from tlcore.evaluate.report import Prediction, Score
from tlcore.evaluate.sampling import sample_evenly
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits
from tlcore.runs.workers.backend import BACKEND

MOST = 1000  # that anybody may try
MISTAKES = 3  # at most, among those shown at once


def held_out(run: Run) -> tuple[Prediction, ...]:
    """The test examples of a run with the answers in its report. Of one that can answer before its report
    is there, the test examples as if all were answered right; () where there are none.
    """
    try:
        return _held_out(report_version(run.folder))
    except RunError:
        return _before_the_report(run) if BACKEND.can_answer(run) else ()


def find(run: Run, sha256: str) -> Prediction | None:
    """A test example by its content, a wrong answer before a right one; None where there is none."""
    try:
        predictions = _tested(run.report().test)
    except GraftError:
        return None
    found = [one for one in predictions if one.sha256 == sha256]
    return min(found, key=lambda one: one.label == one.predicted, default=None)


def _before_the_report(run: Run) -> tuple[Prediction, ...]:
    try:
        manifest = manifest_of(run.dataset(), run.config().data_version)
        places = assign_splits(run.config(), manifest)
    except GraftError:
        return ()
    tests = only(manifest.examples, are_placed(places, "test"))
    return _some([Prediction(one.sha256, one.name, one.label, one.label, 1.0) for one in tests])


@st.cache_resource(max_entries=4, show_spinner=False)
def _held_out(version: ReportVersion) -> tuple[Prediction, ...]:
    return _some(_tested(report.read(Path(version[0]) / "report.json").test))


def _tested(test: Score) -> Sequence[Prediction]:
    """The test examples; those of a model that says where things are as if all were answered right."""
    of_task = test.detection or test.segmentation
    if of_task is None:
        return test.predictions
    return [Prediction(one.sha256, one.name, "", "", 1.0) for one in of_task.pictures]


def _some(predictions: Sequence[Prediction]) -> tuple[Prediction, ...]:
    """At most `MOST`, evenly from the classes: they are put in order at every rerun."""
    rows = sample_evenly(np.array([one.label for one in predictions]), MOST, seed=0)
    return tuple(predictions[row] for row in rows)


def choose(predictions: Sequence[Prediction], most: int, turn: int, seed: str) -> tuple[Prediction, ...]:
    """At most so many examples for a turn, in an order that tells nothing; the same at every call."""
    mistakes, hits = _ordered(predictions, seed)
    few = _slice(mistakes, min(MISTAKES, len(mistakes)), turn)
    chosen = [*few, *_slice(hits, min(most - len(few), len(hits)), turn)]
    return tuple(_mixed(chosen, f"{seed} {turn}"))


def turns(predictions: Sequence[Prediction], most: int) -> int:
    """The number of turns until every example has been shown."""
    mistakes = sum(one.label != one.predicted for one in predictions)
    few = min(MISTAKES, mistakes)
    return max(1, math.ceil(mistakes / max(1, few)), math.ceil((len(predictions) - mistakes) / (most - few)))


def _ordered(predictions: Sequence[Prediction], seed: str) -> tuple[list[Prediction], list[Prediction]]:
    """Wrong and right answers, each with the classes taking turns."""
    mixed = _mixed(predictions, seed)
    return (
        list(_alternate([one for one in mixed if one.label != one.predicted])),
        list(_alternate([one for one in mixed if one.label == one.predicted])),
    )


def _mixed(examples: Sequence[Prediction], seed: str) -> list[Prediction]:
    return sorted(examples, key=lambda one: digest_of(seed, one.sha256, one.name))


def _alternate(examples: Sequence[Prediction]) -> Iterator[Prediction]:
    by_class: dict[str, list[Prediction]] = defaultdict(list)
    for one in examples:
        by_class[one.label].append(one)
    return (one for one in chain.from_iterable(zip_longest(*by_class.values())) if one is not None)


def _slice(examples: Sequence[Prediction], count: int, turn: int) -> list[Prediction]:
    """`count` examples from the place where the turn before ended, around the end."""
    return [examples[(turn * count + at) % len(examples)] for at in range(count)]
