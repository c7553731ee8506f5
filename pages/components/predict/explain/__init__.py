"""Why: what an answer rests on."""
