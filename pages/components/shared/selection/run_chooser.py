"""Boxes of runs. Those of an experiment are one entry; once it is chosen, a second box tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamlit.delta_generator import DeltaGenerator

from pages.components.shared.selection import addresses
from pages.components.shared.selection.chooser import choose_addressed
from pages.components.shared.selection.experiment_runs import ExperimentRuns, fold
from pages.components.shared.selection.run_names import run_name, run_names
from pages.components.shared.selection.selection import WIDTH, check_address
from tlcore.runs.run import Run


def choose_run(found: Sequence[Run], line: DeltaGenerator, label: str = "Model") -> Run | None:
    """Boxes at the end of the page's first line to choose a run; None if there is none."""
    by_id = {run.id: run for run in found}
    check_address("run", by_id)
    if not by_id:
        return None
    column = line.container(width=WIDTH, gap="xsmall")  # the second box below the first, also on a phone
    chosen = choose_folded(
        label,
        list(by_id),
        "run",
        key="choose_run",
        within=column,
        icon=":material/account_tree:",
        label_visibility="collapsed",
    )
    return by_id.get(chosen)


def choose_folded(
    title: str,
    ids: Sequence[str],
    name: str,
    *,
    key: str,
    can_be_empty: bool = False,
    within: DeltaGenerator | None = None,
    **options: Any,
) -> str:
    """The chosen run, "" for none; arguments as for `choose_addressed`.

    The entry of an experiment has the id of the run that would be chosen with it: the one that the address
    names, else the usual one.

    Args:
        can_be_empty: nothing is chosen at first; else the first entry is.
    """
    names, current = run_names(), addresses.current_id(name)
    labels: dict[str, str] = {}
    members: dict[str, dict[str, str]] = {}
    for row in fold(ids):
        if isinstance(row, ExperimentRuns):
            id = row.at_hand(current)
            labels[id], members[id] = row.title, row.choices
        else:
            labels[row] = names.get(row) or run_name(row)
    first = None if can_be_empty else next(iter(labels))
    chosen = choose_addressed(title, labels, name, first, key=key, within=within, **options)
    if chosen not in members:
        return chosen
    options |= {"icon": ":material/subdirectory_arrow_right:", "help": None, "placeholder": None}
    return choose_addressed(
        "Run of the experiment", members[chosen], name, chosen, key=f"{key}_arm", within=within, **options
    )
