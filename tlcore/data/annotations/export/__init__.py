"""Boxes and class maps as files for other programs."""
