"""Ways to spoil a file of the workspace: as crashes, other versions, editors and attackers leave it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.hostile.world import put, remove

MARKUP = "=1+1 <b>b</b> *i* [x](javascript:alert(1)) :red[y] $z$ `q` \u202eגב\u2028\x1b[31m"
ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 2**63, 1e308, -1e-320, "", "0", "x" * 100_000, MARKUP, "../../../etc/passwd", "\0"),
    *([], {}, [[]], {"a": None}, ["x"] * 10_000, "\ud800", "2026-99-99T99:99:99Z", "NaN", "nothing-of-this"),
)
Spoil = Callable[[Path, random.Random], None]


def _content(of: Callable[[bytes], bytes]) -> Spoil:
    """Another content made from the file's own."""

    def spoil(path: Path, chance: random.Random) -> None:
        put(path, of(path.read_bytes() if path.is_file() else b"{}"))

    return spoil


def _leaves(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where anything stands in a value that JSON holds."""
    items: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in items:
        yield (*at, key)
        yield from _leaves(inner, (*at, key))


def _replace(value: Any, chance: random.Random, odd: Any) -> Any:
    """The same with one thing replaced, left out or added."""
    places = list(_leaves(value))
    if not places:
        return odd
    *way, last = chance.choice(places[: 400 if chance.random() < 0.7 else None])
    inner = value
    for key in way:
        inner = inner[key]
    if chance.random() < 0.15:
        del inner[last]
    else:
        inner[last] = odd
    return value


def change_values(path: Path, chance: random.Random) -> None:
    """One to three values, anywhere in it, are others."""
    lines = (
        path.read_text(encoding="utf-8").splitlines()
        if path.suffix == ".jsonl"
        else [path.read_text("utf-8")]
    )
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(lines))
        try:
            lines[at] = json.dumps(_replace(json.loads(lines[at]), chance, chance.choice(ODD)))
        except ValueError:
            lines[at] = chance.choice(("", "{}", MARKUP))
    put(path, "\n".join(lines).encode("utf-8", "replace"))


def add_markup(path: Path, chance: random.Random) -> None:
    """Every text in it is markup, where one may stand: keys, paths and dates stay. In a log, every line."""
    lines = path.read_bytes().splitlines() if path.suffix in (".jsonl", ".log") else [path.read_bytes()]
    try:
        put(path, b"\n".join(json.dumps(_marked(json.loads(line))).encode() for line in lines))
    except ValueError:
        put(path, b"\n".join(line + MARKUP.encode() for line in lines))


NAMED = {
    "name",
    "label",
    "predicted",
    "suggested",
    "error",
    "message",
    "text",
    "source",
    "change",
    "verdict",
    "note",
}


def _marked(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _marked(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_marked(inner, key) for inner in value]
    return f"{MARKUP} {value}" if isinstance(value, str) and key in NAMED else value


def _other_byte(found: re.Match[bytes]) -> bytes:
    return found[0] + b"\xff"


def _one_byte(path: Path, chance: random.Random) -> None:
    """One letter or digit is another byte: mostly within a text."""
    content = bytearray(path.read_bytes())
    places = [at for at, byte in enumerate(content) if bytes([byte]).isalnum()]
    if places:
        content[chance.choice(places)] = 0xFF
    put(path, bytes(content))


def _folder(path: Path, chance: random.Random) -> None:
    put(path, None)


def _loop(path: Path, chance: random.Random) -> None:
    remove(path)
    path.symlink_to(path)


def _gone(path: Path, chance: random.Random) -> None:
    remove(path)


SPOILED: dict[str, Spoil] = {
    "values that are not UTF-8": _content(lambda it: re.sub(rb'[:\[]\s*"', _other_byte, it)),
    "keys that are not UTF-8": _content(lambda it: re.sub(rb'[{,]\s*"', _other_byte, it)),
    "one byte that is not UTF-8": _one_byte,
    "cut": _content(lambda it: it[: len(it) // 2]),
    "empty": _content(lambda it: b""),
    "a folder": _folder,
    "gone": _gone,
    "null": _content(lambda it: b"null"),
    "a list": _content(lambda it: b"[" + it.strip().replace(b"\n", b",") + b"]"),
    "100,000 brackets": _content(lambda it: b"[" * 100_000),
    "NaN": _content(lambda it: it.replace(b"0.", b"NaN, 0.", 3).replace(b":1", b":1e999", 3)),
    "UTF-16": _content(lambda it: it.decode(errors="replace").encode("utf-16")),
    "random bytes": lambda path, chance: put(path, chance.randbytes(3000)),
    "a link to itself": _loop,
    "of 40 MB": _content(lambda it: it + b" " * 40_000_000 + b"x"),
    "marked up": add_markup,
    "an empty object": _content(lambda it: b"{}"),
}
