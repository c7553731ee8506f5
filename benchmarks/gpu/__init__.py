"""All that a GPU changes, measured by one command."""
