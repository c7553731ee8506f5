"""The map of the examples."""
