"""Labelled examples in: archives and folders read safely, pictures kept by content under one manifest."""
