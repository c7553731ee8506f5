"""Scores of a detector: true and answered boxes in, a `DetectionScore` out."""
