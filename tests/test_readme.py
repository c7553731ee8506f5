"""The commands of README, CONTRIBUTING and `docs/`: each is run here, or held against what CI runs."""

from __future__ import annotations

import ast
import contextlib
import functools
import itertools
import re
import runpy
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from tests.conftest import is_left_out
from tests.fixtures import ROOT, annotated
from tests.fixtures.documents import DOCUMENTS, commands
from tests.fixtures.models_in_memory import models_in_memory  # noqa: F401 (a fixture)
from tests.fixtures.one_process import run_here
from tests.fixtures.served import Client, ended_once_asked, free_port
from tests.fixtures.short_lite0 import shortened
from tests.fixtures.tiny_training import Graft, with_recipe
from tlcore import config as configuration
from tlcore.__main__ import main, parser
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.weights import conversions
from tlcore.commands import classroom
from tlcore.commands.data import sample
from tlcore.commands.take_home import serve
from tlcore.data.dataset import Dataset
from tlcore.data.samples.texts import make_text_sample

COMMANDS = list(dict.fromkeys(line for document in DOCUMENTS for line in commands(document)))
OURS = [line for line in COMMANDS if line.startswith("python -m tlcore ")]
BENCHMARKS = [
    line.removeprefix("python -m ")
    for line in commands(ROOT / "docs" / "benchmarks.md")
    if line.startswith("python -m benchmarks.")
]
SET_UP, TEST = (line for line in COMMANDS if " && " in line)
LOCKS = [line for line in COMMANDS if line.startswith("uv pip compile ")]
PYTEST = [line for line in COMMANDS if line.startswith("python -m pytest ")]
EXTRAS = [
    line
    for line in COMMANDS
    if line.startswith("python -m pip install -r requirements-") and "&&" not in line
]
LINT = [line for line in COMMANDS if line.startswith(("ruff ", "mypy"))]
CI = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
GPU = 'python -m pip install "tensorflow[and-cuda]=='


def pins(name: str) -> dict[str, str]:
    """Package → version in a lock; every line must be exact."""
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and line.lstrip()[0] != "#"]
    return dict(line.split(";")[0].strip().split("==") for line in lines)  # type: ignore[misc]


def requested_packages(name: str) -> list[str]:
    """The packages that people asked for in a `.in` file."""
    text = re.sub(r"#.*", "", (ROOT / name).read_text())
    lines = [line for line in text.splitlines() if line.strip() and line[0] != "-"]
    return [re.split(r"[=<>\[]", line)[0].strip() for line in lines]


def test_no_command_is_unchecked() -> None:
    benchmarks = [f"python -m {module}" for module in BENCHMARKS]
    checked = {*OURS, SET_UP, TEST, *LOCKS, *EXTRAS, *PYTEST, *LINT, ".ci/run", *benchmarks}
    assert [line for line in COMMANDS if line not in checked and not line.startswith(GPU)] == []


@pytest.fixture
def short_backbones(graft: Graft, short_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MiniLM is short, pictures are small, and MobileNetV2 cannot be had: the race trains one backbone."""
    lite0 = catalogue.get("efficientnet_lite0")
    small = msgspec.structs.replace(lite0, input_size=64)
    monkeypatch.setitem(catalogue.catalogue("images"), lite0.id, small)
    for path in short_weights.glob("*mobilenet*"):
        path.unlink()
    monkeypatch.setenv("GRAFT_WEIGHTS", str(short_weights))
    without_packages(monkeypatch)


@contextlib.contextmanager
def asked_to_end(line: str) -> Iterator[None]:
    """A command that serves ends when it is asked to, once it has answered; others do by themselves."""
    port = free_port()
    if " classroom " in line:
        client = Client(port, is_secure=True)
        with pytest.MonkeyPatch.context() as patch, ended_once_asked(client, "/graft/join") as seen:
            patch.setattr(classroom, "PORT", port)
            patch.setattr(classroom, "HOST", "127.0.0.1")
            yield
        assert seen and seen[0][0] == 200
        return
    if " serve " not in line:
        yield
        return
    with pytest.MonkeyPatch.context() as patch, ended_once_asked(Client(port)) as answers:
        patch.setattr(serve, "PORT", port)
        yield
    assert answers and answers[0][0] == 200


def without_packages(patch: pytest.MonkeyPatch) -> None:
    """The package index, from which MobileNetV2 comes, does not answer."""
    patch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    patch.setenv("PIP_FIND_LINKS", "")
    patch.setenv("PIP_NO_INDEX", "1")


@pytest.mark.usefixtures("short_backbones", "unverified", "without_cross_fit")
def test_our_commands_do_what_they_say(graft: Graft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(graft.home)
    run_here(monkeypatch)
    few = sample.Sample("Sample texts", functools.partial(make_text_sample, per_class=12))
    monkeypatch.setattr(sample, "TEXT_SAMPLE", few)
    for label, colour in {"roses": (200, 30, 60), "tulips": (240, 200, 30)}.items():
        (graft.home / "flowers" / label).mkdir(parents=True)
        for i in range(8):
            picture = Image.new("RGB", (48, 40), (colour[0], colour[1] + i, colour[2]))
            picture.save(graft.home / "flowers" / label / f"{i}.png")
    (graft.home / "more-roses").mkdir()
    Image.new("RGB", (48, 40), (120, 0, 0)).save(graft.home / "more-roses" / "dark.png")
    (graft.home / "cells").mkdir()
    (graft.home / "cells" / "a.png").write_bytes(annotated.picture())
    (graft.home / "cells" / "a.xml").write_text(annotated.voc([("cell", (2, 3, 12, 13))]))
    for line in OURS:
        with asked_to_end(line):
            said = graft.call(*shlex.split(line)[3:])
        if " resume " in line:  # the run of the documents is finished: the right answer is to say so
            assert said.code == 2 and "This run is finished." in said.err
        else:
            assert said.code == 0, f"{line}\n{said.err}"
        if " coach " in line:  # what it suggests takes 40 epochs
            file = graft.home / "next.json"
            suggested = configuration.from_json(file.read_bytes())
            file.write_bytes(configuration.to_json(with_recipe(suggested, epochs=2)))
    assert (graft.home / "my-run" / "model.keras").is_file()
    assert list((graft.home / "workspace" / "tracking" / "tensorboard").glob("my-tracked-run-*"))
    assert (graft.home / "answers.csv").read_text().count("\n") == 1 + 8
    signs = Dataset(graft.home / "workspace" / "datasets" / "sample").read()
    assert len(signs.classes) >= 3 and not signs.skipped


def test_every_command_and_environment_variable_is_documented() -> None:
    names = next(iter(action.choices for action in parser()._actions if action.dest == "command"))
    assert set(names) == {line.split()[3] for line in OURS}
    sources = [path for folder in ("tlcore", "pages", "tests") for path in (ROOT / folder).rglob("*.py")]
    settings = re.compile(r"[\"'](GRAFT_[A-Z_]+)[\"']")
    read = {name for path in sources for name in settings.findall(path.read_text("utf-8"))}
    read -= {
        "GRAFT_LOG",
        "GRAFT_UNDER_LIMIT",
        "GRAFT_LEASE",
        "GRAFT_NODE",
    }  # what a process of ours tells one that it starts
    table = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    assert read == set(re.findall(r"^\| `(GRAFT_[A-Z_]+)`", table, re.M))


def test_the_two_commands_fit_the_project() -> None:
    chain = "python -m pip install -r {} && python -m tlcore backbones --fetch && python -m {}"
    assert chain.format("requirements.txt", "streamlit run app.py") == SET_UP
    assert chain.format("requirements-dev.txt", "pytest") == TEST
    assert TEST in CI
    assert (ROOT / "app.py").is_file()


def test_fetching_does_not_end_the_two_commands_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path / "weights"))
    without_packages(monkeypatch)
    with shortened():
        assert main(["backbones", "--fetch"]) == 0
        assert conversions.is_converted_ahead()
    said = capsys.readouterr().out
    assert "EfficientNet-Lite0: in place" in said
    assert "MobileNetV2: not there." in said


def test_locks_are_exact_and_hold_what_was_asked_for() -> None:
    run, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert set(requested_packages("requirements.in")) <= set(run)
    assert set(requested_packages("requirements-dev.in")) <= set(dev)
    assert run.items() <= dev.items()
    for line in LOCKS:
        assert f"#    {line}" in (ROOT / line.split()[-1]).read_text().splitlines()
    for line in EXTRAS:  # they go into the same environment
        lock = line.split()[-1]
        assert any(f"-r {lock}" in step for step in CI if step.startswith("packages "))
        assert set(requested_packages(lock.replace(".txt", ".in"))) <= set(pins(lock))
        assert all(run.get(name, one) == one for name, one in pins(lock).items())
    gpu = next(line for line in COMMANDS if line.startswith(GPU))
    assert gpu == f'{GPU}{run["tensorflow"]}"'


def test_what_the_code_imports_is_asked_for() -> None:
    asked = {name.replace("-", "_") for name in requested_packages("requirements.in")} | {
        "PIL",
        "sklearn",
        "yaml",
    }
    assert "mlflow-skinny" in requested_packages("requirements-mlflow.in")
    asked |= {"mlflow"}  # by the one module that writes its store
    asked |= set(requested_packages("requirements-cluster.in"))  # by what works inside a cluster
    asked |= set(requested_packages("requirements-signin.in"))  # by the one that asks an OpenID provider
    nodes = [
        node
        for folder in ("tlcore", "pages")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
    ]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    found = {name.split(".")[0] for name in names}
    assert found - set(sys.stdlib_module_names) - {"tlcore", "pages"} <= asked


@pytest.mark.parametrize("line", PYTEST)
def test_tests_are_chosen_by_folders_and_markers_that_exist(
    line: str, request: pytest.FixtureRequest
) -> None:
    markers = {text.split(":")[0] for text in request.config.getini("markers")}
    for option, value in itertools.pairwise(shlex.split(line)[2:]):
        if option == "-m":
            assert value in markers
        elif value.startswith("tests"):
            assert (ROOT / value).exists()


def test_what_pytest_leaves_out_runs_in_ci_after_all_others() -> None:
    real = ROOT / "tests" / "real"
    # Extras stand behind the lines that install what they read.
    assert CI[-1] == "python -m pytest tests/extras tests/real" and "python -m pytest tests/real" in PYTEST
    for tests in (ROOT, ROOT / "tests"):
        assert is_left_out([str(tests)]) and is_left_out([str(ROOT / "tests" / "data"), str(tests)])
        assert not is_left_out([str(tests), str(real)])
    for other in (ROOT / "tests" / "data", real, real / "test_texts.py"):
        assert not is_left_out([f"{other}"]) and not is_left_out([f"{other}::test"])


def test_lint_and_types_are_what_ci_checks() -> None:
    steps = {step.strip() for line in CI for step in re.split(r"&&|\|\|", line)}
    assert {line.replace("ruff format", "ruff format --check") for line in LINT} <= steps


@pytest.mark.parametrize("module", BENCHMARKS)
def test_benchmarks_exist(
    module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [module, "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    assert ended.value.code == 0 and "--quick" in capsys.readouterr().out


def test_every_benchmark_is_documented() -> None:
    folder = ROOT / "benchmarks"
    there = {f"benchmarks.{path.stem}" for path in folder.glob("[a-z]*.py")}
    there |= {f"benchmarks.{path.parent.name}" for path in folder.glob("[a-z]*/__main__.py")}
    assert set(BENCHMARKS) == there
