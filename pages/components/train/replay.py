"""The training of a finished run once more, in five seconds, from its own figures: no network, no GPU."""

from __future__ import annotations

import math
import time
from typing import Any

import streamlit as st

from pages.components.shared.selection.keys import key_of
from pages.components.train import curves, validation_strip
from tlcore.runs.metrics import epochs
from tlcore.runs.run import Run, training_seconds

SECONDS, EVERY = 5.0, 0.25
QUICK = 20.0  # seconds


def begin(run: Run) -> None:
    """Let the replay begin when the page is drawn next."""
    st.session_state[_key(run)] = time.monotonic()


def is_worth_it(run: Run) -> bool:
    """Whether the run was too quick to be seen."""
    return training_seconds(run) < QUICK


def is_on(run: Run) -> bool:
    """Whether this session sees a replay of the run."""
    began = st.session_state.get(_key(run))
    return began is not None and time.monotonic() - float(began) < SECONDS


def show(run: Run) -> None:
    """The curves as they grew, until the replay is over."""
    rows, _ = run.rows()
    st.fragment(_show, run_every=EVERY)(run, rows)


def _show(run: Run, rows: list[dict[str, Any]]) -> None:
    if not is_on(run):
        st.rerun()
    share = min(1.0, (time.monotonic() - float(st.session_state[_key(run)])) / SECONDS)
    seen = rows[: math.ceil(share * len(rows))]
    ended = epochs(seen)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge("Replay", icon=":material/replay:", color="orange")
        st.caption(f"Epoch {len(ended)} of {len(epochs(rows))}, as it was recorded.", width="content")
    curves.show(seen, run.config(), key_of("replay", run.id))
    validation_strip.show(run, ended, "replay_sample")


def _key(run: Run) -> str:
    return key_of("replay_began", run.id)
