"""A job at work in one line: its step, its progress, the time left and a Stop button."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.text import plain, rough_duration
from tlcore.people.lines import PlaceInLine, place_of
from tlcore.runs.job import Job, Status
from tlcore.runs.workers.backend import BACKEND


def job_bar(job: Job, status: Status, key: str, count: str = "") -> None:
    """The bar and its Stop button, for a horizontal container.

    Args:
        key: of the button.
        count: our own text after the job's message.
    """
    left = f" · {rough_duration(status.seconds_left)} left" if status.seconds_left else ""
    if status.state == "queued" and (place := place_of(job)):
        left = f" · {in_words(place)}"
    share = min(1.0, status.done / status.total) if status.total else 0.0
    st.progress(share, f"{plain(status.message or 'Starting')}{count}{left}")
    if job.stop_requested():
        st.caption("Stopping …", width="content")
    else:
        st.button("Stop", icon=":material/stop:", key=key, on_click=BACKEND.cancel, args=(job,))


def in_words(place: PlaceInLine) -> str:
    """The place of a job in its line: `3 are ahead of you, about 4 min`."""
    left = f", {rough_duration(place.seconds)}" if place.seconds else ""
    return f"{'One is' if place.ahead == 1 else f'{place.ahead} are'} ahead of you{left}"
