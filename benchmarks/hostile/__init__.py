"""What strangers, accidents and attackers may do to Graft, tried in bulk: `python -m benchmarks.hostile`."""
