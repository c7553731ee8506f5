"""Batches: many answers of finished models as a job."""
