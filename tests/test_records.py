"""JSON that comes in: one reader for each type, made at import, and one error whatever is wrong with it."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.fixtures import ROOT
from tests.fixtures.rules import of_each
from tests.test_layers import PAGES, SOURCES, is_heavy, name_of
from tlcore.records import JsonType, MalformedJson

OURS = [path for path in [*SOURCES, *PAGES] if path.name != "records.py"]

# Types that nobody has decoded yet, time and again, by eight threads at once.
RACE = """
import sys, threading, types
import msgspec
from tlcore.records import JsonType

sys.setswitchinterval(1e-6)
SOURCE = '''
from __future__ import annotations
from typing import Annotated, Literal
import msgspec

class Leaf(msgspec.Struct, frozen=True):
    number: Annotated[int, msgspec.Meta(ge=0)] = 0
    kind: Literal["a", "b"] = "a"
    names: tuple[tuple[str, ...], ...] = ()

class Branch(msgspec.Struct, frozen=True):
    leaf: Leaf
    more: dict[str, tuple[Leaf, ...]] = {}

class Tree(msgspec.Struct, frozen=True):
    branch: Branch
    others: list[Branch] = []
    best: Leaf | None = None
'''
TEXTS = {"Leaf": b"{}", "Branch": b'{"leaf":{}}', "Tree": b'{"branch":{"leaf":{}}}'}

def read(module, name, start):
    start.wait()
    READ

for number in range(300):
    module = types.ModuleType(f"fresh_{number}")
    sys.modules[module.__name__] = module
    exec(SOURCE, module.__dict__)
    start = threading.Barrier(8)
    names = [list(TEXTS)[i % 3] for i in range(8)]
    threads = [threading.Thread(target=read, args=(module, name, start)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print("whole")
"""


class Point(msgspec.Struct, frozen=True):
    x: float = 0.0
    name: str = ""
    rest: object = None


POINT = JsonType(Point)


def race(read: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RACE.replace("READ", read)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_threads_that_meet_new_types_at_once_do_not_end_the_process() -> None:
    done = race("JsonType(getattr(module, name)).decode(TEXTS[name])")
    assert (done.returncode, done.stdout) == (0, "whole\n"), done.stderr


@of_each(OURS)
def test_every_type_has_its_reader_before_anything_is_read(path: Path) -> None:
    """Nothing but `records.py` decodes, and a reader is made while its module is imported, not later."""
    text = path.read_text(encoding="utf-8")
    if "msgspec" not in text and "JsonType" not in text:
        return
    tree = ast.parse(text)
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("convert", "decode", "Decoder"):
            assert ast.unparse(node) not in ("msgspec.convert", "msgspec.json.decode", "msgspec.json.Decoder")
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "msgspec":
            names = {alias.name for alias in node.names}
            assert names <= {"Meta"}, "what decodes is used by its full name, so that this test sees it"
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("JsonType"):
            assert id(node) not in inside, f"line {node.lineno}"


def test_the_readers_there_are() -> None:
    """The scan above sees them: a module with a reader has it, ready, among its constants."""
    modules = [name_of(path) for path in OURS if "JsonType(" in path.read_text(encoding="utf-8")]
    found = set()
    for module in (name for name in modules if not is_heavy(name)):
        readers = [v for v in vars(importlib.import_module(module)).values() if isinstance(v, JsonType)]
        assert readers or module == "tlcore.data.samples.public_datasets", (
            module
        )  # which reads its file while it is imported
        found.update(map(repr, readers))
    assert {f"JsonType({name})" for name in ("RunConfig", "VersionFile", "Report", "Status")} <= found


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'{"x": "one"}',
        b'{"x": 1e999}',
        b'{"name": "a\xff"}',
        b"\xff\xfe{",
        b'{"rest": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"x": ' + b"9" * 10_000 + b"}",
    ],
    ids=lambda content: content[:12].decode(errors="replace"),
)
def test_whatever_is_wrong_is_one_error_and_a_file_with_it_is_as_none(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "point.json"
    file.write_bytes(content)
    with pytest.raises(MalformedJson):
        POINT.decode(content)
    with pytest.raises(MalformedJson):
        POINT.read(file)
    assert POINT.read_or(file, None) is None


def test_a_file_that_is_missing_or_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        assert POINT.read_or(path, Point(1.0)) == Point(1.0)
        with pytest.raises(OSError):
            POINT.read(path)


def test_what_a_browser_says_is_read_with_its_numbers_as_text() -> None:
    assert POINT.convert({"x": "2.5", "name": "a"}) == Point(2.5, "a")
    with pytest.raises(MalformedJson):
        POINT.convert({"x": "far"})
    with pytest.raises(MalformedJson):
        POINT.convert(None)
