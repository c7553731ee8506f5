"""The result of one student: their best model, and what is going on."""

from __future__ import annotations

from dataclasses import dataclass

from pages.components.shared.runs.run_facts import RunFacts, all_facts
from pages.components.shared.selection.selection import all_runs
from tlcore.people.register import Person
from tlcore.runs.job import Status
from tlcore.runs.run_records import RunSummary
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace.home import at_home


@dataclass(frozen=True)
class StudentResult:
    """One student.

    Attributes:
        models: finished ones.
        best: of the model with the best score on test examples; None while there is none.
        data, backbone: of that model, else of the newest run.
        newest: how the newest run stands.
    """

    person: Person
    models: int
    best: RunSummary | None
    data: str
    backbone: str
    newest: Status | None


def result_of(person: Person) -> StudentResult:
    """The result of a student as it is now."""
    with at_home(person.home):
        runs = [run for run in all_runs() if run.log.is_file()]  # one that was copied or opened has none
        facts = all_facts(runs)
        newest = BACKEND.status(runs[0]) if runs else None
    finished = [one for one in facts if one.outcome]
    shown = max(finished, key=_score) if finished else next(iter(facts), None)
    return StudentResult(
        person,
        len(finished),
        shown.outcome if shown else None,
        shown.data if shown else "",
        shown.backbone if shown else "",
        newest,
    )


def _score(facts: RunFacts) -> float:
    return facts.outcome.test.accuracy if facts.outcome else 0.0
