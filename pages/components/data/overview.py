"""A data set at a glance: messages, counts, and what was skipped or shrunk on import."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components.data import next_step
from pages.components.shared.datasets import edits
from pages.components.shared.datasets.facts import DatasetFacts, dataset_facts
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import counted, isolated, plain, size
from pages.components.tasks.tasks import VIEWS
from tlcore import system
from tlcore.data import readiness
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.data.task_words import WORDS
from tlcore.data.versions.edits import Exclude
from tlcore.errors import printable

LONGEST = 40  # characters of a class on a button


def show(dataset: Dataset, manifest: Manifest) -> DatasetFacts:
    """The messages, and the counts with the way on; returns the facts that the counts come from."""
    with st.container():
        _messages(manifest)
        _small_classes(dataset, manifest)
    facts = dataset_facts(dataset, manifest)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        _counts(dataset, manifest, len(facts.problems))
        st.space("stretch")
        next_step.show(dataset, manifest)
    return facts


def _messages(manifest: Manifest) -> None:
    if manifest.generated:
        st.info(VIEWS[manifest.task].text.sample_note, icon=":material/draw:")
    if manifest.problem:
        # Worked out anew where no example is used: old imports stored a less precise reason.
        reason = manifest.problem if manifest.examples else readiness.with_problem(manifest).problem
        st.info(f"Not ready for training yet. {plain(reason)}", icon=":material/info:")
    for note in manifest.warnings:
        st.info(plain(note), icon=":material/info:")


def _small_classes(dataset: Dataset, manifest: Manifest) -> None:
    """A button that sets aside the classes that are too small to train on, and its undo."""
    place = key_of("small", dataset.id)
    small = readiness.too_small(manifest) if manifest.problem else {}
    if small and len(manifest.classes) - len(small) >= 2:
        keys = tuple(example.key for example in manifest.examples if example.label in small)
        name = f"“{isolated(printable(next(iter(small)), LONGEST))}”" if len(small) == 1 else ""
        st.button(
            f"Leave out {name or f'the {len(small)} classes that are too small'}",
            icon=":material/filter_list:",
            key=place,
            help=f"Sets aside {WORDS[manifest.task].counted(len(keys))}; nothing is deleted.",
            on_click=edits.carry_out,
            args=(dataset, [Exclude(keys)], place),
        )
    edits.notice(dataset, place)


def _counts(dataset: Dataset, manifest: Manifest, problems: int) -> None:
    accepted = len(manifest.examples) + len(manifest.aside)
    sent = accepted + len(manifest.skipped)
    st.metric(
        WORDS[manifest.task].many.capitalize(),
        f"{len(manifest.examples):,}",
        width="content",
    )
    st.metric("Classes", len(manifest.classes), width="content")
    st.metric("Problems", problems, width="content")
    st.metric("Skipped", f"{len(manifest.skipped):,}", width="content")
    st.metric("On disk", size(_folder_bytes(str(dataset.folder), sent)), width="content")


def origin(manifest: Manifest) -> str:
    """The origin of a data set in words: the files sent, and how many were accepted."""
    accepted = len(manifest.examples) + len(manifest.aside)
    sent = accepted + len(manifest.skipped)
    unused = f"{len(manifest.aside):,} {'is' if len(manifest.aside) == 1 else 'are'} not used"
    return (
        f"{counted(sent, VIEWS[manifest.task].text.source_unit)} sent = {accepted:,} accepted + "
        f"{len(manifest.skipped):,} skipped{f', of which {unused}' if manifest.aside else ''}."
        + _import_notes(manifest)
    )


def _import_notes(manifest: Manifest) -> str:
    notes = ""
    if manifest.ignored:
        notes += f" {counted(manifest.ignored, 'hidden or system file')} ignored."
    if splits := manifest.brought_splits():
        notes += f" The data came with its own split: {', '.join(sorted(splits))}."
    if side := manifest.shrunk_to:
        notes += f" Pictures larger than {side} pixels were shrunk."
    return notes


@st.cache_data(max_entries=16, show_spinner=False)
def _folder_bytes(folder: str, sent: int) -> int:
    """Measured again when examples are added; other changes take next to no room."""
    return system.folder_bytes(Path(folder))
