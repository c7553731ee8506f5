"""Statistics that several kinds of scores share. They know nothing of reports."""
