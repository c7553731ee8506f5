"""An experiment in the browser, from one click to its picture and sentence, and how every kind is drawn."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import psutil
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Server
from tests.fixtures.finished_experiments import write_experiment
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.many_runs import write_data
from tests.journey.conftest import LONG, away, badge, no_failure, visit
from tlcore.runs.experiments.experiment import Experiment
from tlcore.runs.job import ALIVE, Status
from tlcore.runs.run import runs
from tlcore.runs.workers.backend import BACKEND


def test_an_experiment_ends_in_one_picture_and_one_sentence(
    own_workspace: Furnished, open_app: Callable[[], Server], browser_page: Page
) -> None:
    server, page = open_app(), browser_page
    amount = _start(page, server)
    _come_back_and_go_on(page, amount)
    _ends(page, "on 6 test pictures", curves=1)
    _is_there_in_a_fresh_tab(page, "on 6 test pictures", curves=1)
    assert [entry.state for entry in amount.record().entries] == ["done"] * 2
    assert len(amount.record().comparisons) == 1
    assert len(runs(server.home / "runs")) == 1 + 2
    _to_the_runs(page)

    flowers = write_data(server.home, "flowers-20260301-100000-0000", "Flowers")
    unfreeze, race = (write_experiment(flowers, kind) for kind in ("unfreeze", "race"))
    visit(page, "compare", experiment=unfreeze.id)
    _ends(page, "Starting from random weights instead of the pretrained ones", curves=2)
    visit(page, "compare", experiment=race.id)
    _ends(page, "On 100 test pictures", curves=3)


def _start(page: Page, server: Server) -> Experiment:
    """One click, from the list, on one epoch; the address names it at once."""
    page.goto(f"{server.url}/compare?view=experiments")
    page.get_by_text("Options", exact=True).click()
    epochs = page.get_by_role("spinbutton", name="Epochs at most")
    epochs.fill("1")
    epochs.press("Enter")
    sizes = page.get_by_role("textbox", name="Pictures per class to try")
    sizes.fill("5")
    sizes.press("Enter")
    card = page.locator(".st-key-card_amount")
    expect(card.get_by_text("2 runs, about")).to_be_visible()
    card.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("experiment=coloured.*amount"), timeout=LONG)
    expect(page.get_by_text("Run 1 of 2")).to_be_visible(timeout=LONG)
    no_failure(page)
    return Experiment(server.home / "experiments" / page.url.rsplit("=", 1)[1])


def _come_back_and_go_on(page: Page, experiment: Experiment) -> None:
    """A refresh shows the same; when its process dies its run does not, and one click goes on."""
    page.reload()
    expect(page.get_by_text(re.compile(r"Run \d of 2"))).to_be_visible(timeout=LONG)
    status = BACKEND.status(experiment)
    assert status.state in ALIVE
    psutil.Process(status.pid).kill()
    expect(page.get_by_text("This experiment was interrupted")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text(re.compile(r"Run \d of 2"))).to_be_visible(timeout=LONG)
    no_failure(page)
    with away(page):
        _last_run_learns(experiment)


def _last_run_learns(experiment: Experiment) -> None:
    """Wait until TensorFlow is at work for the second run: the end is near, and is to be seen."""
    deadline = time.monotonic() + 2 * LONG / 1000
    while True:
        entry = experiment.record().entries[1]
        status = BACKEND.status(experiment.run(entry)) if entry.state != "new" else Status("queued")
        if status.stage in ("training", "saving") or status.state == "done":
            return
        assert time.monotonic() < deadline, f"it never learns: {status}"
        time.sleep(0.1)


def _ends(page: Page, part: str, curves: int) -> None:
    """The sentence and the picture."""
    expect(page.get_by_text(part)).to_be_visible(timeout=2 * LONG)
    assert "95 % interval" in page.get_by_test_id("stAlert").inner_text()
    _picture(page, curves)


def _is_there_in_a_fresh_tab(page: Page, part: str, curves: int) -> None:
    """The same sentence and picture by the address alone."""
    fresh = page.context.new_page()
    fresh.goto(page.url)
    expect(fresh.get_by_text(part)).to_be_visible(timeout=LONG)
    assert fresh.get_by_test_id("stAlert").inner_text() == page.get_by_test_id("stAlert").inner_text()
    _picture(fresh, curves)
    fresh.close()


def _picture(page: Page, curves: int) -> None:
    expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(curves, timeout=LONG)
    expect(page.locator(".js-plotly-plot .errorbar").first).to_be_visible()
    no_failure(page)


def _to_the_runs(page: Page) -> None:
    """From the result to the curves of its runs, and to one run."""
    page.get_by_role("link", name="Compare these runs").click()
    page.wait_for_url(re.compile(r"/compare\?runs="))
    expect(page.get_by_text("Validation accuracy by epoch")).to_be_visible(timeout=LONG)
    no_failure(page)
    page.go_back()
    page.get_by_role("link", name=re.compile("^all .*, pretrained")).click()
    page.wait_for_url(re.compile(r"/train\?run=coloured"))
    expect(badge(page, "Ready")).to_be_visible(timeout=LONG)
    no_failure(page)
