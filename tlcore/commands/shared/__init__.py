"""What several commands use: paths, numbers, jobs, the limit of memory."""
