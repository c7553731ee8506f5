"""A run during training: its state, device, step, time left, live curves and Stop."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from pages.components.shared.runs.runs_list import badge, device_badge
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import plain, rough_duration, show_errors
from pages.components.train import curves, passing_examples, replay, run_status, validation_strip
from tlcore.config import RunConfig
from tlcore.data.task_words import TaskWords
from tlcore.runs import run_records
from tlcore.runs.job import ALIVE, Status
from tlcore.runs.metrics import epochs
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND

EVERY = 1.0  # seconds between two looks ...
QUICK, QUICK_SECONDS = 0.25, 20.0  # ... and at first, while a short run may end between them
IN_LINE = 3.0  # behind other runs for long: in a class many look at once
CALM, CALM_STAGES = 0.5, ("queued", "loading")  # nothing moves yet, and TensorFlow needs the processor
CARD = 118  # pixels; fixed, so that nothing jumps when the first change appears
PHASES = {"head": "Head", "fine-tuning": "Fine-tuning", "whole": "Training"}
STAGES = {
    "queued": "Waiting in the queue",
    "loading": "Starting TensorFlow",
    "backbone": "Loading the backbone",
    "features": "Running the frozen part once for each {one}",
    "training": "Training",
    "saving": "Saving the model and checking the saved file",
    "out-of-fold": "Calibrating its confidence (how sure it is)",
    "study": "The model is ready. Analysing its examples",
}


def watch(run: Run) -> None:
    """The live view; at the end of the run the whole page is drawn once.

    Its state has a quicker clock than its curves, which take a browser longest to draw and have none before
    their first point.
    """
    status = BACKEND.status(run)
    if status.state in ALIVE:
        pace = _pace(run, status)
        rows = _rows(run)
        st.fragment(_show_state, run_every=pace)(run, pace, bool(rows))
        has_begun = bool(epochs(rows))
        clock = EVERY if has_begun else QUICK if rows else None
        st.fragment(_show_metrics, run_every=clock)(run, has_begun)
    else:
        st.fragment(_show_metrics)(run, True)


def _pace(run: Run, status: Status) -> float:
    """Seconds between two looks: few while this session has only begun to watch this attempt."""
    began = st.session_state.setdefault(key_of("watched", run.id, str(status.attempt)), time.monotonic())
    if time.monotonic() - float(began) >= QUICK_SECONDS:
        return IN_LINE if status.stage == "queued" else EVERY
    return CALM if status.stage in CALM_STAGES else QUICK


@show_errors
def _show_state(run: Run, pace: float, had_rows: bool) -> None:
    status = BACKEND.status(run)
    if status.state == "done" and replay.is_worth_it(run):
        replay.begin(run)
    if status.state not in ALIVE or pace != _pace(run, status):
        st.rerun()
    if not had_rows and _rows(run):
        st.rerun()
    run_status.queue_line(run)  # here, since others come and go while somebody looks
    _head(run, status)
    _progress(run, status)
    passing_examples.show(run, status)


@show_errors
def _show_metrics(run: Run, had_begun: bool) -> None:
    rows = _rows(run)
    if not had_begun and epochs(rows):  # the first point is shown at once, the others once a second
        st.rerun()
    curves.show(rows, run.config(), key_of("live", run.id))
    validation_strip.show(run, epochs(rows), "live_sample")
    if had_begun:
        _cards(run, BACKEND.status(run), rows)


def _head(run: Run, status: Status) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        badge(status)
        device_badge(status)
        st.space("stretch")
        if status.can_answer:
            _try_it(run)
        if run.stop_requested():
            st.caption("Stopping at the next safe moment …", width="content")
            st.button(
                "Stop at once",
                key=key_of("kill", run.id),
                on_click=BACKEND.cancel,
                args=(run, 0),
                icon=":material/bolt:",
            )
        else:
            st.button(
                "Stop",
                key=key_of("stop", run.id),
                on_click=BACKEND.cancel,
                args=(run,),
                icon=":material/stop_circle:",
            )


def _try_it(run: Run) -> None:
    """A link, no button: the browser stops our clock at once, and cannot draw this page over the next one."""
    st.page_link(
        "pages/predict.py",
        label=":primary[**Try it**]",
        icon=":material/search:",
        query_params={"run": run.id},
        width="content",
    )


def _rows(run: Run) -> list[dict[str, Any]]:
    """All metric rows; reads only those that are new since the last call."""
    key = key_of("rows", run.id)
    rows, position = st.session_state.get(key, ([], 0))
    events = list(BACKEND.events(run, position))
    rows = rows + [row for _, row in events]
    position = events[-1][0] if events else position
    st.session_state[key] = (rows, position)
    return rows


def _cards(run: Run, status: Status, rows: list[dict[str, Any]]) -> None:
    ended = epochs(rows)
    last = ended[-1] if ended else {}
    before = ended[-2] if len(ended) > 1 and status.state in ALIVE else {}
    left = rough_duration(status.seconds_left) if status.seconds_left is not None else "–"
    with st.grid(4, min_column_width=150):
        st.metric(*_epoch(run.config(), ended), border=True, height=CARD)
        _card("Training loss", last, before, "loss", lower_is_better=True)
        where = "" if status.state in ALIVE else ", last epoch"
        words = run.words
        title = f"Validation {words.score}{where}"
        _card(title, last, before, "val_accuracy", lower_is_better=False, words=words)
        if status.state in ALIVE:
            help = "At most. Training ends early when the model no longer improves."
            st.metric("Time left", left, border=True, height=CARD, help=help)
        else:
            st.metric(*_best(run, ended), border=True, height=CARD)


def _epoch(config: RunConfig, ended: list[dict[str, Any]]) -> tuple[str, str]:
    """A label and the progress in epochs; each phase of training counts its own."""
    phase = ended[-1].get("phase", config.phases[-1]) if ended else config.phases[0]
    done = sum(row.get("phase", phase) == phase for row in ended)
    label = f"{PHASES[phase]}, epoch" if len(config.phases) > 1 else "Epoch"
    return label, f"{done} of {config.recipe(phase).epochs}"


def _best(run: Run, ended: list[dict[str, Any]]) -> tuple[str, str]:
    """A label and the epoch of the model's weights, counted in its phase; 0 for the initial ones.

    Without a model it is the epoch of lowest loss.
    """
    summary = run_records.read_summary(run.folder)
    finite = [row for row in ended if row["val_loss"] is not None]  # null: the loss became infinite
    best = (
        summary.best_epoch
        if summary
        else min(finite, key=lambda row: row["val_loss"], default={}).get("epoch")
    )
    row = next((row for row in ended if row["epoch"] == best), None)
    if row is None:
        return "Best epoch", "–" if best is None else str(best)
    phase = row.get("phase")
    place = sum(other.get("phase") == phase and other["epoch"] <= best for other in ended)
    label = f"Best epoch, {PHASES[phase].lower()}" if len(run.config().phases) > 1 and phase else "Best epoch"
    return label, f"{place} of {sum(other.get('phase') == phase for other in ended)}"


def _card(
    label: str,
    last: dict[str, Any],
    before: dict[str, Any],
    name: str,
    lower_is_better: bool,
    words: TaskWords | None = None,
) -> None:
    """A number of the last epoch, with its change; a score in the `words` of its task."""
    value = "–"
    delta = None
    if last.get(name) is not None:
        value = words.figure(last[name]) if words else f"{last[name]:.3f}"
    has_both = None not in (last.get(name), before.get(name))
    change = last[name] - before[name] if has_both else 0.0
    if abs(change) >= 0.0005:
        delta = f"{100 * change:+.1f} %" if words and words.counts_right else f"{change:+.3f}"
    st.metric(
        label,
        value,
        delta,
        delta_color="inverse" if lower_is_better else "normal",
        border=True,
        height=CARD,
    )


def _progress(run: Run, status: Status) -> None:
    doing = status.message or STAGES.get(status.stage, status.stage).format(one=run.words.one)
    if status.can_answer and status.stage in ("out-of-fold", "saving"):
        doing = f"Your model can answer. {doing}"
    share = min(1.0, status.done / status.total) if status.total else 0.0
    count = f" · {status.done:,} of {status.total:,}" if status.total and status.stage == "features" else ""
    st.progress(share, f"{plain(doing)}{count}")
