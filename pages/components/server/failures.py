"""The message for an error that nothing else caught, in a page, a fragment or a button's callback."""

from __future__ import annotations

from pages.components.shared.text import show_error
from tlcore.errors import GraftError
from tlcore.workspace.refusals import refusal


def explain(error: Exception) -> bool:
    """Show the error in words instead of Streamlit's box; the terminal has the traceback. Returns True."""
    if isinstance(error, OSError):
        error = refusal(error)
    if not isinstance(error, GraftError):
        error = GraftError(
            "Something went wrong, and part of this page is missing.",
            received=type(error).__name__,
            remedy="Nothing was deleted. Reload the page; the terminal that runs Graft shows the details.",
        )
    show_error(error)
    return True
