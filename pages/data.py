"""Data: pictures in, and what arrived: classes, counts, the pictures themselves, what was skipped and why."""

from __future__ import annotations

import html
from pathlib import Path

import pandas as pd
import plotly.express as px
import streamlit as st

from pages.components import importing, storage
from pages.components.chosen import choose_dataset, manifest_of, ready_datasets
from pages.components.gallery import gallery
from pages.components.upload import upload_box
from pages.components.words import counted, page_header, plain, show_error, size
from tlcore import system
from tlcore.data.manifest import Dataset, Manifest
from tlcore.errors import GraftError, printable

PURPOSE = "Bring pictures sorted into folders, one folder per class."
EXPLANATION = """
Put the pictures of each class into a folder named after it, for example `flowers/roses` and `flowers/tulips`,
and choose `flowers`. Folders named `train`, `val` and `test` above the classes are respected: what is in
`test` is never trained on. A ZIP or TAR file of such a folder works as well.

Ten pictures per class is a start, fifty is good. Any usual format is read: JPEG, PNG, WebP, TIFF and more.
What cannot be read is skipped and listed with the reason. Nothing leaves this computer.
"""


def main() -> None:
    """The page."""
    page_header("Data", PURPOSE, EXPLANATION, label="How should the pictures be sorted?")
    with st.expander("Bring pictures", icon=":material/add_photo_alternate:", expanded=not ready_datasets()):
        _bring()
    importing.watch()
    storage.undo_bar()
    dataset = choose_dataset()
    if dataset is not None:
        try:
            _show(dataset, manifest_of(dataset))
        except GraftError as error:
            show_error(error)
        storage.delete_button(dataset.folder, "Delete this data set", f"delete_{dataset.id}")
    disk = st.expander("Disk space", icon=":material/hard_drive:", key="disk", on_change="rerun")
    if disk.open:  # counted only when asked for: it walks through every folder
        with disk:
            storage.show()


def _bring() -> None:
    received = upload_box("upload")
    try:
        if received is not None:
            importing.start_import(received)
        if st.button("No pictures at hand? Use the sample", icon=":material/eco:", key="sample"):
            importing.start_sample()
    except GraftError as error:
        show_error(error)


def _show(dataset: Dataset, manifest: Manifest) -> None:
    if manifest.generated:
        st.info(
            "These pictures are generated: drawn by this program to try things out, not photographed.",
            icon=":material/draw:",
        )
    for warning in manifest.warnings:
        st.warning(plain(warning), icon=":material/warning:")
    _numbers(dataset, manifest)
    if st.button("Choose a backbone", type="primary", icon=":material/arrow_forward:"):
        st.switch_page("pages/model.py", query_params={"data": dataset.id})
    names = ["Pictures", "Classes", f"Skipped ({len(manifest.skipped)})"]
    pictures, classes, skipped = st.tabs(names)
    with pictures:
        _pictures(dataset, manifest)
    with classes:
        _classes(manifest)
    with skipped:
        _skipped(manifest)


def _numbers(dataset: Dataset, manifest: Manifest) -> None:
    sent = len(manifest.examples) + len(manifest.skipped)
    with st.grid(4, min_column_width=140):
        st.metric("Pictures", f"{len(manifest.examples):,}", border=True)
        st.metric("Classes", len(manifest.classes), border=True)
        st.metric("Skipped", f"{len(manifest.skipped):,}", border=True)
        st.metric("On disk", size(_bytes(str(dataset.folder), manifest.created)), border=True)
    brought = manifest.brought_splits()
    splits = f" It came with its own split: {', '.join(sorted(brought))}." if brought else ""
    shrunk = f" Shrunk to {manifest.shrunk_to} pixels on the way in." if manifest.shrunk_to else ""
    ignored = f" {counted(manifest.ignored, 'hidden or system file')} ignored." if manifest.ignored else ""
    st.caption(
        f"{counted(sent, 'file')} sent = {len(manifest.examples):,} accepted + "
        f"{len(manifest.skipped):,} skipped." + ignored + splits + shrunk
    )


@st.cache_data(max_entries=16, show_spinner=False)
def _bytes(folder: str, created: str) -> int:
    return system.folder_bytes(Path(folder))


def _pictures(dataset: Dataset, manifest: Manifest) -> None:
    everything = "All classes"
    chosen = st.selectbox(
        "Class", [everything, *manifest.classes], format_func=printable, key=f"class_{dataset.id}"
    )
    examples = [e for e in manifest.examples if chosen in (everything, e.label)]
    gallery(dataset, examples, f"gallery_{dataset.id}_{chosen}")


def _classes(manifest: Manifest) -> None:
    counts = manifest.counts()
    table = pd.DataFrame({"Class": list(counts), "Pictures": list(counts.values())})
    figure = px.bar(table, x="Pictures", y="Class", orientation="h", text="Pictures")
    figure.update_layout(
        height=80 + 30 * len(counts), yaxis_title=None, margin={"l": 0, "r": 0, "t": 8, "b": 0}
    )
    # Plotly draws some HTML in the names that it shows.
    figure.update_yaxes(
        autorange="reversed",
        type="category",
        tickvals=list(counts),
        ticktext=[html.escape(label) for label in counts],
    )
    figure.update_traces(hovertemplate="%{x} pictures<extra></extra>")
    st.plotly_chart(figure, key="classes_chart", config={"displayModeBar": False})


def _skipped(manifest: Manifest) -> None:
    if not manifest.skipped:
        st.markdown("Every file that was sent was accepted.")
        return
    rows = [{"File": item.name, "Why it was skipped": item.reason} for item in manifest.skipped]
    st.dataframe(pd.DataFrame(rows), hide_index=True)


main()
