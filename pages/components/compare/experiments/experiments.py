"""Experiments on the Compare page: form, list, and one experiment live or with its result."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from pages.components.compare.experiments import form
from pages.components.compare.experiments.chart import figure
from pages.components.shared.charts import palette
from pages.components.shared.runs.runs_list import BADGES, badge
from pages.components.shared.selection.addresses import join_ids
from pages.components.shared.selection.experiment_runs import experiment_label, experiment_names
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.labels import unique_labels
from pages.components.shared.text import (
    INTERVAL_HELP,
    counted,
    duration,
    escape_formulas,
    plain,
    rough_duration,
    show_error,
)
from pages.components.shared.trash import delete
from tlcore.data.task_words import TaskWords
from tlcore.errors import GraftError
from tlcore.runs.experiments import DESIGNS
from tlcore.runs.experiments.experiment import ArmResult, Experiment, ExperimentRecord, experiments
from tlcore.runs.job import ALIVE, JobState, Status
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

EVERY = "2s"
MOST = 10  # in the list before "older ones"
LIST = {"view": "experiments"}  # the address of the list
FINISHED_RUNS = "Finished runs are saved."


def show() -> None:
    """The experiment that the address names, or else the form and the list."""
    started = form.pop_started()
    if started:
        st.query_params.from_dict({"experiment": started})
    id = st.query_params.get("experiment", "")
    folder = Workspace().find("experiments", id)
    if folder is not None:
        _one(Experiment(folder))
        return
    if id:
        st.warning("This experiment no longer exists.", icon=":material/search_off:")
    form.show()
    _list()


def _list() -> None:
    found = experiments(Workspace().experiments)
    if not found:
        return
    st.header("Your experiments", anchor=False)
    states = {experiment.id: BACKEND.status(experiment).state for experiment in found}
    alive = any(state in ALIVE for state in states.values())
    st.fragment(_rows, run_every=EVERY if alive else None)(found, states)


def _rows(found: list[Experiment], before: dict[str, JobState]) -> None:
    """List of experiments; the page is drawn anew when one of them changes its state."""
    if any(BACKEND.status(experiment).state != before[experiment.id] for experiment in found):
        st.rerun()
    labels = _labels()
    for experiment in found[:MOST]:
        _row(experiment, labels)
    if found[MOST:]:
        with st.expander(counted(len(found) - MOST, "older one")):
            for experiment in found[MOST:]:
                _row(experiment, labels)


def _row(experiment: Experiment, labels: Mapping[str, str]) -> None:
    with st.container(border=True, key=key_of("experiment", experiment.id)):
        with st.container(horizontal=True, vertical_alignment="center"):
            try:
                verdict = experiment.record().verdict
            except GraftError:
                verdict = ""
            label, address = labels.get(experiment.id, ""), {"experiment": experiment.id}
            st.page_link("pages/compare.py", label=label, query_params=address, width="stretch")
            badge(BACKEND.status(experiment))
        if verdict:
            st.caption(plain(verdict))


def _labels() -> dict[str, str]:
    """Label of each experiment by its id, as Markdown: kind, time, data set, and more if two share these."""
    names = experiment_names()
    return {id: experiment_label(id, names) for id in names}


def _one(experiment: Experiment) -> None:
    st.page_link("pages/compare.py", label="All experiments", icon=":material/arrow_back:", query_params=LIST)
    status = BACKEND.status(experiment)
    try:
        record = experiment.record()
        words = record.words
    except GraftError as error:
        show_error(error)
        _delete(experiment)
        return
    st.header(_labels().get(experiment.id, plain(experiment.id)), anchor=False)
    st.caption(DESIGNS[record.asked.kind].asks(words))
    alive = status.state in ALIVE
    st.fragment(_live, run_every=EVERY if alive else None)(experiment, words, alive)
    if not alive:
        _delete(experiment)


def _live(experiment: Experiment, words: TaskWords, was_alive: bool) -> None:
    """All that changes; the whole page is drawn once more at the end."""
    status = BACKEND.status(experiment)
    try:
        record = experiment.record()
    except GraftError:  # deleted meanwhile, in another tab
        st.rerun()
    if was_alive and status.state not in ALIVE:
        st.rerun()
    if was_alive:
        _progress(experiment, status, len(record.asked.arms))
    else:
        _end_state(experiment, status)
    if record.verdict:
        st.info(plain(record.verdict), icon=":material/lightbulb:")
    if record.finished():
        st.plotly_chart(
            figure(record, words, palette()),
            key=key_of("figure", experiment.id),
            config={"displayModeBar": False},
            alt=f"Test {words.score} with its 95 % interval, by {DESIGNS[record.asked.kind].axis_of(words)}",
        )
    _table(record, words)
    _links(experiment, record)


def _progress(experiment: Experiment, status: Status, total: int) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            badge(status)
            left = f" · {rough_duration(status.seconds_left)} left" if status.seconds_left else ""
            st.caption(f"Run {min(status.done + 1, total)} of {total}{left}")
            st.space("stretch")
            if experiment.stop_requested():
                st.caption("Stopping at the next safe moment …", width="content")
                st.button(
                    "Stop at once",
                    key="kill",
                    on_click=BACKEND.cancel,
                    args=(experiment, 0),
                    icon=":material/bolt:",
                )
            else:
                st.button(
                    "Stop",
                    key="stop",
                    on_click=BACKEND.cancel,
                    args=(experiment,),
                    icon=":material/stop_circle:",
                )
        st.progress(min(1.0, status.done / total), plain(status.message))


def _end_state(experiment: Experiment, status: Status) -> None:
    if status.state == "done":
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        badge(status)
        if status.state == "lost":
            st.markdown(f"This experiment was interrupted. {FINISHED_RUNS}", width="content")
        if status.state == "cancelled":
            st.markdown(f"You stopped this experiment. {FINISHED_RUNS}", width="content")
        st.space("stretch")
        if st.button("Go on", type="primary", icon=":material/play_arrow:", key="go_on"):
            try:
                with st.spinner("Starting …"):
                    BACKEND.start(experiment, ["resume", str(experiment.folder)])
            except GraftError as error:
                show_error(error)
                return
            st.rerun()
    if status.state == "failed":
        show_error(GraftError(status.error or "The experiment failed."))


def _table(record: ExperimentRecord, words: TaskWords) -> None:
    design = DESIGNS[record.asked.kind]
    named = zip(_arm_names(record), record.entries, strict=True)
    rows = [_numbers(name, entry, words) for name, entry in named]
    table = pd.DataFrame(rows)
    if not design.races:
        table = table.drop(columns=f"ms per {words.one}")
    score = st.column_config.NumberColumn(format="%.1f %%" if words.counts_right else "%.3f")
    st.dataframe(
        escape_formulas(table),
        hide_index=True,
        placeholder="–",
        key=f"table_{record.asked.kind}",
        column_config={
            "Run": st.column_config.TextColumn(width="medium", pinned=True),
            words.score_title: score,
            "95 % interval": st.column_config.TextColumn(help=INTERVAL_HELP),
            "Validation": score,
            "Trained": st.column_config.NumberColumn(
                format="localized", help="Number of parameters that train."
            ),
            "MB": st.column_config.NumberColumn(format="%.1f", help="The model file."),
            f"ms per {words.one}": st.column_config.NumberColumn(
                format="%.1f", help="Time of one answer on this computer."
            ),
        },
    )
    for name, entry in zip(_arm_names(record), record.entries, strict=True):
        if entry.error:
            show_error(GraftError(f"{name}: {entry.error}"))


def _numbers(name: str, entry: ArmResult, words: TaskWords) -> dict[str, object]:
    return {
        "Run": name,
        "State": BADGES[entry.state][0],
        words.score_title: _scaled(entry.accuracy, words),
        "95 % interval": words.interval(entry.interval) if entry.interval else "",
        "Validation": _scaled(entry.validation_accuracy, words),
        "Trained": entry.trained_parameters,
        "MB": entry.megabytes,
        f"ms per {words.one}": entry.milliseconds,
        "Took": duration(entry.seconds) if entry.seconds else "",
    }


def _arm_names(record: ExperimentRecord) -> list[str]:
    arms = record.asked.arms
    return list(unique_labels(range(len(arms)), lambda at: arms[at].label).values())


def _scaled(score: float | None, words: TaskWords) -> float | None:
    return None if score is None else words.scale * score


def _links(experiment: Experiment, record: ExperimentRecord) -> None:
    """Links to each run that still exists, and to their curves in one chart."""
    pairs = zip(_arm_names(record), record.entries, strict=True)
    existing = [(name, experiment.run(entry).id) for name, entry in pairs if entry.run]
    existing = [(name, id) for name, id in existing if Workspace().find("runs", id)]
    if not existing:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="experiment_runs"):
        st.caption("Runs:", width="content")
        for name, id in existing:
            st.page_link(
                "pages/train.py",
                label=plain(name),
                icon=":material/arrow_outward:",
                query_params={"run": id},
            )
    if len(existing) > 1:
        st.page_link(
            "pages/compare.py",
            label="Compare these runs",
            icon=":material/show_chart:",
            query_params={"runs": join_ids(id for _, id in existing)},
        )


def _delete(experiment: Experiment) -> None:
    key = key_of("delete", experiment.id)
    delete.delete_button(experiment.folder, key, lambda: st.query_params.from_dict(LIST))
