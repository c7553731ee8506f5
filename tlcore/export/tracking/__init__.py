"""Runs in other programs: their curves, settings and results for TensorBoard and MLflow, on this computer."""
