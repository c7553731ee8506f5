"""Data: examples in, and what arrived: classes, counts, the examples themselves, what was skipped and why.

What comes and goes is drawn in containers that are always there: the browser builds anew what stands at
another place than before, and then the open tab, the selection and the focus are lost.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st

from pages.components.browser.upload.upload import upload_box
from pages.components.data import (
    add_examples,
    browse,
    classes,
    problems,
    public_datasets,
    storage,
    table_import,
    versions,
)
from pages.components.shared.datasets import edits, import_jobs
from pages.components.shared.datasets.facts import dataset_facts
from pages.components.shared.datasets.skipped import skipped_table
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.selection import choose_dataset, manifest_of, ready_datasets
from pages.components.shared.text import counted, isolated, page_header, plain, show_error, size
from pages.components.shared.trash import delete, notices
from pages.components.tasks.tasks import VIEWS
from tlcore import system
from tlcore.data import readiness
from tlcore.data.dataset import Dataset
from tlcore.data.edits import Exclude
from tlcore.data.manifest import Manifest
from tlcore.data.task_words import WORDS
from tlcore.errors import GraftError, printable

PURPOSE = "Bring examples of which you know the class: pictures sorted into folders, or a table of texts."
ENOUGH = """
Ten examples per class are a start, fifty are good. What cannot be read is skipped and listed with the reason.
Nothing leaves this computer.
"""
LONGEST = 40  # characters of a class on a button
EXPLANATION = "\n".join([*(shown.bring for shown in VIEWS.values()), ENOUGH])


def main() -> None:
    """The page."""
    page_header("Data", PURPOSE, EXPLANATION, label="What should the data look like?")
    notices.above("data")
    with st.expander("Bring data", icon=":material/upload:", expanded=not ready_datasets()):
        _bring()
    with st.container():
        table_import.show()
        import_jobs.watch()
    dataset = choose_dataset()
    if dataset is not None:
        try:
            _show(dataset, manifest_of(dataset))
        except GraftError as error:
            show_error(error)
        delete.delete_button(dataset.folder, key_of("delete", dataset.id))
    disk = st.expander("Disk space", icon=":material/hard_drive:", key="disk", on_change="rerun")
    if disk.open:  # counted only when asked for: it walks through every folder
        with disk:
            try:
                storage.show()
            except GraftError as error:
                show_error(error)


def _bring() -> None:
    names = ["Choose or drop", "One class at a time", "Public data sets", "Paste lines of text"]
    files, one, public, lines = st.tabs(names)
    with one:
        add_examples.start()
    with public:
        public_datasets.show()
    for place, ask in ((files, lambda: upload_box("upload")), (lines, table_import.paste)):
        with place:
            try:
                received = ask()
                if received is not None:
                    (
                        table_import.open_table
                        if table_import.is_table(received)
                        else import_jobs.start_import
                    )(received)
            except GraftError as error:
                show_error(error)
    st.caption("Nothing at hand? Try a sample.")
    with st.container(horizontal=True):
        for task, shown in VIEWS.items():
            if st.button(f"Sample {WORDS[task].many}", icon=shown.icon, key=f"sample_{task}"):
                try:
                    import_jobs.start_sample(task)
                except GraftError as error:
                    show_error(error)


def _show(dataset: Dataset, manifest: Manifest) -> None:
    with st.container():
        _messages(manifest)
        _small_classes(dataset, manifest)
    found = dataset_facts(dataset, manifest)
    _numbers(dataset, manifest, len(found.problems))
    kind: Literal["primary", "secondary"] = "secondary" if table_import.is_open() else "primary"
    icon = ":material/arrow_forward:"
    if st.button("Choose a backbone", type=kind, icon=icon, disabled=bool(manifest.problem)):
        st.switch_page("pages/model.py", query_params={"data": dataset.id})
    with st.container():
        add_examples.show(dataset, manifest)
    # Without counts: tabs that are called differently after a change are others, and the first one opens.
    names = [WORDS[manifest.task].many.capitalize(), "Classes", "Problems", "Versions", "Skipped"]
    examples, by_class, wrong, older, skipped = st.tabs(names)
    with examples:
        browse.show(dataset, manifest, found)
    with by_class:
        classes.show(dataset, manifest)
    with wrong:
        problems.show(dataset, manifest, found)
    with older:
        versions.show(dataset, manifest)
    with skipped:
        _skipped(manifest)


def _messages(manifest: Manifest) -> None:
    if manifest.generated:
        st.info(VIEWS[manifest.task].generated, icon=":material/draw:")
    if manifest.problem:
        # Said anew where nothing is used: earlier imports kept that there was nothing readable.
        why = manifest.problem if manifest.examples else readiness.judged(manifest).problem
        st.info(f"It cannot be trained on yet. {plain(why)}", icon=":material/info:")
    for warning in manifest.warnings:
        st.warning(plain(warning), icon=":material/warning:")


def _small_classes(dataset: Dataset, manifest: Manifest) -> None:
    """Where some classes are too small to train on, the way to do without them, and the way back."""
    place = key_of("small", dataset.id)
    small = readiness.too_small(manifest) if manifest.problem else {}
    if small and len(manifest.classes) - len(small) >= 2:
        of_them = tuple(example.key for example in manifest.examples if example.label in small)
        name = f"“{isolated(printable(next(iter(small)), LONGEST))}”" if len(small) == 1 else ""
        st.button(
            f"Do without {name or f'the {len(small)} classes that are too small'}",
            icon=":material/filter_list:",
            key=place,
            help=f"{WORDS[manifest.task].counted(len(of_them))} would be set aside; nothing is deleted.",
            on_click=edits.carry_out,
            args=(dataset, [Exclude(of_them)], place),
        )
    edits.notice(dataset, place)


def _numbers(dataset: Dataset, manifest: Manifest, problems: int) -> None:
    accepted = len(manifest.examples) + len(manifest.aside)
    sent = accepted + len(manifest.skipped)
    with st.grid(5, min_column_width=120):
        st.metric(WORDS[manifest.task].many.capitalize(), f"{len(manifest.examples):,}", border=True)
        st.metric("Classes", len(manifest.classes), border=True)
        st.metric("Problems", problems, border=True)
        st.metric("Skipped", f"{len(manifest.skipped):,}", border=True)
        st.metric("On disk", size(_bytes(str(dataset.folder), sent)), border=True)
    brought = manifest.brought_splits()
    splits = f" It came with its own split: {', '.join(sorted(brought))}." if brought else ""
    side = manifest.shrunk_to
    shrunk = f" What was larger than {side} pixels was shrunk on the way in." if side else ""
    unused = f"{len(manifest.aside):,} {'is' if len(manifest.aside) == 1 else 'are'} not used"
    aside = f", of which {unused}" if manifest.aside else ""
    ignored = f" {counted(manifest.ignored, 'hidden or system file')} ignored." if manifest.ignored else ""
    st.caption(
        f"{counted(sent, VIEWS[manifest.task].piece)} sent = {accepted:,} accepted + "
        f"{len(manifest.skipped):,} skipped{aside}." + ignored + splits + shrunk
    )


@st.cache_data(max_entries=16, show_spinner=False)
def _bytes(folder: str, sent: int) -> int:
    """Counted anew when something was added: a change of what is there adds next to nothing."""
    return system.folder_bytes(Path(folder))


def _skipped(manifest: Manifest) -> None:
    if not manifest.skipped:
        st.markdown(f"Every {VIEWS[manifest.task].piece} that was sent was accepted.")
        return
    skipped_table(manifest.skipped)


main()
notices.below("data")
