"""Seconds from the click on Train until "Try it" is seen: `python -m benchmarks.click_to_model [--quick]`.

The real app in Chromium, with 350 photos and with 1,000 + 300, several times each: with nothing prepared;
with a spare worker; with the frozen part's features, too; and with another head afterwards. Clocks run in the
page itself: the first epoch on the curves, "Try it", and the model ready with its saved file proven. Prints
JSON.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from playwright.sync_api import Page

from benchmarks.common import pictures
from benchmarks.common.browsing import browsing
from benchmarks.common.measure import (
    Home,
    Row,
    at_most,
    finish,
    import_dataset,
    machine,
    print_table,
    scratch,
)
from benchmarks.common.options import Options
from tests.fixtures.browser import Server
from tlcore.runs.workers.spare_worker import OFF, SPARE

QUICK = {"photos": 20, "large": 0, "rounds": 1}
CASES = ("nothing", "spare worker", "features too", "another head")
EVENTS = ("first epoch", "try it", "proven")
# Seconds that the page may take on two quiet cores, by number of photos, case and event.
BARS = {
    ("photos", "features too", "try it"): 2.5,
    ("photos", "features too", "first epoch"): 1.0,
    ("photos", "another head", "try it"): 2.0,
    ("large", "features too", "try it"): 4.0,
}
# Notes the moment of the click, and of each event, when it is first to be seen.
CLOCK = """() => {
  const seen = window.seen = {};
  const text = (node) => node.innerText || '';
  const all = (kind) => [...document.querySelectorAll(kind)];
  const events = {
    'first epoch': () => all('[data-testid=stMetric]').some((metric) => /epoch/i.test(text(metric))
      && parseInt(text(metric.querySelector('[data-testid=stMetricValue]'))) > 0),
    'try it': () => all('button, a').some((button) => /Try it$/.test(text(button).trim())),
    'proven': () => all('button').some((button) => /Download the model$/.test(text(button).trim())),
  };
  document.addEventListener('click', (event) => {
    if (!/Train$/.test(text(event.target.closest('button') || event.target).trim())) return;
    const began = performance.now();
    const clock = setInterval(() => {
      for (const [name, holds] of Object.entries(events))
        if (!(name in seen) && holds()) seen[name] = (performance.now() - began) / 1000;
      if (Object.keys(seen).length === 3) clearInterval(clock);
    }, 20);
  }, true);
}"""


def click(page: Page, server: Server, data: str, head: str = "") -> Row:
    """Open Model, wait until all is ready that is to be, click Train, and tell what was seen when.

    Args:
        head: number of hidden layers to choose; "": as the page has it.
    """
    page.goto(f"{server.url}/model?data={data}")
    page.get_by_role("button", name="Train", exact=True).wait_for()
    if head:
        page.get_by_test_id("stButtonGroup").get_by_text(head, exact=True).first.click()
    wait_for_spare(server)
    page.evaluate(CLOCK)
    page.get_by_role("button", name="Train", exact=True).click()
    deadline = time.monotonic() + 300
    while len(seen := page.evaluate("window.seen")) < len(EVENTS):
        if time.monotonic() > deadline:
            raise SystemExit(f"seen so far: {seen}")
        time.sleep(0.2)
    while "Ready" not in page.get_by_test_id("stMain").inner_text():  # the analysis goes on
        time.sleep(0.2)
    return {event: round(seen[event], 2) for event in EVENTS}


def wait_for_spare(server: Server) -> None:
    """Until the spare worker, where one is to be, has nothing left to load."""
    time.sleep(1)
    if server.env.get(OFF) == "0" or server.process is None:
        return
    busy, deadline = -1.0, time.monotonic() + 120
    while time.monotonic() < deadline:
        children = psutil.Process(server.process.pid).children()
        spare = next(filter(_is_spare, children), None)
        spent = sum(spare.cpu_times()[:2]) if spare else -1.0
        if spare and spent - busy < 0.02:
            return
        busy = spent
        time.sleep(1)
    raise SystemExit("No spare worker stands by: memory is short.")


def _is_spare(child: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):  # it has ended
        return SPARE in child.cmdline()
    return False


@contextlib.contextmanager
def app(home: Home, spare: bool) -> Iterator[Server]:
    """The app on that workspace; features are prepared by earlier runs alone."""
    env = {**home.env, OFF: "1" if spare else "0", "GRAFT_PREPARE": "0"}
    server = Server(home.folder, env=env).start()
    try:
        yield server
    finally:
        server.stop()


def one_round(page: Page, home: Home, data: str) -> dict[str, Row]:
    """Each case once, in their order."""
    found: dict[str, Row] = {}
    for spare in (False, True):
        shutil.rmtree(home.folder / "cache" / "features", ignore_errors=True)
        with app(home, spare) as server:
            if not spare:
                found["nothing"] = click(page, server, data)
                continue
            for case in CASES[1:]:
                found[case] = click(page, server, data, "2" if case == "another head" else "")
                if case == CASES[1]:
                    found["memory"] = memory(server)
    return found


def memory(server: Server) -> Row:
    """Resident megabytes of the page process."""
    return {"page_process_mb": round(server.memory() / 1e6)}


def measure(page: Page, folder: Path, counts: dict[str, int], rounds: int) -> Row:
    """The median of each event in each case, and all rounds."""
    made_of = pictures.make(folder / "data", counts)
    weights = os.environ.get("GRAFT_WEIGHTS")
    home = Home(folder / "home", Path(weights) if weights else None)
    data, _ = import_dataset(home, folder / "data", "photos")
    all_rounds = [one_round(page, home, data.name) for _ in range(rounds)]
    middle = {
        case: {event: statistics.median(one[case][event] for one in all_rounds) for event in EVENTS}
        for case in CASES
    }
    return {"pictures": counts, "made_of": made_of, "median": middle, "rounds": all_rounds}


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.set_defaults(photos=350, large=1300, rounds=3)
    args = options.read()
    before = machine()
    sizes = {"photos": args.photos, "large": args.large}
    found: Row = {}
    with scratch() as folder, browsing(args.quick) as new_page:
        page = new_page()
        for name, count in sizes.items():
            if count:
                parts = {"train": count * 10 // 13, "test": count - count * 10 // 13}
                found[name] = measure(page, folder / name, parts, args.rounds)
    for name, row in found.items():
        cells = [(case, *row["median"][case].values()) for case in CASES]
        print_table(f"Seconds from the click, {sizes[name]} photos", ("prepared", *EVENTS), cells)
    found["targets"] = [
        at_most(f"{sizes[name]} photos, {case}: {event}", bar, found[name]["median"][case][event])
        for (name, case, event), bar in BARS.items()
        if name in found
    ]
    finish(args.quick, before, found)


if __name__ == "__main__":
    main()
