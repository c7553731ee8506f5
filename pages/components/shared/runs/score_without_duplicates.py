"""The honest score: what a run reaches on test examples that look like none that it has seen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import streamlit as st

from pages.components.shared.selection.run_names import run_label
from pages.components.shared.selection.selection import all_runs
from pages.components.shared.text import counted, percent
from tlcore.config import RunConfig
from tlcore.config.split import SplitConfig
from tlcore.data import checks
from tlcore.data.dataset import Dataset, manifest_for
from tlcore.data.manifest import Example, Manifest
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.errors import DataError, GraftError
from tlcore.evaluate.without_duplicates import ScoreWithoutDuplicates, score_without_duplicates
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import placed, placement

LEARNED_SPLITS = ("train", "validation")


@dataclass(frozen=True)
class ScoredRun:
    """A finished run with its settings and its score, as it is and honest."""

    run: Run
    config: RunConfig
    classes: int
    honest: ScoreWithoutDuplicates

    def is_like(self, other: ScoredRun) -> bool:
        """Whether only the data and how they were split set the two apart, so that their scores compare."""
        return self.classes == other.classes and _recipe(self.config) == _recipe(other.config)


def _recipe(config: RunConfig) -> RunConfig:
    """The settings without version, split, seed and what computes the same faster."""
    split = SplitConfig(most_per_class=config.split.most_per_class)
    return msgspec.structs.replace(config, data_version=1, split=split, seed=0, engine="auto", cache=True)


def scored_run(run: Run) -> ScoredRun | None:
    """The honest score of a finished run; None where it cannot be known: its data are gone, say."""
    try:
        return ScoredRun(run, run.config(), *_kept(str(run.folder), run.model.stat().st_mtime_ns))
    except (OSError, GraftError):
        return None


@st.cache_data(max_entries=1000, show_spinner=False)
def _kept(folder: str, modified: int) -> tuple[int, ScoreWithoutDuplicates]:
    """How many classes it knows and its score, worked out once: a finished run does not change.

    Neither its report nor its manifest is kept in memory.

    Raises:
        GraftError: something of it is gone, or nobody looked for what looks alike in its data.
    """
    run = Run(Path(folder))
    config = run.config()
    # Placed by the version that it used; what looks alike was perhaps found out only later.
    manifest = manifest_for(config)
    if checks.not_looked_for(manifest):
        raise DataError("What looks alike in these data is not known.", received=manifest.name)
    places = list(placement(config, manifest))
    before = _seen_before(config)
    places += ["train"] * len(before)
    manifest = msgspec.structs.replace(manifest, examples=(*manifest.examples, *before))
    test = run.report().test
    return len(test.labels), score_without_duplicates(test, manifest, places)


def _seen_before(config: RunConfig) -> list[Example]:
    """What the runs that this one continues from were trained on, set aside since then or not."""
    if not config.start_from:
        return []
    earlier = placed(Run.existing(Path(config.start_from)).config())
    return [Example(sha256, "", "") for sha256, place in sorted(earlier.items()) if place in LEARNED_SPLITS]


def sentence(found: ScoreWithoutDuplicates, words: TaskWords) -> str:
    """The score with and without the copies."""
    copies = counted(found.copies, f"test {words.one} looks", f"test {words.many} look")
    same = f"{copies} the same as one that it was trained on."
    if found.copies == found.n:
        return (
            f"{same} There are no others, so nothing says how good it is on {words.many} that are new to it."
        )
    return (
        f"{same} **{percent(found.accuracy)}** right on all test {words.many}, "
        f"**{percent(found.accuracy_without)}** on the {found.n - found.copies:,} others: "
        "that is the honest score."
    )


def show(run: Run, words: TaskWords) -> None:
    """On a run's own page: the sentence, and where it is put right."""
    found = scored_run(run)
    if found is None or not found.honest.copies:
        return
    with st.container(border=True):
        st.markdown(f":material/balance: {sentence(found.honest, words)}")
        st.page_link(
            "pages/data.py",
            label="Put look-alikes on one side: Problems, on the Data page",
            query_params={"data": Path(found.config.data).name},
        )


def before_and_after(dataset: Dataset, manifest: Manifest) -> None:
    """On the Data page: the newest run whose score is not honest, and the newest like it after it that is."""
    words = WORDS[manifest.task]
    ended = _on(dataset)
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
                f"Before: **{percent(found.honest.accuracy)}**. After, with all that looks alike on one side "
                f"({run_label(later.run.id)}): **{percent(later.honest.accuracy)}**."
            )


def _on(dataset: Dataset) -> list[ScoredRun]:
    """The finished runs on this data set whose honest score is known, newest first."""
    found = []
    for run in all_runs():
        try:
            config = run.config()
        except GraftError:
            continue  # its settings cannot be read: nobody knows what it used
        one = scored_run(run) if config.data == str(dataset.folder) and run.has_model else None
        if one is not None:
            found.append(one)
    return found
