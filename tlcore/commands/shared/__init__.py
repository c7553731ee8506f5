"""Parts that several commands share: paths, numbers, data, jobs, the limit of memory."""
