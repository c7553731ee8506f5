"""A person at the browser: what several journeys do and look at."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import psutil
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.browser import Server, until
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.tiny_training import Trained
from tlcore import config as configuration
from tlcore.data.dataset import Dataset
from tlcore.runs.job import ALIVE, Job
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import new_id

EPOCH = """(() => {
  const metrics = [...document.querySelectorAll('[data-testid=stMetric]')];
  const named = metrics.find((metric) => /epoch/i.test(metric.innerText));
  return named ? parseInt(named.querySelector('[data-testid=stMetricValue]').innerText) : 0;
})"""
VISIT = """address => {
  history.pushState(null, "", address);
  dispatchEvent(new PopStateEvent("popstate"));
}"""
PATIENCE = 40_000  # milliseconds until something is missing
LONG = 120_000  # milliseconds that a start of TensorFlow may take on a busy machine


@pytest.fixture(autouse=True, scope="session")
def patience() -> Iterator[None]:
    """A busy machine is slow, not wrong: what is expected may take a while to appear."""
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def own_workspace(furnished: Furnished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Furnished:
    """A workspace with a data set and a finished run, to change at will; commands started here work in it."""
    for name, value in furnished.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    return furnished.copy(tmp_path / "workspace")


@pytest.fixture
def open_app(serve: Callable[..., Server], weights_folder: Path) -> Callable[..., Server]:
    """Start the app on this test's workspace: `open_app(GRAFT_SPARE="1")`."""
    return lambda **env: serve(env={"GRAFT_WEIGHTS": str(weights_folder), **env})


@dataclass(frozen=True)
class SharedApp:
    """One server for all tests of a file, and the workspace with a data set and a run that it works in.

    A test that changes more than the next one can bear stands last in its file.
    """

    server: Server
    workspace: Furnished

    @property
    def url(self) -> str:
        return self.server.url


@pytest.fixture(scope="module")
def shared_workspace(furnished: Furnished, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """A workspace with a data set and a finished run for all tests of a file."""
    return furnished.copy(tmp_path_factory.mktemp("shared") / "workspace")


@pytest.fixture(scope="module")
def shared_app(shared_workspace: Furnished) -> Iterator[SharedApp]:
    """The app at work in the shared workspace until the file ends."""
    server = Server(shared_workspace.home, env=shared_workspace.env).start()
    yield SharedApp(server, shared_workspace)
    server.stop()
    end_workers(shared_workspace.home)


@pytest.fixture(autouse=True)
def nothing_is_left_running(tmp_path: Path) -> Iterator[None]:
    """End the workers of this test's runs; they outlive the server by design."""
    yield
    end_workers(tmp_path)


def end_workers(folder: Path) -> None:
    """End the commands that name something in the folder."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or ()
        if "tlcore" in words and any(str(folder) in word for word in words):
            process.kill()


def metric(page: Page, label: str) -> Locator:
    """The value of the metric called `label`."""
    named = page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))
    return named.get_by_test_id("stMetricValue")


def badge(page: Page, state: str) -> Locator:
    """The coloured word that says what state the run is in."""
    return page.locator(".stMarkdownBadge").filter(has_text=state).first


def epoch(page: Page) -> int:
    """The epoch that the page shows; 0 while it shows none."""
    return int(page.evaluate(f"{EPOCH}()"))


def wait_for_epoch(page: Page, least: int) -> int:
    """Wait until the page shows epoch `least` or a later one; returns it."""
    there = f"least => {EPOCH}() >= least || document.querySelector('[data-testid=stException]')"
    until(page, there, least, within=LONG / 1000)
    no_failure(page)
    return epoch(page)


def no_failure(page: Page) -> None:
    """Streamlit shows exceptions in a box of their own: there must be none."""
    expect(page.get_by_test_id("stException")).to_have_count(0)


def choose(page: Page, box: Locator, value: str) -> None:
    """Pick from a select box, which may be drawn anew while somebody types."""
    options = page.get_by_role("option", name=value, exact=True)
    for _ in range(10):
        box.click()
        box.fill(value)
        with contextlib.suppress(AssertionError):
            expect(options).to_have_count(1, timeout=2_000)
            at_rest(page)
        if options.count() == 1:
            options.first.click()
            expect(options).to_have_count(0)
            return
    raise AssertionError(f"{value} could not be chosen")


def press(button: Locator, until: Locator, text: str) -> None:
    """Press a button until `until` says `text`: one that still moves, as in an opening box, may be missed."""
    for _ in range(5):
        button.click()
        with contextlib.suppress(AssertionError):
            expect(until).to_have_text(text, timeout=10_000)
        at_rest(button.page)
        if until.inner_text() == text:
            return
    raise AssertionError(f"{text} never came")


def open_popover(page: Page, name: str) -> Locator:
    """Open what a button opens, and return it; drawn anew meanwhile, a button may be missed."""
    body = page.get_by_test_id("stPopoverBody")
    for _ in range(5):
        at_rest(page)
        if not body.is_visible():
            page.get_by_test_id("stPopoverButton").filter(has_text=name).click()
        with contextlib.suppress(AssertionError):
            expect(body).to_be_visible(timeout=3_000)
        at_rest(page)
        if body.is_visible():
            return body
    raise AssertionError(f"{name} never opened")


def at_rest(page: Page) -> None:
    """Wait until everything is drawn."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def worker(run: Run) -> psutil.Process:
    """The process that trains the run."""
    return psutil.Process(run.recorded().pid)


@contextlib.contextmanager
def away(page: Page) -> Iterator[None]:
    """Leave the page for a while, and come back: a page that watches a job costs as much as a small job."""
    address = page.url
    page.goto("about:blank")
    yield
    page.goto(address)


def wait_for_end(job: Job) -> None:
    """Wait until the job has ended, however it ends."""
    deadline = time.monotonic() + 2 * LONG / 1000
    while BACKEND.status(job).state in ALIVE:
        assert time.monotonic() < deadline, "it never ended"
        time.sleep(0.1)


def put_in_place(trained: Trained, dataset: Dataset) -> Run:
    """A finished run in the workspace of the data set, on its examples as they came."""
    runs = dataset.folder.parents[1] / "runs"
    run = Run(shutil.copytree(trained.folder, runs / new_id("trained")))
    config = msgspec.structs.replace(run.config(), data=str(dataset.folder), data_version=1)
    (run.folder / "config.json").write_bytes(configuration.to_json(config))
    return run


def visit(page: Page, name: str, **query: str) -> None:
    """Open another page of the app as its own links do: what the browser has loaded stays.

    Once more where it did not come. A page that watches a job asks for itself again and again, and Streamlit
    takes a question that comes right behind the way to another page for the newer wish.
    """
    title = f"{name.title() or 'Home'} · Graft"
    for _ in range(3):
        page.evaluate(VISIT, f"/{name}?{urlencode(query)}")
        with contextlib.suppress(AssertionError):
            expect(page).to_have_title(title, timeout=PATIENCE / 4)
            break
    expect(page).to_have_title(title)
    at_rest(page)  # the page before stays until this one is drawn


def answer_bars(place: Page | Locator) -> Locator:
    """The bars of the answers, each in its own place."""
    return place.locator(".answer .bar")


def bars(place: Page | Locator) -> list[str]:
    """The captions of the bars, in the order of the classes: `digit_3 · 98.2 %`."""
    return [" · ".join(text.split("\n")).strip() for text in answer_bars(place).all_inner_texts()]


def best_bar(place: Page | Locator) -> str:
    """The caption of the first answer's likeliest class."""
    return " · ".join(place.locator(".answer .bar.best").first.inner_text().split("\n"))
