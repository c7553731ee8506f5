"""Speed of the pages and memory of the page process: `python -m benchmarks.pages [--quick]`.

Imports 1,000 pictures and trains a small run in a temporary workspace, then visits every page in Chromium and
prints JSON: seconds to the first page, seconds of a rerun of each page as a person waits for it, seconds from
the click to each section of the Evaluate page for a report of 1,000 test pictures, and the memory of the page
process after all of it. Training and the model's answers are not part of it.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect

from benchmarks.common.browsing import browsing
from benchmarks.common.options import Options
from tests.fixtures.browser import ROOT, Server, until
from tests.fixtures.tiny_training import small
from tlcore import config as configuration
from tlcore.data.dataset import Dataset
from tlcore.evaluate import calibration, report
from tlcore.runs.run import Run

QUICK = {"pictures": 70, "times": 1, "rest": 300}  # two pages of pictures
VIEW: ViewportSize = {"width": 1280, "height": 900}
PAGES = ("", "data", "model", "train", "evaluate", "predict")
# The buttons that lead from section to section of the Evaluate page, and what each section draws.
DRAWN = {
    "Evaluate": "[data-testid=stMetricValue]",
    "Confusions": "[class*=st-key-confusion] svg path[fill^='rgb(']:not([fill-opacity='0'])",
    "Class by class": "[class*=st-key-curves] canvas",
    "Confidence": "[class*=st-key-trade_off] canvas",
    "Mistakes": "[data-testid=stImage] img",
}
LOADED = "all => Promise.all(all.map((image) => image.decode()))"
STATE = "document.querySelector('.stApp')?.dataset.testScriptState"
# Notes when the script last came to rest; a rerun is over when it has rested for a moment.
WATCH = f"""() => {{
  let before = {STATE};
  window.rested = 0;
  new MutationObserver(() => {{
    const now = {STATE};
    if (now !== before && now === 'notRunning') window.rested = performance.now();
    before = now;
  }}).observe(document.querySelector('.stApp'), {{ attributes: true }});
}}"""


def fill(server: Server, count: int) -> None:
    """`count` pictures in ten classes and one finished run, by the command line."""
    with tempfile.TemporaryDirectory() as folder:
        noise = Image.effect_noise((320, 240), 90).convert("RGB")
        for number in range(count):
            path = Path(folder, f"class {number % 10}", f"{number}.jpg")
            path.parent.mkdir(exist_ok=True)
            noise.paste((number % 256, number // 256, 128), (0, 0, 160, 160))
            noise.save(path)
        data, run = server.home / "datasets" / "thousand", server.home / "runs" / "run"
        _command(server, "import", folder, "--name", "Thousand", "--out", data)
    config = server.home / "config.json"
    config.write_bytes(configuration.to_json(small(epochs=20)))
    _command(server, "train", data, "--out", run, "--config", config)


def _command(server: Server, *arguments: object) -> None:
    words = [sys.executable, "-m", "tlcore", *map(str, arguments)]
    subprocess.run(words, cwd=ROOT, env={**os.environ, **server.env}, check=True, capture_output=True)


def score_all(server: Server) -> None:
    """Another run: the same with a report that says every picture is a test one; four of five are right."""
    folder = server.home / "runs" / "scored"
    shutil.copytree(server.home / "runs" / "run", folder)
    manifest = Dataset(server.home / "datasets" / "thousand").read()
    true = np.array([manifest.classes.index(example.label) for example in manifest.examples])
    logits = np.random.default_rng(0).normal(size=(len(true), len(manifest.classes)))
    logits[np.arange(len(true)), true] += 2.5
    shown = [(example.sha256, example.name) for example in manifest.examples]
    test = report.score("test", manifest.classes, true, calibration.probabilities(logits, 0.9), shown)
    found = calibration.calibrate(true, logits, 0.9, "out-of-fold", len(true))
    whole = msgspec.structs.replace(Run(folder).report(), test=test, calibration=found)
    report.write(folder / "report.json", whole)


def first_page(server: Server, new_page: Callable[[], Page]) -> dict[str, float]:
    """Seconds from the command to a Home page that can be used, and of its next visit."""
    page = new_page()
    began = time.perf_counter()
    server.start()
    answering = time.perf_counter()
    _open(page, server.url)
    ready = time.perf_counter()
    page.close()
    page = new_page()
    again = time.perf_counter()
    _open(page, server.url)
    load = time.perf_counter() - again
    page.close()
    return {
        "server_s": round(answering - began, 2),
        "start_to_home_s": round(ready - began, 2),
        "first_load_s": round(ready - answering, 2),
        "next_load_s": round(load, 2),
    }


def _open(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("heading", level=1).wait_for()
    until(page, f"{STATE} === 'notRunning'")


def reruns(page: Page, server: Server, times: int, rest: int) -> dict[str, float]:
    """Median seconds of a rerun of each page; for Data also of turning over to sixty other pictures."""
    found: dict[str, float] = {}
    for name in PAGES:
        _open(page, f"{server.url}/{name}")
        page.wait_for_timeout(rest)  # charts and pictures of the first drawing
        page.evaluate(WATCH)
        page.locator("h1").click()
        waits = [_rerun(page, lambda: page.keyboard.press("r")) for _ in range(times)]
        found[name or "home"] = round(statistics.median(waits), 3)
        if name == "data":
            found["data_next_60"] = round(_turn_over(page), 3)
    return found


def sections(page: Page, server: Server, rest: int) -> dict[str, float]:
    """Seconds from the click until each section of the Evaluate page is drawn, for the first time."""
    _open(page, f"{server.url}/train?run=scored")
    page.wait_for_timeout(rest)
    found = {}
    for name, last in DRAWN.items():
        began = time.perf_counter()
        page.get_by_test_id("stMain").get_by_text(name, exact=True).click()
        page.locator(last).first.wait_for()
        until(page, f"{STATE} === 'notRunning'")
        page.locator("[data-testid=stImage] img").evaluate_all(LOADED)
        found[name] = round(time.perf_counter() - began, 3)
        page.wait_for_timeout(rest // 3)
    return found


def _rerun(page: Page, act: Any) -> float:
    before = page.evaluate("performance.now()")
    act()
    until(page, "before => window.rested > before", before)
    page.wait_for_timeout(300)
    return (page.evaluate("window.rested") - before) / 1000


def _turn_over(page: Page) -> float:
    """Seconds from the click on page 2 until its last picture is loaded."""
    pictures = page.locator(".item:visible img")
    old = pictures.last.get_attribute("src") or ""
    began = time.perf_counter()
    page.get_by_role("button", name="Page 2", exact=True).click()
    expect(pictures.last).not_to_have_attribute("src", old, timeout=30_000)
    pictures.evaluate_all(LOADED)
    return time.perf_counter() - began


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.set_defaults(pictures=1000, times=9, rest=3000)  # milliseconds of rest
    args = options.read()
    with tempfile.TemporaryDirectory() as home, browsing(args.quick, VIEW) as new_page:
        server = Server(Path(home, "workspace"))
        server.home.mkdir()
        fill(server, args.pictures)
        score_all(server)
        try:
            figures: dict[str, Any] = {"pictures": args.pictures, "first_page": first_page(server, new_page)}
            figures["memory_after_home_mb"] = round(server.memory() / 1e6)
            page = new_page()
            figures["evaluate_first_s"] = sections(page, server, args.rest)
            figures["rerun_s"] = reruns(page, server, args.times, args.rest)
            figures["memory_mb"] = round(server.memory() / 1e6)
        finally:
            server.stop()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
