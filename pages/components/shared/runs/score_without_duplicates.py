"""The score without duplicates: a run's accuracy on test examples that look like no training example."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import streamlit as st

from pages.components.shared.selection.run_names import run_label
from pages.components.shared.selection.selection import all_runs
from pages.components.shared.text import counted, percent
from tlcore.config import RunConfig
from tlcore.config.split import SplitConfig
from tlcore.data import checks
from tlcore.data.dataset import Dataset, manifest_for
from tlcore.data.examples.rows import are_placed
from tlcore.data.manifest import Manifest, Split
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.errors import DataError, GraftError
from tlcore.evaluate.without_duplicates import ScoreWithoutDuplicates, score_without_duplicates
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits, splits_by_content

LEARNED_SPLITS: tuple[Split, ...] = ("train", "validation")


@dataclass(frozen=True)
class ScoredRun:
    """A finished run with its settings, and its scores with and without duplicates."""

    run: Run
    config: RunConfig
    classes: int
    honest: ScoreWithoutDuplicates

    def is_like(self, other: ScoredRun) -> bool:
        """Whether only the data and the split differ, so that the two scores can be compared."""
        return self.classes == other.classes and _recipe(self.config) == _recipe(other.config)


def _recipe(config: RunConfig) -> RunConfig:
    """The settings without version, split, seed, and those that change only the speed."""
    split = SplitConfig(most_per_class=config.split.most_per_class)
    return msgspec.structs.replace(config, data_version=1, split=split, seed=0, engine="auto", cache=True)


def scored_run(run: Run) -> ScoredRun | None:
    """A finished run with its scores; None if they cannot be worked out, for example without its data."""
    try:
        return ScoredRun(run, run.config(), *_scores(str(run.folder), run.model.stat().st_mtime_ns))
    except (OSError, GraftError):
        return None


@st.cache_data(max_entries=1000, show_spinner=False)
def _scores(folder: str, modified: int) -> tuple[int, ScoreWithoutDuplicates]:
    """The number of classes and the scores of a finished run, which never change.

    Neither its report nor its manifest stays in memory.

    Raises:
        GraftError: a file is gone, or its data were never searched for look-alikes.
    """
    run = Run(Path(folder))
    config = run.config()
    # The split of the version that it used; look-alikes may have been found later.
    manifest = manifest_for(config)
    if checks.describe_unchecked(manifest):
        raise DataError("These data were not searched for look-alikes.", received=manifest.name)
    places = assign_splits(config, manifest)
    is_learned = np.logical_or.reduce([are_placed(places, split) for split in LEARNED_SPLITS])
    test = run.report().test
    return len(test.labels), score_without_duplicates(test, manifest, is_learned, _seen_before(config))


def _seen_before(config: RunConfig) -> list[str]:
    """SHA-256 of the training examples of the runs that this one started from, set aside since or not."""
    if not config.start_from:
        return []
    earlier = splits_by_content(Run.existing(Path(config.start_from)).config())
    return [sha256 for sha256, place in sorted(earlier.items()) if place in LEARNED_SPLITS]


def sentence(found: ScoreWithoutDuplicates, words: TaskWords) -> str:
    """The score with and without the duplicates, as a sentence."""
    copies = counted(found.copies, f"test {words.one} looks", f"test {words.many} look")
    same = f"{copies} the same as one in training."
    if found.copies == found.n:
        return f"{same} There are no others, so its accuracy on new {words.many} is unknown."
    return (
        f"{same} **{percent(found.accuracy)}** right on all test {words.many}, "
        f"**{percent(found.accuracy_without)}** on the {found.n - found.copies:,} others, "
        "which is the honest score."
    )


def show(run: Run, words: TaskWords) -> None:
    """On a run's own page: the sentence, and a link to the remedy."""
    found = scored_run(run)
    if found is None or not found.honest.copies:
        return
    with st.container(border=True):
        st.markdown(f":material/balance: {sentence(found.honest, words)}")
        st.page_link(
            "pages/data.py",
            label="Fix it on the Data page, under Problems",
            query_params={"data": Path(found.config.data).name},
        )


def before_and_after(dataset: Dataset, manifest: Manifest) -> None:
    """On the Data page: the newest run tested on duplicates, and the newest comparable run without any."""
    words = WORDS[manifest.task]
    ended = _runs_on(dataset)
    at = next((n for n, one in enumerate(ended) if one.honest.copies), None)
    if at is None:
        return
    found = ended[at]
    later = next((one for one in ended[:at] if not one.honest.copies and one.is_like(found)), None)
    with st.container(border=True):
        st.markdown(f":material/balance: **Honest score** of {run_label(found.run.id)}")
        st.markdown(sentence(found.honest, words))
        if later is not None:
            st.markdown(
                f"Before: **{percent(found.honest.accuracy)}**. After, with look-alikes in the same split "
                f"({run_label(later.run.id)}): **{percent(later.honest.accuracy)}**."
            )


def _runs_on(dataset: Dataset) -> list[ScoredRun]:
    """The finished runs on this data set with known scores, newest first."""
    found = []
    for run in all_runs():
        try:
            config = run.config()
        except GraftError:
            continue  # its settings cannot be read, so its data set is unknown
        one = scored_run(run) if config.data == str(dataset.folder) and run.has_model else None
        if one is not None:
            found.append(one)
    return found
