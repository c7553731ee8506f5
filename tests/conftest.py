"""Fixtures that several parts of the tests share: a running server and a browser page."""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Error as PlaywrightError

from tests.fixtures import SHORT, forks
from tests.fixtures.browser import Server
from tests.fixtures.browser_pages import (  # noqa: F401 (fixtures)
    browser,
    browser_page,
    camera,
    filmed,
    filming,
    window,
)
from tests.fixtures.decoders import decoders_end, decoders_stay  # noqa: F401 (fixtures)
from tests.fixtures.image_workspace import furnished  # noqa: F401 (a fixture)
from tests.fixtures.patched_pictures import patched  # noqa: F401 (a fixture)
from tests.fixtures.places_workspace import boxed, masked, trained_detector, trained_segmenter  # noqa: F401
from tests.fixtures.tiny_texts import (  # noqa: F401 (fixtures)
    fetched,
    minilm,
    short_minilm,
    short_weights,
    trained_texts,
)
from tests.fixtures.tiny_training import (  # noqa: F401 (fixtures)
    coloured,
    graft,
    trained,
    unverified,
    weights_folder,
    whole_lite0,
    without_cross_fit,
)

TESTS = Path(__file__).parent
REAL = TESTS / "real"
# Files that are there for a package which is no part of Graft: where it is missing, they are not read.
EXTRAS = {TESTS / "extras" / f"test_{name}.py": name for name in ("authlib", "mlflow", "tensorboard")}
EXTRAS[TESTS / "extras" / "test_cluster.py"] = "ray"
os.environ.setdefault("GRAFT_SPARE", "0")  # a page would load TensorFlow ahead for nobody
# A module is compiled once, not in each of some hundred processes, whatever the shell says.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Each process has a core. TensorFlow's threads for other ones wait for work in circles, which
# took a sixth of the time of tests that train; what a test starts has its turn on one core, too.
for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")
if sys.platform == "linux":
    os.environ.setdefault(forks.VARIABLE, forks.folder())
# Graphs are built all the time and hardly any of it is garbage: looking for it after every 700 objects took
# a twentieth of the tests' time.
gc.set_threshold(50_000, 10, 10)

# A busy computer is no failure. The rest is Hypothesis's own: where CI is set, the same examples each time.
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")


# Files that take minutes, begun first: none of them is left alone at the end while the other process idles.
LONGEST = (
    "graft/test_pipeline.py",
    "journey/test_answers.py",
    "graft/test_text_runs.py",
    "journey/test_interrupted.py",
    "test_readme.py",
    "graft/training/test_phases.py",
    "graft/training/test_precompute.py",
    "journey/test_first_model.py",
    "journey/test_equal_names.py",
    "journey/test_texts.py",
    "journey/test_experiments.py",
    "graft/network/test_build_text.py",
    "explain/test_heatmap.py",
    "journey/test_looking_closer.py",
    "data/importing/test_killed_imports.py",
    "runs/workers/test_spare_worker.py",
    "test_full_disk.py",
    "test_shortage.py",
    *("extras/test_cluster.py", "real/test_code.py", "real/test_container.py", "real/test_imagenet_open.py"),
    *("real/test_accuracy.py", "real/test_folders.py"),
)


# Folders, files and fixtures whose tests load TensorFlow, run pages, start a browser or many processes, or
# read real data: what is left is the inner loop.
SLOW_PLACES = (
    *(
        "graft",
        "explain",
        "journey",
        "pages",
        "commands",
        "real",
        "export",
        "extras",
        "coach/test_on_runs.py",
    ),
    *(
        "backbones/images",
        "backbones/texts",
        "backbones/test_keras_start.py",
        "backbones/catalogue/test_local_folder.py",
        "data/importing/test_killed_imports.py",
        "data/images/test_sandbox.py",
        "foreign/model",
        "foreign/test_file.py",
    ),
    *("test_readme.py", "test_full_disk.py", "test_shortage.py"),
)
SLOW_FIXTURES = {
    *("browser", "serve", "furnished", "patched", "fetched"),
    *("trained", "trained_texts", "trained_detector", "trained_segmenter"),
}


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Processes for tests: one more than cores, as one waits for a browser or a command most of the time, and
    each with 4 GB, as TensorFlow takes 3. The inner loop waits for nothing; one more would collect in vain.
    """
    cores = os.cpu_count() or 1
    if config.getoption("markexpr") == "quick":
        return cores
    return max(1, min(cores + 1, psutil.virtual_memory().total // 4_000_000_000))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Real data are read where somebody names them. The inner loop does not even import what is slow:
    collecting it would load TensorFlow."""
    if collection_path == REAL and is_left_out(config.args):
        return True
    if collection_path in EXTRAS and importlib.util.find_spec(EXTRAS[collection_path]) is None:
        return True
    place = collection_path.relative_to(TESTS).as_posix() if TESTS in collection_path.parents else ""
    return True if config.getoption("markexpr") == "quick" and place.startswith(SLOW_PLACES) else None


def is_left_out(arguments: list[str]) -> bool:
    """Whether these arguments of pytest mean the checks on real data without naming one of them."""
    named = [Path(argument.split("::")[0]).resolve() for argument in arguments]
    return any(path in REAL.parents for path in named) and not any(
        REAL in (path, *path.parents) for path in named
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    if forks.VARIABLE in os.environ and not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ[forks.VARIABLE], ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if is_left_out(config.args):
        terminalreporter.write_line(
            "The checks on real data were left out. They run with: python -m pytest tests/real"
        )


def is_slow(item: pytest.Item) -> bool:
    place = item.path.relative_to(TESTS).as_posix()
    return place.startswith(SLOW_PLACES) or bool(SLOW_FIXTURES & {*getattr(item, "fixturenames", ())})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not is_slow(item) and not item.get_closest_marker("slow"):
            item.add_marker("quick")
    rank = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.relative_to(TESTS).as_posix(), len(rank)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where CI is set nothing may be left out: some tests are of Linux alone, and CI runs there. A failure is
    told with what its page shows."""
    report = yield
    page = getattr(item, "funcargs", {}).get("browser_page")
    if report.failed and report.when == "call" and page is not None:
        with contextlib.suppress(PlaywrightError):
            report.sections.append(("The page", page.aria_snapshot()))
    if report.skipped and os.environ.get("CI"):
        report.outcome, report.longrepr = "failed", f"It was left out in CI: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def _nothing_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages start nothing in the background, unless a test wants to see just that."""
    monkeypatch.setenv("GRAFT_PREPARE", "0")


@pytest.fixture(autouse=True, scope="module")
def _what_others_left_behind() -> None:
    """Keras never frees its graphs, and Streamlit looks for garbage after every run of a page: among millions
    of objects that takes seconds. What is there before a file's tests begin is not looked through again.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers on a temporary workspace: `serve("app.py", env={…})`; stopped at the end.

    Their jobs train the short Lite0, unless `env` has another PYTHONPATH.
    """
    running: list[Server] = []

    def start(script: str = "app.py", env: dict[str, str] | None = None) -> Server:
        running.append(Server(tmp_path / "workspace", script, {"PYTHONPATH": SHORT, **(env or {})}))
        return running[-1].start()

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def app_server(serve: Callable[..., Server]) -> Server:
    """The app, running: `.url`, `.home` (its workspace), `.stop()`, `.start()`."""
    return serve()
