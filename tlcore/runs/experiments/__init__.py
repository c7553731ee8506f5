"""All kinds of experiments in one table: the question of each, its arms, its chart, its conclusion.

Command line and pages look an experiment up here by name. Another one is another module with a `Design`, and
another line.
"""

from tlcore.runs.experiments import amount, race, unfreeze
from tlcore.runs.experiments.design import Design, Options
from tlcore.runs.experiments.experiment import ExperimentKind

__all__ = ["DESIGNS", "Design", "Options"]

DESIGNS: dict[ExperimentKind, Design] = {
    "race": race.DESIGN,
    "unfreeze": unfreeze.DESIGN,
    "amount": amount.DESIGN,
}
