"""The problems of a data set: each with its examples, a button that fixes it, and Undo."""

from __future__ import annotations

import itertools

import streamlit as st

from pages.components.shared.datasets import edits
from pages.components.shared.datasets.facts import DatasetFacts
from pages.components.shared.runs import score_without_duplicates
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import counted, plain
from pages.components.tasks.tasks import VIEWS
from tlcore.data import checks
from tlcore.data.checks import Problem
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.data.task_words import WORDS
from tlcore.data.versions.example_states import ExampleState, states
from tlcore.errors import printable

GALLERY = "_gallery"
FEW = 6  # examples shown at first
LONGEST = 30  # characters of a class below a small picture


def show(dataset: Dataset, manifest: Manifest, facts: DatasetFacts) -> None:
    """All problems of this version, the most serious first; or the list of checks."""
    place = key_of("problems", dataset.id)
    top = st.container()
    score_without_duplicates.before_and_after(dataset, manifest)
    found = states(manifest, {key for one in facts.problems for group in one.groups for key in group})
    drawn: set[str] = set()
    for problem in facts.problems:
        behind = [found[key] for group in problem.groups for key in group if key in found]
        key = next(name for n in itertools.count(1) if (name := f"{place}_{problem.kind}_{n}") not in drawn)
        drawn.add(key)
        _show_problem(dataset, manifest, facts, problem, list(dict.fromkeys(behind)), key)
    missing = checks.describe_unchecked(manifest)
    if missing:
        st.info(plain(missing), icon=":material/info:")
    if missing and not facts.problems:
        st.markdown("No problems found by the checks that could run.")
    elif not facts.problems:
        st.success("No problems found.", icon=":material/check_circle:")
        st.markdown(f"Checked for: {VIEWS[manifest.task].text.problem_kinds}.")
    where = edits.log(dataset).place
    if where == place or (where.startswith(f"{place}_") and where.removesuffix(GALLERY) not in drawn):
        with top:  # the notice of a problem that is solved and no longer shown
            edits.notice(dataset, where)


def _show_problem(
    dataset: Dataset,
    manifest: Manifest,
    facts: DatasetFacts,
    problem: Problem,
    behind: list[ExampleState],
    key: str,
) -> None:
    words, view = WORDS[manifest.task], VIEWS[manifest.task].data
    with st.container(border=True, key=key):
        icon = ":material/error:" if problem.grave else ":material/warning:"
        st.header(f"{icon} {plain(problem.title)}", anchor=False)
        st.markdown(plain(problem.message))
        is_all = False
        with st.container(horizontal=True, vertical_alignment="center"):
            if problem.remedy:
                st.button(
                    plain(problem.button),
                    key=f"{key}_remedy",
                    on_click=edits.carry_out,
                    args=(dataset, problem.remedy, key_of("problems", dataset.id)),
                )
            if behind:
                title = f"Look through {counted(len(behind), words.one)}"
                is_all = st.toggle(title, key=f"{key}_all")
        if is_all:
            view.editor(dataset, manifest, facts, behind, f"{key}{GALLERY}", "")
        else:
            few = [(state.example.sha256, printable(state.example.label, LONGEST)) for state in behind[:FEW]]
            view.captioned(dataset, few, f"{key}_few")
