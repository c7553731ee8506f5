"""What a page says of an error that nobody met before it, in the page, in a fragment or behind a button."""

from __future__ import annotations

from pages.components.shared.text import show_error
from tlcore.errors import GraftError
from tlcore.refusals import refusal


def explain(error: Exception) -> bool:
    """Say it in words instead of Streamlit's box; the terminal has the traceback. True: it was said."""
    if isinstance(error, OSError):
        error = refusal(error)
    if not isinstance(error, GraftError):
        error = GraftError(
            "Something unexpected happened, and this page could not be shown to its end.",
            received=type(error).__name__,
            remedy="Nothing was deleted. Reload the page; the terminal that runs Graft says more.",
        )
    show_error(error)
    return True
