"""A run goes on whatever happens to the page, the server or the run itself, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Server
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.tiny_training import small
from tests.journey.conftest import (
    LONG,
    away,
    badge,
    epoch,
    metric,
    no_failure,
    visit,
    wait_for_end,
    wait_for_epoch,
    worker,
)
from tlcore.runs.metrics import epochs
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND, LocalBackend


@pytest.fixture
def begin(own_workspace: Furnished) -> Callable[[str], Run]:
    """Start a run that fine-tunes two blocks picture after picture: slow enough to be interrupted."""

    def start(name: str) -> Run:
        config = small(unfreeze=2, batch_size=1, epochs=1, data=str(own_workspace.dataset.folder))
        tuning = msgspec.structs.replace(config.fine_tuning, epochs=1000)
        config = msgspec.structs.replace(config, fine_tuning=tuning)
        run = Run.prepare(own_workspace.home / "runs" / name, config)
        LocalBackend().submit(run)
        return run

    return start


def test_nothing_stops_a_run_but_its_own_end(
    open_app: Callable[[], Server], begin: Callable[[str], Run], browser_page: Page
) -> None:
    server, page = open_app(), browser_page
    long = begin("long")
    _let_it_learn(long, 1)
    _wait_in_line(page, server, begin("short"))
    _come_and_go(page, long)
    _restart(page, server, long)
    _kill_and_go_on(page, long)
    _stop(page, long)


def _let_it_learn(run: Run, least: int) -> None:
    """Until it has ended so many epochs; then it stands still, or it burns a core while pages load."""
    process = worker(run)
    process.resume()
    while len(epochs(run.rows()[0])) < least:
        assert process.is_running(), "it ended"
        time.sleep(0.1)
    process.suspend()


def _wait_in_line(page: Page, server: Server, short: Run) -> None:
    """Stopped there, it is out of the line."""
    page.goto(f"{server.url}/train?run={short.id}")
    expect(page.get_by_text("In the queue: long → short")).to_be_visible(timeout=LONG)
    expect(badge(page, "Waiting")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(badge(page, "Stopped")).to_be_visible(timeout=LONG)
    assert not short.has_model and BACKEND.status(short).state == "cancelled"
    no_failure(page)


def _come_and_go(page: Page, long: Run) -> None:
    """Looked at in mid-training, and in a second tab on the run's address."""
    visit(page, "train", run=long.id)
    wait_for_epoch(page, 1)
    _let_it_learn(long, 3)
    before = wait_for_epoch(page, 2)
    with page.context.expect_page() as opened:
        page.evaluate("window.open(location.href)")
    other = opened.value
    assert wait_for_epoch(other, before) >= before
    expect(other.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    no_failure(other)
    other.close()


def _restart(page: Page, server: Server, long: Run) -> None:
    """The server goes and comes back; the worker learns meanwhile, and a refresh shows it."""
    process, before = worker(long), epoch(page)
    server.stop()
    with away(page):
        _let_it_learn(long, before + 2)
        server.start()
    wait_for_epoch(page, before + 1)
    assert worker(long) == process
    no_failure(page)


def _kill_and_go_on(page: Page, long: Run) -> None:
    """It dies without a word, is said to be interrupted, and goes on unbroken."""
    worker(long).kill()
    expect(page.get_by_text("The run was interrupted")).to_be_visible(timeout=LONG)
    expect(badge(page, "Interrupted")).to_be_visible()
    before = len(epochs(long.rows()[0]))
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible(timeout=LONG)
    with away(page):
        _let_it_learn(long, before + 1)
    assert wait_for_epoch(page, before) >= before  # of fine-tuning; one more was of the head
    went = [row["epoch"] for row in epochs(long.rows()[0])]
    assert went == list(range(1, len(went) + 1))
    no_failure(page)


def _stop(page: Page, long: Run) -> None:
    """Stop keeps the best model so far."""
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Stopping at the next safe moment")).to_be_visible()
    worker(long).resume()
    with away(page):
        wait_for_end(long)
    expect(badge(page, "Stopped")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("the best model so far is kept")).to_be_visible()
    expect(page.get_by_role("button", name="Try it")).to_be_visible()
    expect(metric(page, "Right on pictures it has never seen")).to_contain_text("%")
    assert long.has_model and BACKEND.status(long).state == "cancelled"
    no_failure(page)
