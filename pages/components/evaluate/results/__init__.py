"""Report and analysis of a run, read once, and the chart of its confusions."""
