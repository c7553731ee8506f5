"""Evaluate for models that say where things are: detectors and segmenters."""
