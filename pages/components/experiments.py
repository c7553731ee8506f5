"""Experiments on the Compare page."""


def show() -> None:
    """Nothing yet."""
