"""The honest score: what a run reaches on test examples that look like none that it has seen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.components.chosen import all_runs, manifest_of, run_label
from pages.components.words import counted, percent
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.data.words import WORDS, Words
from tlcore.errors import GraftError
from tlcore.evaluate.honest import Honest, honest
from tlcore.evaluate.report import Report
from tlcore.runs.placement import placement
from tlcore.runs.run import Run


@dataclass(frozen=True)
class Told:
    """A finished run with its score, as it is and honest."""

    run: Run
    version: int
    accuracy: float
    honest: Honest | None  # None: no look-alike crosses its split


def of_run(run: Run, report: Report) -> Honest | None:
    """The honest score of a finished run; None where nothing crosses its split, or its data are gone."""
    try:
        config = run.config()
        dataset = Dataset(Path(config.data))
        # Placed by the version that it used; what looks alike was perhaps found out only later.
        manifest = manifest_of(dataset, config.data_version)
        return honest(report.test, manifest, placement(config, manifest))
    except GraftError:
        return None


def sentence(found: Honest, words: Words) -> str:
    """The score with and without the copies."""
    copies = counted(found.copies, f"test {words.one} looks", f"test {words.many} look")
    return (
        f"{copies} the same as one that it was trained on. "
        f"**{percent(found.accuracy)}** right on all test {words.many}, "
        f"**{percent(found.without)}** on the {found.n - found.copies:,} others: that is the honest score."
    )


def beside(run: Run, report: Report, words: Words) -> None:
    """On a run's own page: the sentence, and where it is put right."""
    found = of_run(run, report)
    if found is None or not found.copies:
        return
    with st.container(border=True):
        st.markdown(f":material/balance: {sentence(found, words)}")
        st.page_link(
            "pages/data.py",
            label="Put look-alikes on one side: Problems, on the Data page",
            query_params={"data": Path(run.config().data).name},
        )


def before_and_after(dataset: Dataset, manifest: Manifest) -> None:
    """On the Data page: the newest run whose score is not honest, and the newest one after it that is."""
    words = WORDS[manifest.task]
    told = _told(dataset)
    at = next((n for n, one in enumerate(told) if one.honest is not None and one.honest.copies), None)
    if at is None:
        return
    found = told[at]
    assert found.honest is not None
    later = next((one for one in told[:at] if not (one.honest and one.honest.copies)), None)
    with st.container(border=True):
        st.markdown(f":material/balance: **Honest score** of {run_label(found.run.id)}")
        st.markdown(sentence(found.honest, words))
        if later is not None:
            st.markdown(
                f"Before: **{percent(found.accuracy)}**. After, with all that looks alike on one side "
                f"({run_label(later.run.id)}): **{percent(later.accuracy)}**."
            )


def _told(dataset: Dataset) -> list[Told]:
    """The finished runs on this data set, newest first."""
    found = []
    for run in all_runs():
        try:
            config = run.config()
            if config.data != str(dataset.folder) or not run.has_model:
                continue
            report = run.report()
        except GraftError:
            continue  # unfinished, or its files cannot be read
        honest_score = _kept(str(run.folder), run.model.stat().st_mtime_ns, run, report)
        found.append(Told(run, config.data_version, report.test.accuracy, honest_score))
    return found


@st.cache_data(max_entries=200, show_spinner=False)
def _kept(folder: str, modified: int, _run: Run, _report: Report) -> Honest | None:
    """Worked out once per run: a finished run does not change."""
    return of_run(_run, _report)
