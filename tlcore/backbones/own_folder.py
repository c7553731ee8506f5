"""Reading a model from a person's own folder, where anything may lie."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tlcore import memory
from tlcore.errors import BackboneError, GraftError, printable


@contextlib.contextmanager
def loading(folder: Path, remedy: str) -> Iterator[None]:
    """Says in words what goes wrong while a model is read, of every kind.

    Raises:
        BackboneError: the model cannot be loaded.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, GraftError) or memory.ran_out(error):
            raise
        why = f"The model in that folder cannot be loaded: {type(error).__name__}: {printable(error, 240)}"
        raise BackboneError(why, received=folder, remedy=remedy) from error
