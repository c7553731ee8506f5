"""The coach: after a run, one suggested next run in plain words, read off its curves and its data."""
