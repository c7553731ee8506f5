"""Choosing an entry: boxes, unique labels, widget keys and page addresses, all based on ids."""
