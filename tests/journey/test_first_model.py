"""The main job as a person would do it: sample pictures become a model that answers, in the browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import psutil
from playwright.sync_api import Page, expect

from tests.fixtures import WHOLE
from tests.fixtures.browser import Server
from tests.journey.conftest import LONG, answer_bars, bars, metric, no_failure
from tlcore.data.dataset import datasets
from tlcore.runs.run import runs
from tlcore.runs.workers.backend import BACKEND

PHASES = ["Head", "Fine-tuning"]
SIGNS = [f"sign {digit}" for digit in (1, 2, 3, 4, 6, 7)]
# Writes down every epoch that the person gets to see, with the drawing of the loss chart above it.
RECORD = """() => {
  window.seen = [];
  const hash = (text) => [...text].reduce((h, c) => (h * 31 + c.charCodeAt(0)) | 0, 7);
  setInterval(() => {
    const metrics = [...document.querySelectorAll('[data-testid=stMetric]')];
    const metric = metrics.find((m) => /, epoch\\n/.test(m.innerText));
    const chart = document.querySelector('[class*=_loss] canvas');
    if (!metric || !chart) return;
    const epoch = parseInt(metric.querySelector('[data-testid=stMetricValue]').innerText);
    const phase = metric.innerText.split(',')[0], last = window.seen.at(-1);
    if (last?.epoch === epoch && last.phase === phase) return;
    window.seen.push({ phase, epoch, drawing: hash(chart.toDataURL()) });
  }, 400);
}"""


def test_from_sample_pictures_to_an_answer(open_app: Callable[..., Server], browser_page: Page) -> None:
    server, page = open_app(GRAFT_SPARE="1", PYTHONPATH=WHOLE), browser_page
    page.goto(server.url)
    page.get_by_role("button", name="Try it with sample pictures").click()
    _look_at_the_data(page)
    page.get_by_role("button", name="Change settings first").click()
    _set_up(page)
    spare = _spare_worker(server)
    page.get_by_role("button", name="Train", exact=True).click()
    _watch_it_learn(page)
    (run,) = runs(server.home / "runs")
    assert run.recorded().pid == spare, "the worker that stood by trained it"
    page.get_by_role("button", name="Try it").click()
    _ask(page, server)
    _tensorflow_stayed_outside(server)


def _look_at_the_data(page: Page) -> None:
    expect(page.get_by_role("button", name="Change settings first")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Photos of the Sign Language Digits Dataset")).to_be_visible()
    expect(metric(page, "Pictures")).to_have_text("240")
    expect(metric(page, "Classes")).to_have_text("6")
    pictures = page.locator(".item img")
    expect(pictures).to_have_count(60)
    loaded = "image => image.complete && image.naturalWidth > 50"
    assert all(picture.evaluate(loaded) for picture in pictures.all()[:12])
    page.get_by_role("tab", name="Classes").click()
    expect(page.locator(".st-key-classes_chart svg path[fill^='#']")).to_have_count(6)
    no_failure(page)


def _set_up(page: Page) -> None:
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()
    page.get_by_role("slider", name="Blocks unfrozen").press("ArrowRight")
    expect(page.get_by_text("16 of 17 blocks frozen")).to_be_visible()
    size = page.get_by_role("slider", name="Input size in pixels")
    size.press("Home")
    expect(page.get_by_text("Pictures enter at 96 × 96 pixels.")).to_be_visible()
    for box in ("How the unfrozen blocks train", "How the head trains"):
        page.get_by_text(box).click()
        opened = page.get_by_test_id("stExpander").filter(has_text=box)
        most = opened.get_by_role("spinbutton", name="Epochs at most")
        most.fill("4")
        most.press("Enter")
    no_failure(page)


def _spare_worker(server: Server) -> int:
    """The process that stands by for the next job."""
    assert server.process is not None
    children = psutil.Process(server.process.pid).children()
    alive = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
    (spare,) = [child.pid for child in alive if "spare" in child.cmdline()]
    return spare


def _watch_it_learn(page: Page) -> None:
    """The epoch and the chart must be seen to move before the end, and the run must end well."""
    page.wait_for_url(re.compile(r"/train\?run="))
    page.evaluate(RECORD)
    expect(page.get_by_role("button", name="Try it")).to_be_visible(timeout=LONG)
    seen = page.evaluate("() => window.seen")
    epochs = [(PHASES.index(look["phase"]), look["epoch"]) for look in seen]
    assert epochs == sorted(epochs) and len(set(epochs)) >= 2, f"the epoch did not move: {seen}"
    assert epochs[-1][0] == 1, f"there was no second phase: {seen}"
    assert len({look["drawing"] for look in seen}) >= 2, f"the chart did not move: {seen}"
    expect(metric(page, "Right on pictures it has never seen")).to_contain_text("%")
    no_failure(page)


def _ask(page: Page, server: Server) -> None:
    expect(page.get_by_text("Its classes: sign 1, sign 2, sign 3, sign 4, sign 6, sign 7.")).to_be_visible()
    dataset = datasets(server.home / "datasets")[0]
    (asked,) = [e for e in dataset.read().examples if e.name.endswith("test/sign 3/IMG_4799.jpg")]
    content = dataset.file(asked.sha256).read_bytes()
    picture = {"name": "my <b>hand</b> *x*.jpg", "mimeType": "image/jpeg", "buffer": content}
    page.locator(".st-key-pictures").get_by_label("Loose pictures").set_input_files(picture)
    expect(answer_bars(page)).to_have_count(6, timeout=LONG)
    expect(page.get_by_role("heading", name="sign 3")).to_be_visible()
    shown = bars(page)
    assert [bar.split(" · ")[0] for bar in shown] == SIGNS
    chances = [float(bar.split(" · ")[1].removesuffix(" %")) for bar in shown]
    assert 99 < sum(chances) < 101 and max(chances) == chances[SIGNS.index("sign 3")]
    expect(page.get_by_alt_text("my <b>hand</b> *x*.jpg")).to_be_visible()
    expect(page.locator(".answer figcaption")).to_have_text("my <b>hand</b> *x*.jpg")
    assert [BACKEND.status(run).state for run in runs(server.home / "runs")] == ["done"]
    page.get_by_role("button", name="Test picture 1", exact=True).click()
    expect(page.get_by_alt_text("A held-out picture")).to_be_visible()
    expect(page.locator(".answer .truth:not([hidden])")).to_have_text(re.compile("Right|It is"))
    page.get_by_text("Guess first").click()
    page.get_by_role("button", name="Next picture").click()
    expect(page.get_by_role("heading", name="What is it?")).to_be_visible()
    page.keyboard.press("3")
    expect(page.get_by_role("heading", name=re.compile("You [01] · Model [01] of 1"))).to_be_visible()
    no_failure(page)


def _tensorflow_stayed_outside(server: Server) -> None:
    """The page process, after all of this, has nothing of TensorFlow in its memory."""
    assert server.process is not None
    mapped = {Path(item.path).parts for item in psutil.Process(server.process.pid).memory_maps()}
    assert not [parts for parts in mapped if {"tensorflow", "keras"} & set(parts)]
