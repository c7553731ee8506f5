from __future__ import annotations

import inspect

from tlcore import errors
from tlcore.errors import GraftError, printable


def test_an_error_says_what_happened_what_was_received_and_what_to_do() -> None:
    error = GraftError("It is too big.", received=12, remedy="Make it smaller.")
    assert str(error) == "It is too big. Received: 12. Make it smaller."
    assert str(GraftError("It is gone.")) == "It is gone."


def test_the_docstring_shows_the_whole_tree() -> None:
    classes = [
        item for _, item in inspect.getmembers(errors, inspect.isclass) if item.__module__ == errors.__name__
    ]
    assert all(issubclass(item, GraftError) for item in classes)
    assert all(item.__name__ in (errors.__doc__ or "") for item in classes)


def test_names_from_outside_cannot_break_the_line_or_turn_it() -> None:
    shown = printable("a\nb\x1b[31m\u202egnp.exe\x00")
    assert shown == "a↵b�[31m�gnp.exe�"
    assert len(printable("x" * 1000)) == 120
    assert printable("ångström 写真") == "ångström 写真"
