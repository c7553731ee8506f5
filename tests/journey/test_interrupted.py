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
from tests.journey.conftest import LONG, badge, epoch, metric, no_failure, wait_for_epoch, worker
from tlcore.runs.backend import BACKEND, LocalBackend
from tlcore.runs.metrics import epochs
from tlcore.runs.run import Run


@pytest.fixture
def begin(own_workspace: Furnished) -> Callable[..., Run]:
    """Start a run that fine-tunes two blocks picture after picture: slow enough to be interrupted."""

    def start(name: str, epochs: int) -> Run:
        config = small(unfreeze=2, batch_size=1, epochs=1, data=str(own_workspace.dataset.folder))
        tuning = msgspec.structs.replace(config.fine_tuning, epochs=epochs)
        config = msgspec.structs.replace(config, fine_tuning=tuning)
        run = Run.prepare(own_workspace.home / "runs" / name, config)
        LocalBackend().submit(run)
        return run

    return start


def test_nothing_stops_a_run_but_its_own_end(
    open_app: Callable[[], Server], begin: Callable[..., Run], browser_page: Page
) -> None:
    server, page = open_app(), browser_page
    long = begin("long", 1000)
    _let_it_learn(long, 1)
    short = begin("short", 6)
    _wait_in_line(page, server, short)
    _come_and_go(page, server, long)
    _restart(page, server, long)
    _stop(page, long)
    _kill_and_go_on(page, server, short)


def _let_it_learn(run: Run, least: int) -> None:
    """Until it has ended so many epochs; then it stands still, or it burns a core while pages load."""
    process = worker(run)
    process.resume()
    while len(epochs(run.rows()[0])) < least:
        time.sleep(0.02)
    process.suspend()


def _wait_in_line(page: Page, server: Server, short: Run) -> None:
    page.goto(f"{server.url}/train?run={short.id}")
    expect(page.get_by_text("In the queue: long → short")).to_be_visible(timeout=LONG)
    expect(badge(page, "Waiting")).to_be_visible()
    no_failure(page)


def _come_and_go(page: Page, server: Server, long: Run) -> None:
    """A refresh in mid-training, and a second tab on the run's address."""
    page.goto(f"{server.url}/train?run={long.id}")
    wait_for_epoch(page, 1)
    _let_it_learn(long, 3)
    before = wait_for_epoch(page, 2)
    page.reload()
    assert wait_for_epoch(page, before) >= before
    with page.context.expect_page() as opened:
        page.evaluate("window.open(location.href)")
    other = opened.value
    assert wait_for_epoch(other, before) >= before
    expect(other.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    no_failure(other)
    other.close()


def _restart(page: Page, server: Server, long: Run) -> None:
    """The server goes and comes back; the worker learns meanwhile, and the same address shows it."""
    process, before = worker(long), epoch(page)
    server.stop()
    _let_it_learn(long, before + 2)
    server.start()
    page.goto(f"{server.url}/train?run={long.id}")
    wait_for_epoch(page, before + 1)
    assert worker(long) == process
    no_failure(page)


def _stop(page: Page, long: Run) -> None:
    """Stop keeps the best model so far."""
    worker(long).resume()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(badge(page, "Stopped")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("the best model so far is kept")).to_be_visible()
    expect(page.get_by_role("button", name="Try it")).to_be_visible()
    expect(metric(page, "Right on pictures it has never seen")).to_contain_text("%")
    assert long.has_model and BACKEND.status(long).state == "cancelled"
    no_failure(page)


def _kill_and_go_on(page: Page, server: Server, short: Run) -> None:
    """The one in line has begun; it dies without a word, is said to be interrupted, and goes on unbroken."""
    _let_it_learn(short, 2)
    page.goto(f"{server.url}/train?run={short.id}")
    wait_for_epoch(page, 1)
    worker(short).kill()
    expect(page.get_by_text("The run was interrupted")).to_be_visible(timeout=LONG)
    expect(badge(page, "Interrupted")).to_be_visible()
    assert len(epochs(short.rows()[0])) < 7
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Try it")).to_be_visible(timeout=LONG)
    expect(badge(page, "Ready")).to_be_visible()
    assert [row["epoch"] for row in epochs(short.rows()[0])] == list(range(1, 8))
    expect(metric(page, "Fine-tuning, epoch")).to_have_text("6 of 6")
    no_failure(page)
