"""A class of scripted browsers on one server: `python -m benchmarks.classroom [--quick] [--students N]`.

Every student joins with the code, takes the sample pictures and trains with the usual settings, all at once,
and leaves the tab open. When half of them have a model the server is killed with SIGKILL and started again.
At the end each has one data set and one finished model of their own, and the teacher's page shows them all.
Browsers, server and training share this machine, so seconds are those of a machine that is too small. Prints
JSON.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.common.measure import Row, at_least, at_most, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tests.fixtures.browser import CHEAP, Server, chromium
from tlcore.people import CLASSROOM, SWITCH, classroom
from tlcore.people.register import Person
from tlcore.runs.run import runs

QUICK = {"students": 2}
PATIENCE = 600_000  # milliseconds
LONGEST = 3600.0  # seconds for all trainings


def join(browser: Browser, server: Server, code: str, name: str) -> tuple[Page, float]:
    """A student's tab on the first page, and the seconds from the code to there."""
    page = browser.new_context(reduced_motion="reduce").new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server.url}/graft/join?code={code}")
    page.get_by_label("Your name").fill(name)
    began = time.perf_counter()
    page.get_by_role("button", name="Join").click()
    page.get_by_role("button", name="Try it with sample pictures").wait_for()
    return page, time.perf_counter() - began


def train(page: Page) -> float:
    """From the sample to a run in the queue; the seconds of that."""
    began = time.perf_counter()
    page.get_by_role("button", name="Try it with sample pictures").click()
    page.get_by_role("button", name="Change settings first").click()
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url("**/train**")
    return time.perf_counter() - began


def models(students: list[Person]) -> int:
    """How many students have a finished model."""
    return sum(any(run.has_model for run in runs(one.home / "runs")) for one in students)


def wait_for(wanted: int, students: list[Person], alive: Callable[[], bool]) -> None:
    """Wait until so many students have a model.

    Raises:
        SystemExit: they do not get it, or the server has ended.
    """
    deadline = time.monotonic() + LONGEST
    while models(students) < wanted:
        if time.monotonic() > deadline or not alive():
            raise SystemExit(f"{models(students)} of {wanted} models after {LONGEST:.0f} s")
        time.sleep(1)


def is_up(server: Server) -> bool:
    return server.process is not None and server.process.poll() is None


def measure(browser: Browser, folder: Path, number: int) -> Row:
    """The class from the first who joins to the last who has a model."""
    os.environ["GRAFT_HOME"] = str(folder)
    made = classroom.open_class(number, "https://192.0.2.7:8501")
    server = Server(folder, env={SWITCH: CLASSROOM}).start()
    empty, began = server.memory(), time.perf_counter()
    tabs = [join(browser, server, made.code, f"Student {one + 1}") for one in range(number)]
    started = [train(page) for page, _ in tabs]
    busy = server.memory()
    students = classroom.students()
    wait_for((number + 1) // 2, students, lambda: is_up(server))
    assert server.process is not None
    server.process.kill()  # with SIGKILL, and runs go on
    server.process.wait()
    before = models(students)
    server.start()
    wait_for(number, students, lambda: is_up(server))
    seconds = time.perf_counter() - began
    opened = [_reopen(page, server) for page, _ in tabs]
    shown = _rows_of_teacher(browser, server, made.pass_link(classroom.teacher()), number)
    row = {
        "students": number,
        "joined": len(students),
        "data_sets": [len(list((one.home / "datasets").iterdir())) for one in students],
        "models": [sum(run.has_model for run in runs(one.home / "runs")) for one in students],
        "models_at_the_kill": before,
        "shown_to_the_teacher": shown,
        "seconds_to_join": statistics.median(seconds for _, seconds in tabs),
        "seconds_to_start": statistics.median(started),
        "seconds_to_open_evaluate": statistics.median(opened),
        "seconds": seconds,
        "memory_mb": {"empty": empty / 1e6, "all tabs open": busy / 1e6, "at the end": server.memory() / 1e6},
    }
    server.stop()
    return row


def _reopen(page: Page, server: Server) -> float:
    """Seconds until a student's tab, opened again after the kill, shows the model's score."""
    began = time.perf_counter()
    page.goto(f"{server.url}/evaluate")
    page.get_by_test_id("stMetric").first.wait_for()
    return time.perf_counter() - began


def _rows_of_teacher(browser: Browser, server: Server, link: str, number: int) -> str:
    """The sentence above the teacher's table, once it counts all of them."""
    page = browser.new_context().new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server.url}{link[link.index('/graft/') :]}")
    page.get_by_role("button", name="Go on as Teacher").click()
    page.wait_for_url(f"{server.url}/")
    page.goto(f"{server.url}/class")
    told = page.get_by_text(f"{number} of {number} students have a model.")
    told.wait_for()
    return told.inner_text()


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--students", type=int, default=25)
    args = options.read()
    before = machine()
    with scratch() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHEAP)
        row = measure(browser, folder / "home", args.students)
        browser.close()
    print_table("a class", ("", ""), list(row.items()))
    whole = [data == models == 1 for data, models in zip(row["data_sets"], row["models"], strict=True)]
    targets = [
        at_least("students with exactly one data set and one model of their own", args.students, sum(whole)),
        at_most("megabytes of the page process at the end", 400, row["memory_mb"]["at the end"]),
    ]
    finish(args.quick, before, {**row, "targets": targets})


if __name__ == "__main__":
    main()
