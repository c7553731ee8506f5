"""Imports and additions that are killed: the data set is the old version or the new one, or not there at all.

Real processes of the command line, killed at random moments spread over their work, and at the very steps
that matter. The moments depend on how fast this computer is; what is asserted does not.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil
import pytest
from PIL import Image

from tests.data.conftest import jpeg
from tests.fixtures import ROOT
from tlcore.data.dataset import Dataset
from tlcore.data.importing.additions import add
from tlcore.data.importing.importer import import_data
from tlcore.data.manifest import Manifest
from tlcore.data.versions.example_states import states

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups and SIGKILL")
EVERY = 3  # of the moments: what was killed is done again, which takes as long
OLD, NEW = 4, 10  # pictures in each class
Kill = Callable[[psutil.Process], None]


def write_pictures(root: Path, name: str, first: int, per_class: int) -> Path:
    for label, at in (("cat", first), ("dog", first + 500)):
        folder = root / name / label
        folder.mkdir(parents=True)
        for n in range(per_class):
            (folder / f"{name}{n}.jpg").write_bytes(jpeg(at + n))
    return root / name


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data set `old`, what is added to it, `new`, and one picture more, `last`."""
    root = tmp_path_factory.mktemp("killed")
    import_data(write_pictures(root, "start", 0, OLD), root / "old", name="pets")
    write_pictures(root, "new", 100, NEW)
    write_pictures(root, "last", 300, 1)
    return root


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "home"))


def started(*arguments: object, code: str = "") -> psutil.Process:
    """`python -m tlcore import ARGUMENTS` in a process group of its own; `code` is run in it first."""
    run = ["-c", f"{code}\nimport sys, tlcore.__main__ as m\nsys.exit(m.main(sys.argv[1:]))"]
    return psutil.Popen(
        [sys.executable, *(run if code else ["-m", "tlcore"]), "import", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def seconds_of(*arguments: object) -> float:
    """Seconds that an undisturbed command takes."""
    begun = time.monotonic()
    assert started(*arguments).wait(120) == 0
    return time.monotonic() - begun


@pytest.fixture(scope="module")
def asleep() -> float:
    """Seconds in which an import has done nothing yet: Python starts."""
    return seconds_of("--help")


def moments(start: float, end: float, count: int) -> Iterator[tuple[float, Kill]]:
    """Moments between these seconds, at random but spread over all of them, and how to kill then."""
    chance = random.Random(count)
    kills: tuple[Kill, ...] = (psutil.Process.kill, kill_group, kill_children_first)
    for n in range(count):
        yield start + (end - start) * (n + chance.random()) / count, kills[n % len(kills)]


def kill_group(process: psutil.Process) -> None:
    os.killpg(process.pid, signal.SIGKILL)


def kill_children_first(process: psutil.Process) -> None:
    for child in process.children(recursive=True):
        child.kill()
    process.kill()


def kill_after(process: psutil.Process, seconds: float, kill: Kill) -> None:
    """Kill it then, or let it have ended by itself. Its children end with it."""
    with suppress(psutil.TimeoutExpired):
        process.wait(seconds)
    children: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess, ProcessLookupError):
        children = process.children(recursive=True)
        kill(process)
    process.wait(30)
    assert psutil.wait_procs(children, timeout=30)[1] == []


def check_files(dataset: Dataset) -> None:
    """Every version is readable and what it names is stored whole."""
    for number in range(1, dataset.latest + 1):
        manifest = dataset.read(number)
        assert manifest.version == number
        for example in (*manifest.examples, *manifest.aside):
            assert hashlib.sha256(dataset.file(example.sha256).read_bytes()).hexdigest() == example.sha256
            with Image.open(dataset.thumbnail(example.sha256)) as image:
                image.load()


def check_nothing_else(dataset: Dataset) -> None:
    """No file is stored that no version names."""
    known = {example.sha256 for n in range(1, dataset.latest + 1) for example in dataset.read(n).examples}
    for folder in ("files", "thumbs"):
        assert {path.stem for path in dataset.folder.glob(f"{folder}/*/*")} == known


def undated(manifest: Manifest) -> Manifest:
    return msgspec.structs.replace(manifest, created="")


def old_or_new(dataset: Dataset, old: Manifest, new: Manifest) -> str:
    """The one of the two that the data set is, exactly."""
    check_files(dataset)
    found = dataset.read()
    assert dataset.read(1) == old
    assert found == old if dataset.latest == 1 else undated(found) == undated(new)
    return "old" if dataset.latest == 1 else "new"


@pytest.fixture(scope="module")
def whole(made: Path) -> Manifest:
    """The data set once all of `new` has been added."""
    shutil.copytree(made / "old", made / "whole")
    return add(made / "new", Dataset(made / "whole"))


@pytest.fixture(scope="module")
def awake(made: Path) -> float:
    """Seconds in which one has ended: to add them takes as long as to import them."""
    shutil.copytree(made / "old", made / "timed")
    return seconds_of(made / "new", "--into", made / "timed")


def test_an_addition_killed_at_three_moments(
    made: Path, whole: Manifest, asleep: float, awake: float, tmp_path: Path
) -> None:
    old = Dataset(made / "old").read()
    for number, (moment, kill) in enumerate(moments(asleep, awake, 3)):
        dataset = Dataset(tmp_path / f"set{number}")
        shutil.copytree(made / "old", dataset.folder)
        kill_after(started(made / "new", "--into", dataset.folder), moment, kill)
        found = old_or_new(dataset, old, whole)
        if number % EVERY:
            continue
        after = add(made / "last", dataset)
        assert len(after.examples) == 2 * (OLD + 1 + (NEW if found == "new" else 0)), (moment, kill)
        check_files(dataset)
        check_nothing_else(dataset)


def test_a_new_import_killed_at_three_moments(
    made: Path, asleep: float, awake: float, tmp_path: Path
) -> None:
    wanted = import_data(made / "new", tmp_path / "wanted", name="pets")
    for number, (moment, kill) in enumerate(moments(asleep, awake, 3)):
        dataset = Dataset(tmp_path / f"set{number}")
        kill_after(started(made / "new", "--out", dataset.folder, "--name", "pets"), moment, kill)
        if not dataset.is_ready:
            if number % EVERY:
                continue
            assert started(made / "new", "--out", dataset.folder, "--name", "pets").wait(120) == 0
        assert undated(dataset.read()) == undated(wanted)
        check_files(dataset)
        check_nothing_else(dataset)


DYING = """
import os, signal
from tlcore import system
replace = system.replace
def dying(source, target):
    before = {before} in str(target)
    if before and not {after}: os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)
    if before: os.kill(os.getpid(), signal.SIGKILL)
system.replace = dying
"""


@pytest.mark.parametrize(
    ("target", "after", "outcome"),
    [
        ("/files/", False, "old"),
        ("/files/", True, "old"),
        ("versions/2.json", False, "old"),
        ("versions/2.json", True, "new"),
        ("added.json", False, "new"),
    ],
)
def test_an_addition_killed_at_the_steps_that_matter(
    target: str, after: bool, outcome: str, made: Path, whole: Manifest, tmp_path: Path
) -> None:
    dataset = Dataset(tmp_path / "set")
    shutil.copytree(made / "old", dataset.folder)
    code = DYING.format(before=repr(target), after=after)
    assert started(made / "new", "--into", dataset.folder, code=code).wait(60) == -signal.SIGKILL
    assert old_or_new(dataset, Dataset(made / "old").read(), whole) == outcome
    if outcome == "old":
        assert undated(add(made / "new", dataset)) == undated(whole)
        check_nothing_else(dataset)


def test_killed_decoders_cost_at_most_what_they_were_at(made: Path, tmp_path: Path) -> None:
    """All children of an addition are killed, three times: it goes on with others and counts all pictures."""
    dataset = Dataset(tmp_path / "set")
    shutil.copytree(made / "old", dataset.folder)
    process = started(made / "new", "--into", dataset.folder)
    for _ in range(3):
        children: list[psutil.Process] = []
        while process.is_running() and not children and process.poll() is None:
            with suppress(psutil.NoSuchProcess):
                children = process.children(recursive=True)
            time.sleep(0.02)
        time.sleep(0.2)
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()
    process.wait(60)
    check_files(dataset)
    found = dataset.read()
    if dataset.latest == 2:
        assert len(states(found)) + len(found.skipped) == 2 * (OLD + NEW)
    else:
        assert found == Dataset(made / "old").read() and process.returncode == 2
