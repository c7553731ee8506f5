"""Batches: many unlabelled inputs for a finished model, from untrusted files."""
