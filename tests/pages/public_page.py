"""A page with the public data sets. For tests."""

from pages.components import public_sets

public_sets.show()
