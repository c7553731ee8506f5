"""The analysis of examples on the pages, after a training or before any: the map, the labels to check."""
