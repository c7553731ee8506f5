"""Each experiment in the browser, from one click to its picture and sentence, in a fresh tab as well."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.browser import Server
from tests.journey.conftest import LONG, badge, no_failure
from tlcore.backbones.weights import weights
from tlcore.runs.experiments.experiment import Experiment
from tlcore.runs.job import ALIVE
from tlcore.runs.run import runs

END = 1_200_000  # milliseconds for up to five runs, one after the other, on a busy machine


def test_each_experiment_ends_in_one_picture_and_one_sentence(
    open_app: Callable[[], Server],
    browser_page: Page,
    weights_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GRAFT_WEIGHTS", str(weights_folder))
    weights.mobilenet_file()  # there are two to race then
    server, page = open_app(), browser_page
    page.goto(server.url)
    page.get_by_role("button", name="Try it with sample pictures").click()
    expect(page.get_by_role("button", name="Choose a backbone")).to_be_visible(timeout=LONG)

    race = _start(page, server, "race")
    _ends(page, "On 24 test pictures", traces=2)
    assert len(race.record().comparisons) == 1

    unfreeze = _start(page, server, "unfreeze")
    _come_back_and_go_on(page, unfreeze)
    _ends(page, "Starting from random weights instead of the pretrained ones", traces=2)
    assert [entry.state for entry in unfreeze.record().entries] == ["done"] * 5

    _start(page, server, "amount")
    _ends(page, "Going from 5 to 28 pictures per class", traces=2)
    assert len(runs(server.home / "runs")) == 2 + 5 + 4
    _to_the_runs(page)


def _quick(page: Page) -> None:
    """One epoch, and one size besides all."""
    page.get_by_text("Options", exact=True).click()
    epochs = page.get_by_role("spinbutton", name="Epochs at most")
    epochs.fill("1")
    epochs.press("Enter")
    sizes = page.get_by_role("textbox", name="Pictures per class to try")
    sizes.fill("5")
    sizes.press("Enter")
    expect(_card(page, "amount").get_by_text("4 runs, about")).to_be_visible()


def _card(page: Page, kind: str) -> Locator:
    return page.locator(f".st-key-card_{kind}")


def _start(page: Page, server: Server, kind: str) -> Experiment:
    """One click, from the list; the address names it at once."""
    page.goto(f"{server.url}/compare?view=experiments")
    _quick(page)
    _card(page, kind).get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile(f"experiment=sample.*{kind}"), timeout=LONG)
    expect(page.get_by_text(re.compile(r"Run 1 of \d"))).to_be_visible(timeout=LONG)
    no_failure(page)
    return Experiment(server.home / "experiments" / page.url.rsplit("=", 1)[1])


def _come_back_and_go_on(page: Page, experiment: Experiment) -> None:
    """A refresh shows the same; when its process dies its run does not, and one click goes on."""
    page.reload()
    expect(page.get_by_text(re.compile(r"Run \d of 5"))).to_be_visible(timeout=LONG)
    status = experiment.status()
    assert status.state in ALIVE
    psutil.Process(status.pid).kill()
    expect(page.get_by_text("It was interrupted")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text(re.compile(r"Run \d of 5"))).to_be_visible(timeout=LONG)
    no_failure(page)


def _ends(page: Page, said: str, traces: int) -> None:
    """The sentence and the picture, here and in a fresh tab."""
    expect(page.get_by_text(said)).to_be_visible(timeout=END)
    sentence = page.get_by_test_id("stAlert").inner_text()
    assert "95 % interval" in sentence
    _picture(page, traces)
    fresh = page.context.new_page()
    fresh.goto(page.url)
    expect(fresh.get_by_text(said)).to_be_visible(timeout=LONG)
    assert fresh.get_by_test_id("stAlert").inner_text() == sentence
    _picture(fresh, traces)
    fresh.close()


def _picture(page: Page, traces: int) -> None:
    expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(traces, timeout=LONG)
    expect(page.locator(".js-plotly-plot .errorbar").first).to_be_visible()
    no_failure(page)


def _to_the_runs(page: Page) -> None:
    """From the result to the curves of its runs, and to one run."""
    address = page.url
    page.get_by_role("link", name="Their curves over one another").click()
    page.wait_for_url(re.compile(r"/compare\?runs="))
    expect(page.get_by_text("Validation accuracy by epoch")).to_be_visible(timeout=LONG)
    no_failure(page)
    page.goto(address)
    page.get_by_role("link", name="5 per class, random weights").click()
    page.wait_for_url(re.compile(r"/train\?run=sample"))
    expect(badge(page, "Ready")).to_be_visible(timeout=LONG)
    no_failure(page)
