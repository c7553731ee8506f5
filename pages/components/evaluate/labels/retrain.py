"""Labels to check, the last step: retraining on the changed data, and the change in score."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.components.evaluate.results.report_cache import report_of
from pages.components.shared.runs.coach import AFTER
from pages.components.shared.runs.report_version import ReportVersion, report_version
from pages.components.shared.runs.start_run import start
from pages.components.shared.selection.addresses import join_ids
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.run_names import run_label
from pages.components.shared.selection.selection import all_runs
from pages.components.shared.text import percent, plain, show_error
from tlcore.coach import gather
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.defaults import with_defaults
from tlcore.data.manifest import Manifest
from tlcore.data.task_words import TaskWords
from tlcore.data.versions.example_states import states
from tlcore.errors import GraftError
from tlcore.runs.experiments.retrain import PairedResult, compare_retrain, is_retrain, partners
from tlcore.runs.experiments.sentences import certainty, interval, points
from tlcore.runs.job import ALIVE
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND

UNCHANGED = "The data has not changed since this run."


@dataclass(frozen=True)
class Rerun:
    """A run with the settings of another, on another version of the same data."""

    run: Run
    config: RunConfig


def show(run: Run, dataset: Dataset, manifest: Manifest) -> None:
    """Button, the runs it started, and the change in score.

    Args:
        manifest: the newest version of the data.
    """
    config = run.config()
    reruns = _reruns(run, config)
    with st.container(border=True, key="train_again"):
        st.markdown("**Train again on the changed data**")
        busy = [one for one in reruns if BACKEND.status(one.run).state in ALIVE]
        for one in busy:
            st.page_link(
                "pages/train.py",
                label=f"Training now, on version {one.config.data_version} of the data",
                icon=":material/model_training:",
                query_params={"run": one.run.id},
            )
        _score(run, config, [one for one in reruns if one.run.has_model and one not in busy])
        _button(run, config, dataset, manifest, [one.config.data_version for one in reruns])


def _reruns(run: Run, config: RunConfig) -> list[Rerun]:
    """Other runs with its settings on other versions of its data, the newest first."""
    found = []
    for other in all_runs():
        path = other.folder / "config.json"
        other_config = _config(str(other.folder), path.stat().st_mtime_ns if path.exists() else 0)
        if other_config is not None and other.id != run.id and is_retrain(config, other_config):
            found.append(Rerun(other, other_config))
    return found


@st.cache_resource(max_entries=2000, show_spinner=False)
def _config(folder: str, modified: int) -> RunConfig | None:
    """Settings of a run; None where they cannot be read."""
    return gather.config_of(Run(Path(folder)))


def _button(run: Run, config: RunConfig, dataset: Dataset, manifest: Manifest, others: list[int]) -> None:
    is_changed = manifest.version > config.data_version and not _same_data(
        str(dataset.folder), config.data_version, manifest.version
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            "Train again",
            icon=":material/play_arrow:",
            key=key_of("train_again", run.id),
            disabled=not is_changed or bool(manifest.problem),
        )
        st.caption(plain(_why(config, manifest, others) if is_changed else UNCHANGED), width="stretch")
    if pressed:
        try:
            start(dataset, with_defaults(config, manifest), **{AFTER: run.id})
        except GraftError as error:
            show_error(error)


@st.cache_resource(max_entries=100, show_spinner=False)
def _same_data(folder: str, before: int, after: int) -> bool:
    """True if two versions of a data set are the same, since every edit between them was undone."""
    dataset = Dataset(Path(folder))
    return states(dataset.read(before)) == states(dataset.read(after))


def _why(config: RunConfig, manifest: Manifest, others: list[int]) -> str:
    """Caption of the button for changed data, or the reason why it cannot be pressed."""
    if manifest.problem:
        return f"You cannot train on the newest version. {manifest.problem}"
    text = (
        f"Starts a new run with the same settings on version {manifest.version} of the data. This run used "
        f"version {config.data_version} and stays as it is."
    )
    return f"{text} A run on that version exists already." if manifest.version in others else text


def _score(run: Run, config: RunConfig, finished: list[Rerun]) -> None:
    """Change in score from the run before this one, or from this one to the one after it."""
    older, newer = partners(config, [one.config for one in finished])
    words = run.words
    if newer is not None:
        _change(Rerun(run, config), finished[newer], words)
    elif older is not None:
        _change(finished[older], Rerun(run, config), words)


def _change(before: Rerun, after: Rerun, words: TaskWords) -> None:
    found = _paired_result(report_version(before.run.folder), report_version(after.run.folder))
    left, right = st.columns(2)
    for place, one, accuracy in ((left, before, found.before), (right, after, found.after)):
        place.metric(
            f"{'Before' if one is before else 'After'}: version {one.config.data_version} of the data",
            percent(accuracy) if found.comparison.n else "–",
        )
    st.markdown(sentence(found, words))
    st.caption(f"Before: {run_label(before.run.id)}. After: {run_label(after.run.id)}.")
    st.page_link(
        "pages/compare.py",
        label="Compare the two runs",
        icon=":material/compare_arrows:",
        query_params={"runs": join_ids([before.run.id, after.run.id])},
    )


def sentence(found: PairedResult, words: TaskWords) -> str:
    """Sentence on the change in score, on the examples it was counted on, and on chance."""
    comparison = found.comparison
    if not comparison.n:
        return f"The two runs share no test {words.one} with the same label, so they cannot be compared."
    tests = f"{comparison.n:,} test {words.one if comparison.n == 1 else words.many}"
    on = f"On the {tests} that both runs answered,"
    if not comparison.gain:
        text = f"{on} equally many answers were right ({interval(comparison)})."
    else:
        verb = "gained" if comparison.gain > 0 else "lost"
        text = f"{on} training again {verb} {points(comparison.gain)}; {certainty(comparison)}."
    return " ".join([text, *_left_out(found, words)])


def _left_out(found: PairedResult, words: TaskWords) -> list[str]:
    """Sentences on how the two tests differ."""
    sentences = []
    if found.relabelled:
        have = "has" if found.relabelled == 1 else "have"
        sentences.append(f"Left out: {words.counted(found.relabelled)} that {have} another label now.")
    if found.only_before or found.only_after:
        sentences.append(
            f"The tests differ: only the earlier run answered {words.counted(found.only_before)}, only the "
            f"later one {words.counted(found.only_after)}. A class that changes is split anew."
        )
    return sentences


@st.cache_resource(max_entries=100, show_spinner=False)
def _paired_result(before: ReportVersion, after: ReportVersion) -> PairedResult:
    first, second = (report_of(Run(Path(folder))).test for folder, _ in (before, after))
    return compare_retrain(first, second)
