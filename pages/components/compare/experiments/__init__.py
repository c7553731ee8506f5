"""Experiments: the form, the list, the chart."""
