"""Actions on the chosen runs: open, star, rename, delete, measure the speed, download the table."""

from __future__ import annotations

import csv
import io

import streamlit as st

from pages.components.compare.curves import MOST
from pages.components.compare.settings_diff import words_for
from pages.components.compare.table import set_choice, test_title
from pages.components.shared.runs import speed_test
from pages.components.shared.runs.run_facts import RunFacts
from pages.components.shared.runs.runs_list import BADGES
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.run_names import run_label
from pages.components.shared.text import show_error
from pages.components.shared.trash import delete
from tlcore.data.tables.cells import escape_formula
from tlcore.data.task_words import TaskWords
from tlcore.errors import GraftError
from tlcore.runs import run_records
from tlcore.runs.run import Run
from tlcore.workspace import Workspace
from tlcore.workspace.home import at_this_home

MOST_NAMES = 8  # in one dialog


def show(chosen: list[RunFacts], shown: list[RunFacts]) -> None:
    """Buttons.

    Args:
        shown: the runs in the table.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="compare_actions"):
        if chosen:
            _buttons(chosen)
        st.space("stretch")
        _measure(chosen or shown)
        if shown:
            st.download_button(
                "Download CSV",
                data=at_this_home(lambda: as_csv(shown)),
                file_name="runs.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
                help="The runs above, for a spreadsheet.",
            )
    if len(chosen) > 1:
        with st.container(horizontal=True, key="compare_links"):
            for facts in chosen[:MOST]:
                st.page_link(
                    "pages/train.py",
                    label=run_label(facts.run_id, facts.label),
                    icon=":material/arrow_outward:",
                    query_params={"run": facts.run_id},
                )


def _buttons(chosen: list[RunFacts]) -> None:
    if len(chosen) == 1 and st.button("Open", type="primary", icon=":material/open_in_new:"):
        st.switch_page("pages/train.py", query_params={"run": chosen[0].run_id})
    starred = all(facts.starred for facts in chosen)
    if st.button("Unstar" if starred else "Star", icon=":material/star:", key="compare_star"):
        _star(chosen, not starred)
    many = len(chosen) > MOST_NAMES
    help = f"You can rename at most {MOST_NAMES} runs at once." if many else None
    if st.button("Rename", icon=":material/edit:", disabled=many, help=help, key="compare_rename"):
        _rename(chosen)
    if st.button("Delete", icon=":material/delete:", key="compare_delete"):
        delete.confirm_delete(
            [_run(facts).folder for facts in chosen], "compare_delete", lambda: set_choice([])
        )


def _name_box(facts: RunFacts) -> str:
    """Box for a name, below the current one: in its label a screen reader would read out the Markdown."""
    st.markdown(run_label(facts.run_id, facts.label))
    return st.text_input(
        "Name",
        run_records.read_notes(_run(facts).folder).name,
        max_chars=run_records.LONGEST_NAME,
        key=key_of("name", facts.run_id),
        placeholder="New name",
        label_visibility="collapsed",
    )


def _run(facts: RunFacts) -> Run:
    return Run(Workspace().root / "runs" / facts.run_id)


def _star(chosen: list[RunFacts], starred: bool) -> None:
    try:
        for facts in chosen:
            folder = _run(facts).folder
            run_records.write_notes(folder, run_records.Notes(run_records.read_notes(folder).name, starred))
    except GraftError as error:
        show_error(error)
        return
    st.rerun()


@st.dialog("Rename")
def _rename(chosen: list[RunFacts]) -> None:
    st.caption("The new name appears on every page. Leave it empty to use the name of the data set.")
    with st.form("compare_names", border=False):
        names = [_name_box(facts) for facts in chosen]
        if not st.form_submit_button("Save", type="primary"):
            return
    try:
        for name in names:
            run_records.valid_name(name)
        for facts, name in zip(chosen, names, strict=True):
            run_records.write_notes(_run(facts).folder, run_records.Notes(name, facts.starred))
    except GraftError as error:
        show_error(error)
        return
    st.rerun()


def _measure(among: list[RunFacts]) -> None:
    unmeasured = [facts for facts in among if facts.can_be_measured]
    if not unmeasured or speed_test.is_busy():
        return
    label = "Measure speed" if len(unmeasured) == 1 else f"Measure speed of {len(unmeasured)}"
    help = "Time per example on this computer. Takes about 15 s per model, while nothing trains."
    if st.button(label, icon=":material/speed:", help=help, key="compare_measure"):
        try:
            speed_test.start_measurement([_run(facts) for facts in unmeasured])
        except GraftError as error:
            show_error(error)
            return
        st.rerun()


def as_csv(shown: list[RunFacts]) -> bytes:
    """Table for spreadsheets, with formulas in names neutralised. Accuracies are in percent; other scores,
    and those of several tasks, go from 0 to 1."""
    rows = [_exported(facts, words_for(shown)) for facts in shown]
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, list(rows[0]))
    table.writeheader()
    table.writerows(
        {key: escape_formula(value) if isinstance(value, str) else value for key, value in row.items()}
        for row in rows
    )
    return text.getvalue().encode("utf-8-sig", errors="replace")


def _exported(facts: RunFacts, words: TaskWords) -> dict[str, object]:
    digits = 2 if words.counts_right else 4
    test = facts.outcome.test if facts.outcome else None
    return {
        "Run": facts.name,
        "Folder": facts.run_id,
        "Starred": "yes" if facts.starred else "no",
        test_title(words): test and round(words.scale * test.accuracy, digits),
        "95 % from": test and round(words.scale * test.interval[0], digits),
        "95 % to": test and round(words.scale * test.interval[1], digits),
        "Test examples": test and test.n,
        "Score": words_for([facts]).score,
        "State": BADGES[facts.state][0],
        "ms per example": facts.speed and round(facts.speed.milliseconds, 2),
        "Size (MB)": facts.megabytes and round(facts.megabytes, 2),
        "Unfrozen": facts.unfrozen,
        "Backbone": facts.backbone,
        "Data set": facts.data,
        "Validation": facts.outcome and round(words.scale * facts.outcome.validation_accuracy, digits),
        "Started": facts.started and facts.started.isoformat(sep=" ", timespec="seconds"),
    }
