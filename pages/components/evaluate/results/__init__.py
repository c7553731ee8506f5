"""Report and analysis of a run, read once."""
