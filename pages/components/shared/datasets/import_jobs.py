"""Imports and additions: starting them, and showing their progress.

Each is a job. An import works in the folder of the data set that it makes; an addition in a folder of its
own, below `adding/` of the data set that it adds to.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import streamlit as st

from pages.components.browser.upload.upload import Received
from pages.components.shared.datasets import preparation
from pages.components.shared.job_bar import job_bar
from pages.components.shared.selection.addresses import remember
from pages.components.shared.selection.entry_kinds import read_failure
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import show_error
from tlcore.data.dataset import Dataset, datasets
from tlcore.data.importing.additions import FOLDER
from tlcore.data.importing.source_names import data_name
from tlcore.data.manifest import Task
from tlcore.errors import GraftError
from tlcore.people import copies
from tlcore.people.sharing import Offer
from tlcore.runs.job import ALIVE, Job
from tlcore.runs.workers.backend import BACKEND, any_alive
from tlcore.workspace import Workspace, new_id
from tlcore.workspace.refusals import writing

EVERY = "0.25s"  # between two looks: what follows an import begins with its end


def start_import(
    received: Received, options: Sequence[str] = (), *, name: str = "", label: str | None = None
) -> str:
    """Import an upload as a new data set, in a process of its own; returns the data set's id.

    Args:
        options: more options for the command; a table has some.
        name: the name of the data set; "" for that of the upload or its folder.
        label: the class of all examples; None: folders or a table give the classes.
    """
    _dismiss_failed_imports()
    name = name or data_name(received.name, "My texts" if options else "My pictures")
    folder = Workspace().datasets / new_id(name)
    arguments = ["import", str(received.path), "--out", str(folder), f"--name={name}", *options]
    BACKEND.start(Job(folder), arguments + upload_options(received, label))
    preparation.get_ready("texts" if options else "images")
    remember("data", folder.name)
    return folder.name


def start_addition(received: Received, dataset: Dataset, label: str | None) -> Job:
    """Add an upload to a data set, in a process of its own; `label` as for `start_import`."""
    for job in additions(dataset):  # whoever adds more has read their results
        if job.recorded().state not in (*ALIVE, "new"):
            dismiss(job)
    folder = dataset.folder / FOLDER / new_id("add")
    arguments = ["import", str(received.path), "--into", str(dataset.folder), "--job", str(folder)]
    BACKEND.start(Job(folder), arguments + upload_options(received, label))
    return Job(folder)


def upload_options(received: Received, label: str | None = None) -> list[str]:
    """The command's options for an upload."""
    arguments = ["--remove-source", f"--called={received.name}"]
    if label is not None:
        arguments.append(f"--label={label}")
    if received.shrunk_to:
        arguments += ["--shrunk-to", str(received.shrunk_to)]
    if received.could_not_read:
        names = received.path.with_name(f"{received.path.name}.names")
        with writing():
            names.write_text(json.dumps(received.could_not_read), encoding="utf-8")
        arguments += ["--not-sent", str(names)]
    return arguments


def start_sample(task: Task, id: str = "") -> str:
    """Create the task's sample and import it; returns the data set's id, which may be given."""
    _dismiss_failed_imports()
    folder = Workspace().datasets / (id or new_id("sample"))
    BACKEND.start(Job(folder), ["sample", "--task", task, "--out", str(folder)])
    preparation.get_ready(task)
    remember("data", folder.name)
    return folder.name


def start_fetch(name: str) -> None:
    """Download a public data set and import it."""
    _dismiss_failed_imports()
    folder = Workspace().datasets / new_id(name)
    BACKEND.start(Job(folder), ["fetch", name, "--out", str(folder)])
    remember("data", folder.name)


def start_copy(offer: Offer) -> str:
    """Copy what somebody else shares as a new data set; returns its id. A large one is a job.

    Raises:
        GraftError: it is not shared any more, or there is no room.
    """
    _dismiss_failed_imports()
    folder = copies.new_folder(offer)
    if copies.is_quick(offer):
        copies.copy_dataset(offer, folder)
        preparation.start_on_arrival(Dataset(folder))
    else:
        words = ["import", offer.folder.name, "--shared-by", offer.owner.id, "--out", str(folder)]
        BACKEND.start(Job(folder), words)
    remember("data", folder.name)
    return folder.name


def _dismiss_failed_imports() -> None:
    """Whoever tries again has read why the last import failed."""
    for job in unfinished_jobs():
        if not _is_addition(job) and BACKEND.status(job).state not in ALIVE:
            dismiss(job)


def is_busy() -> bool:
    """Whether an import or an addition is at work."""
    return any_alive(unfinished_jobs())


def unfinished_jobs() -> list[Job]:
    """Imports and additions that are at work or failed, newest first."""
    all_datasets = datasets(Workspace().datasets)
    jobs = [Job(one.folder) for one in all_datasets if not one.is_ready and not read_failure(one.folder)]
    jobs += [job for dataset in all_datasets for job in additions(dataset) if not _has_arrived(job)]
    return [job for job in jobs if job.recorded().state != "new"]  # new: its process is only just starting


def additions(dataset: Dataset) -> list[Job]:
    """Additions to a data set that nobody has dismissed yet, newest first."""
    folders = sorted((dataset.folder / FOLDER).glob("*/"), key=lambda folder: folder.name, reverse=True)
    return [Job(folder) for folder in folders]


def _has_arrived(job: Job) -> bool:
    """Whether its data are in the data set."""
    return job.recorded().state == "done" if _is_addition(job) else Dataset(job.folder).is_ready


def _is_addition(job: Job) -> bool:
    return job.folder.parent.name == FOLDER


def watch() -> None:
    """Show each unfinished job: its progress while it works, its error when it failed."""
    folders = [job.folder for job in unfinished_jobs()]
    if not folders:  # an empty fragment would still take room on the page
        st.session_state["importing"] = False
        return
    st.fragment(_show, run_every=EVERY if is_busy() else None)(folders)


def _show(folders: list[Path]) -> None:
    still_busy = False
    for folder in folders:
        job = Job(folder)
        if not folder.is_dir():
            st.rerun()
        if _has_arrived(job):  # show the person the data that have just arrived
            arrived = folder.parent.parent.name if _is_addition(job) else folder.name
            preparation.start_on_arrival(Dataset(Workspace().datasets / arrived))
            remember("data", arrived)
            st.rerun()
        still_busy |= _show_job(job)
    if folders and not still_busy and st.session_state.get("importing"):
        st.session_state["importing"] = False
        st.rerun()
    st.session_state["importing"] = still_busy


def _show_job(job: Job) -> bool:
    """One job; returns whether it is at work."""
    status = BACKEND.status(job)
    if status.state not in ALIVE:
        _show_failure(job, status.error)
        return False
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        job_bar(job, status, key_of("stop", job.id))
    return True


def _show_failure(job: Job, error: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        what = "Adding" if _is_addition(job) else "The import"
        show_error(GraftError(error or f"{what} was interrupted: its process is gone. Send the data again."))
        st.button("Dismiss", key=key_of("dismiss", job.id), on_click=dismiss, args=(job,))


def dismiss(job: Job) -> None:
    """Remove a job from every page. Another tab may have done so already; a job in use stays."""
    with suppress(GraftError):
        Workspace().discard(job.folder)
