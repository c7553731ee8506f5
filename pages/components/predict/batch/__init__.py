"""Many answers at once: the job, its rows, its table."""
