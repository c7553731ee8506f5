"""A strip of examples side by side."""
