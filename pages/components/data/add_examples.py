"""Adding examples to a data set: files, the clipboard, the camera."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components.browser.camera.capture import capture_box
from pages.components.browser.upload.upload import FOLDERS, LOOSE, TABLE, Received, upload_box
from pages.components.data import class_cards
from pages.components.shared.datasets import edits, import_jobs
from pages.components.shared.datasets.skipped import skipped_table
from pages.components.shared.selection.chooser import choose_or_none, choose_segment
from pages.components.shared.selection.keys import digest_of, key_of
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.text import counted, plain, show_error
from tlcore.data.dataset import Dataset
from tlcore.data.importing.additions import ADDITION, RESULT_FILE
from tlcore.data.manifest import Manifest, Skipped, Task
from tlcore.data.versions.edits import class_name
from tlcore.errors import GraftError
from tlcore.records import MalformedJson
from tlcore.runs.job import Job

SORTED: dict[Task, str] = {
    "images": "Use the folder names",
    "texts": "Use the table's classes",
    "detection": "Use the annotation files",
    "segmentation": "Use the annotation files",
}
HAS_ONE_CLASS: tuple[Task, ...] = ("images", "texts")  # each example, so that many may be given it at once
ONE = "One class for all"
CARDS = "Class cards"


def show(dataset: Dataset, manifest: Manifest) -> None:
    """A box to add examples to a data set, and the results of earlier additions."""
    with st.container():  # always there, so that the box below stays in place
        for job in import_jobs.additions(dataset):
            _outcome(dataset, job)
        edits.notice(dataset, _place(dataset))
    again = _key(dataset, "again")  # stays open after an addition
    is_pile = any(
        not example.is_labelled for example in manifest.aside
    )  # it needs classes, not more examples
    is_open = (bool(manifest.problem) and not is_pile) or st.session_state.get(again, False)
    is_open |= class_cards.are_first_choice(dataset)
    with st.expander("Add more", icon=":material/add:", expanded=is_open):
        try:
            received, label = _ask(dataset, manifest)
            if received is not None:
                import_jobs.start_addition(received, dataset, label)
                st.session_state[again] = True
                st.rerun()
        except GraftError as error:
            show_error(error)


def _ask(dataset: Dataset, manifest: Manifest) -> tuple[Received | None, str | None]:
    """The upload, if any, and its class; None: folders or a table give the classes."""
    as_sorted = SORTED[manifest.task]
    has_cards = manifest.task == "images" and len(manifest.classes) <= class_cards.MOST_CLASSES
    if manifest.task not in HAS_ONE_CLASS:
        return upload_box(_key(dataset, "box"), kind=FOLDERS), None
    ways = {way: way for way in (ONE, as_sorted, *([CARDS] if has_cards else []))}
    first = CARDS if has_cards and class_cards.are_first_choice(dataset) else ONE
    how = choose_segment("Which class?", ways, first, key=_key(dataset, "how"))
    if how == CARDS:
        class_cards.add(dataset, manifest)
        return None, None
    if how == as_sorted:
        return upload_box(_key(dataset, "box"), kind=TABLE if manifest.task == "texts" else FOLDERS), None
    label = _class_of(dataset, manifest)
    if not label:
        st.caption("Choose a class first, or type a new one.")
        return None, None
    if manifest.task == "texts":
        return _for_class(upload_box(_key(dataset, "box"), kind=TABLE, label=label), label)
    return _pictures(_key(dataset, "box"), label)


def _class_of(dataset: Dataset, manifest: Manifest) -> str:
    """The chosen class, or a new name that was typed; "" while there is none."""
    remembered = _key(dataset, "class")
    last = st.session_state.get(remembered)
    classes = list(manifest.classes)
    # The key changes with the list; otherwise a class that is gone would stay as a typed name.
    chosen = choose_or_none(
        "Class",
        class_labels(classes),
        last,
        accept_new_options=True,
        placeholder="Choose one, or type a new one",
        key=f"{remembered}_{digest_of(*classes)}",
    )
    label = class_name(chosen) if chosen else ""
    st.session_state[remembered] = label
    return label


def _pictures(key: str, label: str) -> tuple[Received | None, str]:
    """Files or the camera for one class; the upload, with the class that it was sent for."""
    files, camera = st.tabs(["Files", "Camera"])
    with files:
        sent = upload_box(key, kind=LOOSE, label=label)
    with camera:
        taken = capture_box(f"{key}_camera", label)
    return _for_class(sent or taken, label)


def _for_class(received: Received | None, label: str) -> tuple[Received | None, str]:
    """The upload, with the class chosen when it was sent; another may be chosen by now."""
    return received, class_name(received.label) if received and received.label else label


def _outcome(dataset: Dataset, job: Job) -> None:
    """The result of an addition, with Undo, until it is dismissed."""
    try:
        added = ADDITION.read(job.folder / RESULT_FILE)
        change, skipped = _change_and_skipped(str(dataset.folder), added.version)
    except (OSError, MalformedJson, GraftError):
        return  # at work or failed: `import_jobs.watch` shows it
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=key_of("added", job.id)):
        skipped_text = f" {counted(len(skipped), 'file')} skipped." if skipped else " Nothing was skipped."
        st.markdown(f":material/check: {plain(edits.sentence(change))}{skipped_text}", width="stretch")
        if skipped:
            with st.popover("Skipped", icon=":material/list:"):
                skipped_table(skipped)
        args = (dataset, added.version, job)
        st.button("Undo", icon=":material/undo:", key=key_of("undo", job.id), on_click=_undo, args=args)
        st.button("OK", key=key_of("ok", job.id), on_click=import_jobs.dismiss, args=(job,))


@st.cache_data(max_entries=100, show_spinner=False)
def _change_and_skipped(folder: str, version: int) -> tuple[str, tuple[Skipped, ...]]:
    """The change of that version in words, and the files skipped by it.

    Only these stay in memory, because the manifests are as large as the data set.
    """
    dataset = Dataset(Path(folder))
    after = dataset.read(version)
    return after.change, after.skipped[len(dataset.read(version - 1).skipped) :]


def _undo(dataset: Dataset, version: int, job: Job) -> None:
    edits.undo(dataset, version, _place(dataset))
    import_jobs.dismiss(job)


def _place(dataset: Dataset) -> str:
    return key_of("adding", dataset.id)


def _key(dataset: Dataset, what: str) -> str:
    return key_of(f"add_{what}", dataset.id)
