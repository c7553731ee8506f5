"""Costs of a run from the catalogue and the counts of a data set: the arithmetic behind `tlcore/plan.py`."""
