"""The estimate before any training: how soon it stands, and how near it comes.

    python -m benchmarks.estimate [--rounds 3] [--quick]

A folder of 350 photos is dropped on the Data page in Chromium, several times, each in an empty workspace:
the seconds until the data set is ready, until its preparation has begun, until the features are there and
until the estimate is seen, with a spare worker and without one. Then the slider of the estimate: the seconds
from letting go of it until the new accuracy is seen, at several places. Then for each set of pictures: the
estimate beside the test accuracy of the default recipe; estimates of random halves, whole and with few
examples of each class, beside the accuracy of the same kind of head on the other half; and the CPU seconds of
an estimate whose features are there. Prints JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from playwright.sync_api import Page

from benchmarks.common import pictures, sets
from benchmarks.common.browsing import browsing
from benchmarks.common.halves import halves
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
from tlcore.backbones.weights import weights
from tlcore.evaluate.estimate import record
from tlcore.runs.workers.spare_worker import OFF

SETS = ("flowers5", "signdigits10", "caltech10_easy", "bloodcells3")
CASES = {"spare worker": True, "without": False}
QUICK = {"photos": 20, "rounds": 1, "cases": ["spare worker"], "slides": (30,), "sets": ["drawn"]}
QUICK |= {"changes": sets.SHORTEST, "draws": 1, "look": 0.25, "places": 2}
MOST_SECONDS = 300
PLACES = (0.5, 0.02, 0.25, 0.9, 0.1, 0.75)  # on the slider, in turn
EVENTS = ("ready", "begun", "features", "seen")


def drop(page: Page, home: Home, folder: Path, spare: bool, look: float) -> Row:
    """Drop the folder on the Data page; the seconds until each event."""
    env = {**home.env, "GRAFT_PREPARE": "1", OFF: "1" if spare else "0"}
    server = Server(home.folder, env=env).start()
    try:
        page.goto(f"{server.url}/data")
        field = page.get_by_label("Folder of pictures", exact=True)
        field.wait_for(state="attached")
        page.wait_for_timeout(1000)
        began = time.perf_counter()
        field.set_input_files(folder)
        seen: Row = {}
        while len(seen) < len(EVENTS):
            for event in EVENTS:
                if event not in seen and holds(event, page, home.folder):
                    seen[event] = round(time.perf_counter() - began, 2)
            if time.perf_counter() - began > MOST_SECONDS:
                raise SystemExit(f"seen so far: {seen}")
            time.sleep(look)
        return {**seen, "page_process_mb": round(server.memory() / 1e6)}
    finally:
        page.goto("about:blank")
        server.stop()


def holds(event: str, page: Page, home: Path) -> bool:
    """Whether an event has come to pass."""
    if event == "seen":
        return page.get_by_text("first model would get", exact=False).count() > 0
    if event == "ready":
        return any(home.glob("datasets/*/manifest.json"))
    jobs = list(home.glob("cache/estimates/*/*/"))
    if event == "features":
        return any((job / record.FEATURES).is_file() for job in jobs)
    with contextlib.suppress(OSError, ValueError):
        return any(json.loads((job / "status.json").read_bytes())["attempt"] for job in jobs)
    return False


def drops(new_page: Callable[[], Page], folder: Path, args: Row) -> Row:
    """The median of each event, and all rounds."""
    count = args["photos"]
    pictures.make(folder / "made", {"train": count})
    chosen = folder / "made" / "train"
    found: Row = {"photos": count}
    page = new_page()
    for case in args["cases"]:
        rounds = []
        for number in range(args["rounds"]):
            home = Home(folder / f"home{number}{case}", weights.folder())
            rounds.append(drop(page, home, chosen, CASES[case], args["look"]))
        middle = {event: statistics.median(one[event] for one in rounds) for event in EVENTS}
        found[case] = {"median": middle, "rounds": rounds}
    page.close()
    return found


def slides(new_page: Callable[[], Page], folder: Path, args: Row) -> Row:
    """Seconds that the accuracy takes to follow the slider, and its child's memory, by number of photos."""
    found: Row = {}
    for count in args["slides"]:
        pictures.make(folder / f"slide{count}", {"train": count})
        home = Home(folder / f"slide-home{count}", weights.folder())
        data, _ = import_dataset(home, folder / f"slide{count}", "photos")
        home.run("tlcore", "prepare", data, "--json")
        server = Server(home.folder, env={**home.env, "GRAFT_PREPARE": "0"}).start()
        page = new_page()
        try:
            page.goto(f"{server.url}/data")
            found[str(count)] = slide(page, args) | {"child_mb": child_mb(server)}
        finally:
            page.close()
            server.stop()
    return found


def slide(page: Page, args: Row) -> Row:
    """Seconds from letting go of the slider, at new places and at one that was tried before."""
    page.get_by_text("first model would get", exact=False).first.click()
    page.get_by_role("slider").first.wait_for()
    page.wait_for_timeout(2000)  # a person looks first, and the child loads
    left = page.get_by_test_id("stSlider").bounding_box()
    thumb = page.get_by_test_id("stSliderThumbValue").locator("..").bounding_box()
    assert left and thumb
    middle = thumb["y"] + thumb["height"] / 2
    new: list[float] = []
    for number in range(args["rounds"]):
        for place in PLACES[: args["places"]]:
            x = left["x"] + (place + 0.03 * number) % 1 * left["width"]
            new.append(let_go(page, x, middle, args["look"] / 2))
    again = let_go(page, left["x"] + PLACES[0] * left["width"], middle, args["look"] / 2)
    return {"median": statistics.median(new), "longest": max(new), "again": again, "n": len(new)}


def let_go(page: Page, x: float, y: float, look: float) -> float:
    """Drag the slider to a place; the seconds from there until the page says its accuracy."""
    value = page.get_by_test_id("stSliderThumbValue")
    thumb = value.locator("..").bounding_box()
    assert thumb
    page.mouse.move(thumb["x"] + thumb["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(x, y, steps=5)
    each = value.inner_text()
    began = time.perf_counter()
    page.mouse.up()
    words = re.compile(rf"^With (all, )?{each} ")  # at the end of the slider there is nothing to ask
    while not page.get_by_test_id("stMetricLabel").filter(has_text=words).count():
        if time.perf_counter() - began > MOST_SECONDS:
            raise SystemExit(f"the page never said: {words.pattern}")
        time.sleep(look)
    return round(time.perf_counter() - began, 3)


def child_mb(server: Server) -> int:
    """Memory of the process behind the slider."""
    assert server.process is not None
    children = psutil.Process(server.process.pid).children()
    (child,) = [one for one in children if "estimate" in one.cmdline()]
    return round(child.memory_info().rss / 1e6)


def nearness(home: Home, source: Path, changes: Row, draws: int) -> Row:
    """The estimate of a data set, the accuracy of a trained model, halves of it, and CPU seconds."""
    data, _ = import_dataset(home, source, source.name)
    file = home.folder / "settings.json"
    file.write_text(json.dumps(changes))
    settings = ("--config", file, "--json")
    told, _ = home.run("tlcore", "prepare", data, *settings)
    before = _cpu_seconds()
    home.run("tlcore", "prepare", data, *settings)  # the features are there now
    spent = _cpu_seconds() - before
    run = home.folder / f"run-{source.name}"
    trained, _ = home.run("tlcore", "train", data, "--out", run, *settings)
    low, high = told["interval"]
    return {
        "estimate": round(told["accuracy"], 4),
        "interval": [round(low, 4), round(high, 4)],
        "n": told["n"],
        "trained": round(trained["accuracy"], 4),
        "test_interval": [round(end, 4) for end in trained["interval"]],
        "test_n": trained["n"],
        "cpu_seconds": round(spent, 2),
        "halves": halves(Path(told["preparation"]), data, draws),
    }


def _cpu_seconds() -> float:
    """CPU seconds of all ended children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--photos", type=int, default=350)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--data", type=Path, default=sets.SHARED)
    options.set_defaults(sets=SETS, cases=list(CASES), changes={}, draws=10, slides=(350, 1300))
    options.set_defaults(look=0.02, places=len(PLACES))
    args = options.read()
    before = machine()
    os.environ.pop("GRAFT_HOME", None)
    with scratch() as folder:
        with browsing(args.quick) as new_page:
            dropped = drops(new_page, folder, vars(args))
            slid = slides(new_page, folder, vars(args))
        home = Home(folder / "near", weights.folder())
        folders = sets.gather(args.sets, args.data, folder)
        near = {name: nearness(home, data, args.changes, args.draws) for name, data in folders.items()}
    cells = [(name, *dropped[name]["median"].values()) for name in args.cases]
    print_table("Seconds from the drop", ("", *EVENTS), cells)
    cells = [(count, *one.values()) for count, one in slid.items()]
    print_table("Seconds from letting go", ("", "median", "longest", "again", "n", "child MB"), cells)
    columns = ("estimate", "interval", "trained", "test_interval", "test_n", "cpu_seconds")
    lines = [(name, *(row[key] for key in columns)) for name, row in near.items()]
    print_table("Estimates", ("", *columns), lines)
    amounts = list(next(iter(near.values()))["halves"])
    lines = [(name, *(tuple(one.values()) for one in row["halves"].values())) for name, row in near.items()]
    print_table("Gap of halves, and the share inside the interval", ("", *amounts), lines)
    seen = dropped["spare worker"]["median"]["seen"]
    targets = [
        at_most("seconds until the estimate is seen", 10, seen),
        *(at_most(f"seconds after the slider, {count}", 1, one["median"]) for count, one in slid.items()),
        at_most("page process, MB", 250, max(one["page_process_mb"] for one in all_rounds(dropped))),
    ]
    finish(args.quick, before, {"drop": dropped, "slide": slid, "near": near, "targets": targets})


def all_rounds(dropped: Row) -> list[Row]:
    """Every round of both cases."""
    return [one for name in CASES if name in dropped for one in dropped[name]["rounds"]]


if __name__ == "__main__":
    main()
