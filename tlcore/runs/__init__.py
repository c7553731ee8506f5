"""The run folder, its status and metrics, and who executes it. Light: pages read runs through here."""
