"""What may know what: light modules stay light, pages stay pages, files stay small."""

from __future__ import annotations

import ast
import functools
import graphlib
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.fixtures import ROOT
from tests.fixtures.rules import of_each

HEAVY_LIBRARIES = {"tensorflow", "keras", "keras_hub", "ai_edge_litert"}
SCREEN_LIBRARIES = {"streamlit", "plotly"}
# Lower numbers never import higher ones.
LAYERS = {
    "characters": 0,
    "errors": 0,
    "look_ahead": 0,
    "config": 1,
    "system": 1,
    "memory": 1,
    "processes": 1,
    "records": 1,
    "workspace": 1,
    "file_set": 2,
    "shortage": 3,
    "download": 2,
    "data": 3,
    "backbones": 3,
    "heads": 3,
    "evaluate": 4,
    "costs": 5,
    "plan": 6,
    "people": 7,
    "coach": 6,
    "runs": 5,
    "graft": 7,
    "explain": 7,
    "export": 7,
    "foreign": 7,
    "serve": 6,
    "commands": 8,
    "__main__": 9,
    "__init__": 0,
}
HEAVY_FOLDERS = (
    "tlcore.graft",
    "tlcore.explain",
    "tlcore.backbones.images",
    "tlcore.backbones.texts",
    "tlcore.commands.describe",
    "tlcore.export.writers",
    "tlcore.export.runtimes.",
    "tlcore.foreign.model",
)
# The others that import Keras or TensorFlow when they are imported.
HEAVY_MODULES = {
    "tlcore.backbones.keras_start",
    "tlcore.backbones.graph",
    "tlcore.backbones.block_counts",
    "tlcore.export.make",
    "tlcore.export.tracking.tensorboard",
}
PAGE_FOLDERS = {
    "home",
    "data",
    "model",
    "train",
    "evaluate",
    "predict",
    "export",
    "compare",
    "bring",
    "people",
}
SOURCES = sorted((ROOT / "tlcore").rglob("*.py"))
PAGES = sorted([ROOT / "app.py", *(ROOT / "pages").rglob("*.py")])


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


KNOWN = {name_of(path) for path in SOURCES}


def is_heavy(module: str) -> bool:
    return module in HEAVY_MODULES or module.startswith(HEAVY_FOLDERS)


def layer(module: str) -> int:
    parts = module.split(".")
    return LAYERS[parts[1]] if len(parts) > 1 else 0


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imports(path: Path, anywhere: bool = True) -> tuple[str, ...]:
    """Modules that a file imports: anywhere in it, or only while it is being imported itself."""
    found: list[str] = []
    rest: list[ast.AST] = [parsed(path)]
    while rest:
        node = rest.pop()
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        elif anywhere or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            rest += ast.iter_child_nodes(node)
    return tuple(found)


def library(name: str) -> str:
    return name.split(".", 1)[0]


def modules(names: Iterable[str]) -> set[str]:
    """The modules of our own among imported names (`tlcore.errors.GraftError` → `tlcore.errors`)."""
    own = (name for name in names if library(name) == "tlcore")
    return {name if name in KNOWN else name.rsplit(".", 1)[0] for name in own}


@of_each(SOURCES)
def test_the_engine_knows_no_screen(path: Path) -> None:
    assert not {library(name) for name in imports(path)} & SCREEN_LIBRARIES
    assert not {library(name) for name in imports(path)} & {"pages", "app"}


@of_each(PAGES)
def test_pages_know_no_tensors(path: Path) -> None:
    assert not {library(name) for name in imports(path)} & HEAVY_LIBRARIES
    assert not {module for module in modules(imports(path)) if is_heavy(module)}


@of_each(SOURCES)
def test_keras_is_started_first(path: Path) -> None:
    if not {library(name) for name in imports(path)} & {"keras", "tensorflow"}:
        return
    packages = [folder / "__init__.py" for folder in path.parents if folder.is_relative_to(ROOT / "tlcore")]
    started = any("tlcore.backbones.keras_start" in modules(imports(one)) for one in [path, *packages])
    assert started or name_of(path) == "tlcore.backbones.keras_start"


@of_each(SOURCES)
def test_imports_go_one_way(path: Path) -> None:
    module = name_of(path)
    above = {other for other in modules(imports(path)) if layer(other) > layer(module)}
    assert not above


@of_each([path for path in SOURCES if not is_heavy(name_of(path))])
def test_light_modules_import_nothing_heavy(path: Path) -> None:
    module = name_of(path)
    inside_functions = module.startswith("tlcore.commands.")  # only a child's command loads what is heavy
    names = set(imports(path, anywhere=not inside_functions))
    assert not {library(name) for name in names} & HEAVY_LIBRARIES
    assert not {other for other in modules(names) if is_heavy(other)}


def test_importing_all_that_is_light_loads_nothing_heavy() -> None:
    light = [name_of(path) for path in SOURCES if not is_heavy(name_of(path))]
    assert {"tlcore.runs.workers.backend", "tlcore.commands.train", "tlcore.__main__"} <= set(light)
    script = "import importlib, sys\n" + "".join(f"importlib.import_module({name!r})\n" for name in light)
    script += f"print(sorted(set(sys.modules) & {HEAVY_LIBRARIES | SCREEN_LIBRARIES | {'pandas'}!r}))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


def test_the_package_itself_loads_nothing_at_all() -> None:
    script = "import sys; before = set(sys.modules); import tlcore; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert set(ast.literal_eval(done.stdout)) <= {"tlcore", "__future__"}


@of_each([*SOURCES, *PAGES])
def test_files_and_functions_can_be_read_in_one_go(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    tree = parsed(path)
    assert ast.get_docstring(tree) or not tree.body, "a module says what it is for"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert code_lines(node) <= 40, node.name
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            assert not (ast.get_docstring(node) or "").startswith("What "), "say what the thing is"


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    assert function.end_lineno is not None
    first = function.body[0]
    is_docstring = ast.get_docstring(function) is not None
    explained = first.end_lineno - first.lineno + 1 if is_docstring and first.end_lineno else 0
    return function.end_lineno - function.lineno + 1 - explained


DOORS = ("system.py", "processes.py", "memory.py")


@of_each([path for path in SOURCES if path.name not in DOORS])
def test_the_operating_system_is_behind_one_door(path: Path) -> None:
    assert not {library(name) for name in imports(path)} & {"fcntl", "msvcrt", "signal", "resource", "pwd"}
    text = path.read_text(encoding="utf-8")
    assert "os.kill" not in text and "sys.platform" not in text and "os.name" not in text


@of_each([*SOURCES, *PAGES])
def test_nothing_is_swallowed_and_nothing_from_outside_is_run(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, "a bare except"
            is_pass = [type(line) for line in node.body] == [ast.Pass]
            assert not (is_pass and ast.unparse(node.type) in ("Exception", "BaseException"))
        if isinstance(node, ast.keyword) and node.arg in ("unsafe_allow_html", "allow_pickle"):
            assert ast.unparse(node.value) == "False"
        if isinstance(node, ast.keyword) and node.arg == "safe_mode":
            assert ast.unparse(node.value) == "True"


def folder_of(path: Path) -> str:
    """The folder of a module; directly in `tlcore` each module stands for itself, as `LAYERS` has it."""
    folder = path.parent.relative_to(ROOT).as_posix()
    return folder if folder != "tlcore" else path.relative_to(ROOT).as_posix()


def test_no_folder_imports_another_in_a_circle() -> None:
    where = {name_of(path): folder_of(path) for path in [*SOURCES, *PAGES]}
    beneath: dict[str, set[str]] = {folder: set() for folder in where.values()}
    for path in [*SOURCES, *PAGES]:
        for name in imports(path):
            module = name if name in where else name.rsplit(".", 1)[0]
            if module in where and where[module] != folder_of(path):
                beneath[folder_of(path)].add(where[module])
    assert list(graphlib.TopologicalSorter(beneath).static_order())


@of_each(PAGES)
def test_the_parts_of_one_page_know_nothing_of_another_page(path: Path) -> None:
    own = name_of(path).split(".")[1:3]
    for name in imports(path):
        parts = name.split(".")
        if parts[:2] == ["pages", "components"] and parts[2] in PAGE_FOLDERS and own[:1] == ["components"]:
            assert own[1] in (parts[2], "tasks", "presentation"), name


def test_a_type_name_means_one_thing() -> None:
    meanings: dict[str, list[str]] = {}
    for path in [*SOURCES, *PAGES]:
        for node in parsed(path).body:
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            name = node.name if isinstance(node, ast.ClassDef) else getattr(target, "id", "")
            if re.match("[A-Z][a-z]", name):
                meanings.setdefault(name, []).append(name_of(path))
    assert {name: found for name, found in meanings.items() if len(found) > 1} == {}
