"""Hostile input, accidents and attacks, tried in bulk: `python -m benchmarks.hostile`."""
