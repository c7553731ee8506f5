"""JSON as a table: one object a line, or one list of objects, read object by object and never as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tlcore.data.tables.encodings import TextLines
from tlcore.data.tables.rows import LONG_LINE, MAX_LINE, Rows
from tlcore.errors import DataError

_HALF = re.compile("[\ud800-\udfff]")  # half a character, which an escape can spell
_GAP = re.compile(r"[\s,]*")
_SHAPE = 'Give one object a line, or a list of objects, such as [{"text": "…", "label": "…"}].'
_BLOCK = 1 << 16  # characters


def looks_like_json(start: str) -> bool:
    """True if a text with this beginning is JSON with objects in it."""
    return re.match(r'\s*(\{\s*["}]|\[\s*[{\]])', start) is not None


def read_json(lines: TextLines, start: str, rows: Rows) -> tuple[list[str], list[str]]:
    """Read all objects into `rows`, each as wide as the keys met by then.

    Args:
        start: the beginning of the text.

    Returns:
        The keys in the order they were met, and what was recognised, in plain words.

    Raises:
        DataError: a list that breaks off or is not valid, nothing that is a row, or more than the limits.
    """
    is_list = start.lstrip().startswith("[")
    keys: dict[str, int] = {}
    nested = True
    for number, item in _from_list(lines, rows.name) if is_list else _from_lines(lines):
        if isinstance(item, str):
            rows.skip(number, item)
            continue
        for key in item:
            keys.setdefault(_text(key), len(keys))
        cells = [""] * len(keys)
        for key, value in item.items():
            cells[keys[_text(key)]] = _text(value)
            nested = nested and isinstance(value, dict | list)
        rows.add(number, cells)
    if not rows.numbers or nested:
        raise DataError("This JSON is no table of texts.", received=rows.name, remedy=_SHAPE)
    return list(keys), ["JSON, a list of objects" if is_list else "JSON Lines, an object a line"]


def _from_lines(lines: TextLines) -> Iterator[tuple[int, dict[str, object] | str]]:
    """Each line's number and its object, or the reason to skip it."""
    for number, line in enumerate(lines, start=1):
        if line is None:
            yield number, LONG_LINE
        elif line.strip():
            try:
                yield number, _object(json.loads(line))
            except (ValueError, RecursionError):
                yield number, "The line is not valid JSON."


def _from_list(lines: TextLines, name: str) -> Iterator[tuple[int, dict[str, object] | str]]:
    """Each object of a list with its number from 1, or the reason to skip it."""
    blocks = lines.blocks(_BLOCK)
    text = next(blocks).lstrip()[1:]  # past the bracket
    decoder = json.JSONDecoder()
    number = at = 0
    while True:
        gap = _GAP.match(text, at)
        at = gap.end() if gap else at
        if text.startswith("]", at):
            return
        try:
            item, at = decoder.raw_decode(text, at)
        except RecursionError as error:
            raise _broken(number, name) from error
        except ValueError as error:  # it goes on in the next block, or it is wrong
            text, at = text[at:], 0
            block = next(blocks, "")
            if not block or len(text) > MAX_LINE:
                raise _broken(number, name) from error
            text += block
            continue
        number += 1
        yield number, _object(item)


def _object(item: object) -> dict[str, object] | str:
    return item if isinstance(item, dict) else "It is not an object with names and values."


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    return json.dumps(value, ensure_ascii=False)


def _broken(number: int, name: str) -> DataError:
    return DataError(f"This JSON is not valid after its object {number:,}, or breaks off.", received=name)
