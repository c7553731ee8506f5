"""Data sets on their way in: starting an import, and watching it wherever one is."""

from __future__ import annotations

import json
from collections.abc import Sequence

import streamlit as st

from pages.components.chosen import remember
from pages.components.upload import Received
from pages.components.words import about, plain, show_error
from tlcore.data.dataset import Dataset, datasets
from tlcore.data.manifest import Task
from tlcore.errors import GraftError
from tlcore.runs.backend import start
from tlcore.runs.job import ALIVE, Job
from tlcore.workspace import Workspace, new_id


def start_import(received: Received, options: Sequence[str] = ()) -> None:
    """Import an upload as a new data set, in a process of its own; `options` are further ones for it."""
    name = received.name.rsplit(".", 1)[0].removesuffix(".tar") or received.name
    folder = Workspace().datasets / new_id(name)
    arguments = ["import", str(received.path), "--out", str(folder), f"--name={name}", "--remove-source"]
    arguments += options
    if received.shrunk_to:
        arguments += ["--shrunk-to", str(received.shrunk_to)]
    if received.could_not_read:
        names = received.path.with_name(f"{received.path.name}.names")
        names.write_text(json.dumps(received.could_not_read), encoding="utf-8")
        arguments += ["--not-sent", str(names)]
    start(Job(folder), arguments)
    remember("data", folder.name)


def start_sample(task: Task) -> None:
    """Make and import the task's sample."""
    folder = Workspace().datasets / new_id("sample")
    start(Job(folder), ["sample", "--task", task, "--out", str(folder)])
    remember("data", folder.name)


def is_busy() -> bool:
    """Whether an import is going on."""
    return any(job.status().state in ALIVE for job in unfinished())


def unfinished() -> list[Job]:
    """Imports that are going on or ended badly, newest first."""
    jobs = [Job(dataset.folder) for dataset in datasets(Workspace().datasets) if not dataset.is_ready]
    return [job for job in jobs if job.recorded().state != "new"]  # new: its process is only just starting


def watch() -> None:
    """Show every unfinished import: its progress while it runs, what went wrong when it has not worked."""
    st.fragment(_show, run_every="1s" if is_busy() else None)([job.id for job in unfinished()])


def _show(ids: list[str]) -> None:
    workspace = Workspace()
    still_busy = False
    for id in ids:
        folder = workspace.find("datasets", id)
        if folder is None or Dataset(folder).is_ready:
            if folder is not None:
                remember("data", id)  # what has just arrived is what the person wants to see
            st.rerun()
        still_busy |= _one(Job(folder))
    if ids and not still_busy and st.session_state.get("importing"):
        st.session_state["importing"] = False
        st.rerun()
    st.session_state["importing"] = still_busy


def _one(job: Job) -> bool:
    """One import; returns whether it is going on."""
    status = job.status()
    if status.state not in ALIVE:
        _failed(job, status.error)
        return False
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        left = f" · {about(status.seconds_left)} left" if status.seconds_left else ""
        count = f" · {status.done:,} of {status.total:,}" if status.total else ""
        share = min(1.0, status.done / status.total) if status.total else 0.0
        st.progress(share, f"{plain(status.message or 'Starting')}{count}{left}")
        if st.button("Stop", icon=":material/stop:", key=f"stop_{job.id}"):
            job.request_stop()
    return True


def _failed(job: Job, error: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        reason = error or "The import was interrupted: its process is gone. Send the data again."
        show_error(GraftError(reason))
        if st.button("Dismiss", key=f"dismiss_{job.id}"):
            Workspace().discard(job.folder)
            st.rerun()
