"""Data: upload examples, look through them, correct them, and see what was skipped and why.

Everything that comes and goes is drawn in containers that are always there. Otherwise the browser builds the
following elements anew, and the open tab, the selection and the focus are lost.
"""

from __future__ import annotations

import streamlit as st

from pages.components.data import (
    add_examples,
    browse,
    card_trial,
    classes,
    new_dataset,
    overview,
    problems,
    storage,
    table_import,
    versions,
)
from pages.components.data.estimate import first_model
from pages.components.shared import step_code
from pages.components.shared.datasets import import_jobs, preparation
from pages.components.shared.datasets.skipped import skipped_table
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.selection import choose_dataset, manifest_of, ready_datasets
from pages.components.shared.sharing import offers, switch
from pages.components.shared.text import page_header, plain, show_error
from pages.components.shared.trash import delete, notices
from pages.components.tasks.tasks import VIEWS
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.defaults import with_defaults
from tlcore.data.manifest import Manifest
from tlcore.data.task_words import WORDS
from tlcore.errors import GraftError
from tlcore.export.code.common import values

PURPOSE = "Bring examples whose class you know: pictures in folders or with boxes, or a table of texts."
ENOUGH = """
Ten examples per class are a start; fifty are good. Files that cannot be read are skipped and listed with the
reason. Nothing leaves this computer.
"""
EXPLANATION = "\n".join([*(view.text.how_to_bring for view in VIEWS.values()), ENOUGH])


def main() -> None:
    """The page."""
    line = page_header("Data", PURPOSE, EXPLANATION)
    notices.above("data")
    has_none = not ready_datasets()
    board = st.container()  # first, so that it is in sight
    with st.container():
        is_offered = has_none and offers.show_first(("datasets",))
    if has_none:  # while a person looks for their pictures, what will read them gets ready
        preparation.get_ready("images")
    with st.expander("Bring data", icon=":material/upload:", expanded=has_none and not is_offered):
        new_dataset.show()
    if not has_none:
        offers.show(("datasets",))
    with st.container():
        table_import.show()
        import_jobs.watch()
    dataset = choose_dataset(line)
    if dataset is not None:
        try:
            manifest = manifest_of(dataset)
            with board:
                if VIEWS[manifest.task].data.board(dataset, manifest):
                    return
            _show(dataset, manifest)
        except GraftError as error:
            show_error(error)
        delete.delete_button(dataset.folder, key_of("delete", dataset.id))
    disk = st.expander("Disk space", icon=":material/hard_drive:", key="disk", on_change="rerun")
    if disk.open:  # only then, because counting walks through every folder
        with disk:
            try:
                storage.show()
            except GraftError as error:
                show_error(error)


def _show(dataset: Dataset, manifest: Manifest) -> None:
    estimate = st.container()
    facts = overview.show(dataset, manifest)
    with st.container():
        switch.show(dataset.folder)
    with st.container():
        add_examples.show(dataset, manifest)
    with st.container():
        card_trial.show(dataset, manifest)
    # Without counts: when a label changes, Streamlit makes new tabs and opens the first one.
    names = [WORDS[manifest.task].many.capitalize(), "Classes", "Problems", "Versions", "Skipped"]
    tabs = st.tabs(names)
    with tabs[0]:
        browse.show(dataset, manifest, facts)
    with tabs[1]:
        classes.show(dataset, manifest)
    with tabs[2]:
        problems.show(dataset, manifest, facts)
    with tabs[3]:
        versions.show(dataset, manifest)
    with tabs[4]:
        st.caption(overview.origin(manifest))
        if manifest.skipped:
            skipped_table(manifest.skipped)
        else:
            st.markdown("Nothing was skipped.")
    if manifest.credit:
        st.caption(plain(manifest.credit))
    step_code.show("data", lambda: values.of_settings(with_defaults(RunConfig(), manifest), manifest))
    with estimate:  # last, since it may start a process
        first_model.show(dataset, manifest)


main()
notices.below("data")
