"""A server for programs: a finished model's answers over HTTP, as `docs/serving.md` describes it."""
