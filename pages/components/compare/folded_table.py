"""Rows of the table of runs: those of an experiment are one row until somebody opens it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streamlit.delta_generator import DeltaGenerator

from pages.components.shared.runs.run_facts import RunFacts
from pages.components.shared.selection.chooser import choose_several
from pages.components.shared.selection.experiment_runs import ExperimentRuns, fold

OPENED = "compare_opened"  # ids of experiments, in the session


@dataclass(frozen=True)
class TableRow:
    """A run, or the runs of an experiment with their `title`; `facts` of the best of them by validation."""

    facts: RunFacts
    ids: tuple[str, ...]
    title: str = ""


def choose_rows(shown: Sequence[RunFacts], chosen: Sequence[str], filters: DeltaGenerator) -> list[TableRow]:
    """The rows, and a box to open experiments. One of which some runs are chosen, and not all, is open.

    Args:
        filters: the line for that box.
    """
    by_id = {facts.run_id: facts for facts in shown}
    rows = fold(list(by_id))
    folded = {row.id: row for row in rows if isinstance(row, ExperimentRuns)}
    opened = {id for id, row in folded.items() if 0 < len(set(row.labels) & set(chosen)) < len(row.labels)}
    if folded:
        titles = {id: row.title for id, row in folded.items()}
        opened |= set(
            choose_several(
                "Open experiments",
                titles,
                key=OPENED,
                within=filters,
                placeholder="Their runs one by one",
                width=260,
            )
        )
    found: list[TableRow] = []
    for row in rows:
        if not isinstance(row, ExperimentRuns):
            found.append(TableRow(by_id[row], (row,)))
        elif row.id in opened:
            found += [TableRow(by_id[id], (id,)) for id in row.labels]
        else:
            best = max((by_id[id] for id in row.labels), key=_validated)
            found.append(TableRow(best, tuple(row.labels), row.title))
    return found


def _validated(facts: RunFacts) -> float:
    return facts.outcome.validation_accuracy if facts.outcome else -1.0
