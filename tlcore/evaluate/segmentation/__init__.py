"""Scores of a segmenter: true and answered class maps in, a `SegmentationScore` out."""
