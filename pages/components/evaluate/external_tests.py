"""Evaluate, another folder: external tests of a finished model, which are stored with the run.

Every test is a job below the run's folder, so a refresh or another tab sees the same ones.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pandas as pd
import streamlit as st

from pages.components.browser.upload.upload import upload_box
from pages.components.evaluate import external_result
from pages.components.evaluate.results.report_cache import report_of
from pages.components.shared.datasets.import_jobs import upload_options
from pages.components.shared.job_bar import job_bar
from pages.components.shared.selection.chooser import choose_one
from pages.components.shared.selection.entry_kinds import read_failure
from pages.components.shared.selection.keys import digest_of, key_of
from pages.components.shared.selection.labels import unique_labels
from pages.components.shared.selection.run_names import creation_second, id_suffix
from pages.components.shared.selection.selection import dataset_names, ready_datasets, summary
from pages.components.shared.text import (
    INTERVAL_HELP,
    escape_formulas,
    interval_text,
    local_time,
    percent,
    show_error,
)
from pages.components.shared.trash import delete, unreadable
from pages.components.tasks.tasks import VIEWS
from tlcore.data.dataset import Dataset
from tlcore.data.task_words import TaskWords
from tlcore.errors import GraftError, printable
from tlcore.runs.external_test import FOLDER, MOST, ExternalTest, ExternalTestResult, external_tests_of
from tlcore.runs.job import ALIVE
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND, any_alive
from tlcore.workspace import Workspace, new_id

EVERY = "1s"
INTRO = """
Test the model on examples from somewhere else: another camera, another month, another author. You need to
know their classes. Nothing is trained. This shows better than its own test data how well the model will do
in use. If your data has a `test` split, only that is used.
"""


def show(run: Run) -> None:
    """Upload box, tests that are running, and results of earlier ones."""
    words = run.words
    st.caption(INTRO)
    with st.container():  # always there: what follows keeps its place
        _watch(run)
    tests = external_tests_of(run)
    for test in tests:
        if reason := read_failure(test.folder):
            unreadable.show_row(test.folder, reason)
    results = {test.id: (test, result) for test in tests if (result := _outcome(test)) is not None}
    with st.expander("Test on other data", icon=":material/upload:", expanded=not results):
        _choose_data(run, len(tests))
    if not results:
        return
    test, outcome = results[_choose(run, results, words)]
    external_result.show(run, test, outcome)
    delete.delete_button(test.folder, key_of("delete", test.id))


def _outcome(test: ExternalTest) -> ExternalTestResult | None:
    """Result of a test, kept in memory: it is written once."""
    return _read(str(test.folder)) if test.has_ended_well else None


@st.cache_resource(max_entries=MOST, show_spinner=False)
def _read(folder: str) -> ExternalTestResult | None:
    return ExternalTest(Path(folder)).outcome()


def _choose_data(run: Run, count: int) -> None:
    """Upload box, and data sets of this workspace; what you choose is tested at once."""
    if count >= MOST:
        st.info(
            f"This run already has {count} tests. Delete one to make room.",
            icon=":material/inventory_2:",
        )
        return
    viewer = VIEWS[run.task].data.viewer
    key = key_of("elsewhere", run.id)
    options = viewer.options(key)
    received = upload_box(key, kind=viewer.labelled)
    chosen = _choose_dataset(run, key)
    try:
        if received is not None:
            _begin(run, received.name, received.path, [*options, *upload_options(received)])
        elif chosen is not None:
            _begin(run, summary(chosen).name, chosen.folder, [])
        else:
            return
    except GraftError as error:
        show_error(error)
    else:
        st.rerun()


def _choose_dataset(run: Run, key: str) -> Dataset | None:
    """Data set of this workspace that was chosen just now, among those of the same task."""
    own = Path(run.config().data)
    others = {
        dataset.id: dataset
        for dataset in ready_datasets()
        if dataset.folder != own and summary(dataset).task == run.task
    }
    if not others:
        return None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = dataset_names()
        id = choose_one(
            "Or choose a data set",
            {id: names.get(id, id) for id in others},
            key=f"{key}_ours",
            width=320,
        )
        pressed = st.button("Test", icon=":material/play_arrow:", key=f"{key}_on_ours")
    return others.get(id) if pressed else None


def _begin(run: Run, name: str, source: Path, options: list[str]) -> None:
    """Test the run on other data, in a process of its own.

    Raises:
        GraftError: it could not be started; says why.
    """
    test = ExternalTest(run.folder / FOLDER / new_id(name.rsplit(".", 1)[0]))
    arguments = ["evaluate", str(run.folder), str(source), "--job", str(test.folder)]
    BACKEND.start(test, arguments + options)


def _watch(run: Run) -> None:
    """Show the tests that are running, and those that ended badly."""
    unfinished = [test for test in external_tests_of(run) if _is_unfinished(test)]
    if not unfinished:  # a fragment takes room on the page even when empty
        return
    is_busy = any_alive(unfinished)
    st.fragment(_show, run_every=EVERY if is_busy else None)(unfinished, is_busy)


def _is_unfinished(test: ExternalTest) -> bool:
    """True if it has begun and has no result (yet)."""
    return test.recorded().state != "new" and not test.has_ended_well and not read_failure(test.folder)


def _show(tests: list[ExternalTest], was_busy: bool) -> None:
    still_busy = False
    for test in tests:
        if test.has_ended_well or not test.folder.is_dir():
            st.rerun()
        still_busy |= _one(test)
    if was_busy and not still_busy:
        st.rerun()


def _one(test: ExternalTest) -> bool:
    """Draw one of them; returns True while it is running."""
    status = BACKEND.status(test)
    if status.state not in ALIVE:
        _ended(test, status.error, was_stopped=status.state == "cancelled")
        return False
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=key_of("at", test.id)):
        job_bar(test, status, key_of("stop", test.id))
    return True


def _ended(test: ExternalTest, error: str, was_stopped: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=key_of("ended", test.id)):
        if was_stopped:
            st.info("You stopped this test. It has no result.", icon=":material/stop:")
        else:
            lost = "The test was interrupted. Add the data again."
            show_error(GraftError(error or lost))
        st.button("Dismiss", key=key_of("dismiss", test.id), on_click=_discard, args=(test,))


def _discard(test: ExternalTest) -> None:
    """Discard a test; another tab may have done so already."""
    with suppress(GraftError):
        Workspace().discard(test.folder)


def _choose(run: Run, results: dict[str, tuple[ExternalTest, ExternalTestResult]], words: TaskWords) -> str:
    """Table of the tests and of the run's own score; returns the id of the chosen one."""
    st.header("Tests of this model", anchor=False)
    own = report_of(run).test
    names = _test_names(results)
    rows = [_row(names[id], outcome) for id, (_, outcome) in results.items()]
    own_row = {
        "Data": "Its own test data",
        "Right": own.accuracy,
        "95 % interval": interval_text(own.interval),
        words.many.capitalize(): own.n,
    }
    others = ({_heading(key, words): row[key] for key in row} for row in rows)
    table = pd.DataFrame([*([own_row] if own.n else []), *others])
    st.dataframe(
        escape_formulas(table),
        hide_index=True,
        placeholder="–",
        column_config={
            "Right": st.column_config.ProgressColumn(
                format="percent", min_value=0, max_value=1, help="Accuracy: the share of right answers."
            ),
            "95 % interval": st.column_config.TextColumn(help=INTERVAL_HELP),
            "Learned from": st.column_config.NumberColumn(
                help="How many of these the model learned from. They make the accuracy too good."
            ),
        },
        key=key_of("tests", run.id),
        alt="Tests of this model",
    )
    # The key changes with the list, so that a new test is shown at once.
    return choose_one("Test", names, key=key_of("test", run.id, digest_of(*names)))


def _test_names(results: dict[str, tuple[ExternalTest, ExternalTestResult]]) -> dict[str, str]:
    return unique_labels(
        results,
        lambda id: printable(results[id][1].name, 60),
        lambda id: local_time(results[id][1].created),
        lambda id: f"{percent(results[id][1].score.accuracy)} right",
        creation_second,
        id_suffix,
    )


def _heading(key: str, words: TaskWords) -> str:
    return words.many.capitalize() if key == "n" else key


def _row(name: str, outcome: ExternalTestResult) -> dict[str, object]:
    score = outcome.score
    return {
        "Data": name,
        "Right": score.accuracy,
        "95 % interval": interval_text(score.interval),
        "n": score.n,
        "Learned from": None if outcome.seen is None else len(outcome.seen),
        "Unknown class": sum(outcome.unknown.values()),
        "When": local_time(outcome.created),
    }
