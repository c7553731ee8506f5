"""One server with many visitors: `python -m benchmarks.sessions [--quick] [--people] [--home DIR]`.

Imports 1,000 pictures and trains a small run in a temporary workspace, then opens fifty browser sessions in
Chromium, each with cookies of its own, and leads each to ten addresses: the seven pages and, for three of
them, a chosen run or data set. With `--people` each is another student of a class, and has all of that in a
workspace of their own; else all are one person. All stay connected until the last has seen its ten. Prints
JSON: seconds until a page is drawn, four at a time; memory of the page process after its first page, at its
peak, and one minute after the last session has ended, in MB; and all errors: exceptions on a page, errors of
its script, refusals by its security policy.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Browser, ConsoleMessage, Error, Page, async_playwright, expect

from benchmarks.common.browsing import flags
from benchmarks.common.options import Options
from benchmarks.pages import fill, score_all
from tests.fixtures.browser import Server, chromium
from tlcore.people import CLASSROOM, SWITCH, classroom, register

ADDRESSES = (
    "",
    "data",
    "model",
    "train?run=scored",
    "evaluate?run=scored",
    "predict?run=run",
    "compare",
    "data?data=thousand",
    "train?run=run",
    "evaluate?run=scored&section=mistakes",
)
AT_ONCE = 4  # sessions that load a page at the same moment; more only wait for the processor
PATIENCE = 120_000  # milliseconds until a page of a busy machine must stand
QUICK = {"pictures": 70, "sessions": 1, "first": 1, "afterwards": 1}
EVERY = 0.2  # seconds between two looks at the memory


class Visit(NamedTuple):
    """What one session has seen."""

    seconds: list[float]  # for each address
    wrong: list[str]


async def visited(page: Page, url: str) -> list[str]:
    """Open one address, wait until all of it is drawn, and say what went wrong."""
    await page.goto(url, timeout=PATIENCE)
    await page.get_by_role("heading", level=1).wait_for(timeout=PATIENCE)
    state = expect(page.get_by_test_id("stApp"))
    await state.to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
    return [f"{url}: {text}" for text in await page.get_by_test_id("stException").all_inner_texts()]


async def session(
    browser: Browser,
    server: Server,
    turn: asyncio.Semaphore,
    link: str,
    addresses: tuple[str, ...] = ADDRESSES,
) -> Visit:
    """One visitor: ten addresses, one after the other. The page stays open.

    Args:
        link: where this person comes in; "" needs no door.
    """
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    seen = Visit([], [])
    page.on("pageerror", lambda error: seen.wrong.append(f"{page.url}: {error}"))
    page.on("console", lambda said: seen.wrong.append(said.text) if _is_error(said) else None)
    if link:
        await page.goto(link, timeout=PATIENCE)
        await page.get_by_role("button", name="Go on as").click()
        await page.wait_for_url(f"{server.url}/", timeout=PATIENCE)
    for address in addresses:
        async with turn:
            began = time.perf_counter()
            try:
                seen.wrong.extend(await visited(page, f"{server.url}/{address}"))
            except (Error, AssertionError) as error:  # it did not come in time
                seen.wrong.append(f"{address}: {error}")
            seen.seconds.append(time.perf_counter() - began)
    return seen


def open_class(server: Server, count: int) -> list[str]:
    """Students who each have all that the workspace has, and the links that let them in."""
    os.environ["GRAFT_HOME"] = str(server.home)
    made = classroom.open_class(count, server.url)
    links = []
    for number in range(count):
        person = register.add(f"Student {number + 1}")
        for name in ("datasets", "runs"):
            shutil.copytree(server.home / name, person.home / name, copy_function=os.link, dirs_exist_ok=True)
        for path in person.home.glob("*/*/*.json"):  # a path leads into their own workspace
            content = path.read_bytes().replace(str(server.home).encode(), str(person.home).encode())
            path.unlink()
            path.write_bytes(content)
        links.append(made.pass_link(person))
    return links


def _is_error(said: ConsoleMessage) -> bool:
    """True for a failure. Streamlit's page first asks for its server below its own address: a 404."""
    return said.type == "error" and "/_stcore/" not in said.location.get("url", "")


async def watch(server: Server, seen: list[int]) -> None:
    """Note the memory of the page process until cancelled."""
    while True:
        seen.append(server.memory())
        await asyncio.sleep(EVERY)


async def measured(server: Server, links: list[str], args: argparse.Namespace) -> dict[str, object]:
    """The figures of sessions on a running server, one for each link, the last figure `args.afterwards`
    seconds after their end.
    """
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=flags(args.quick))
        await session(browser, server, asyncio.Semaphore(), links[0], ADDRESSES[: args.first])
        seen = [server.memory()]
        watching = asyncio.create_task(watch(server, seen))
        turn = asyncio.Semaphore(AT_ONCE)
        began = time.perf_counter()
        done = await asyncio.gather(*(session(browser, server, turn, link) for link in links))
        seconds = time.perf_counter() - began
        await browser.close()
        await asyncio.sleep(args.afterwards)
        watching.cancel()
    wrong = [line for one in done for line in one.wrong]
    times = sorted(second for one in done for second in one.seconds)
    return {
        "sessions": len(links),
        "pages": len(times),
        "seconds": round(seconds),
        "median_page_s": round(statistics.median(times), 2),
        "slowest_twentieth_s": round(times[len(times) * 19 // 20], 2),
        "start_mb": round(seen[0] / 1e6),
        "peak_mb": round(max(seen) / 1e6),
        "after_a_minute_mb": round(server.memory() / 1e6),
        "errors": len(wrong),
        "first_errors": wrong[:5],
    }


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--home", type=Path, help="a workspace that it made before, or shall make")
    options.add_argument("--people", action="store_true", help="each session is another student's")
    options.set_defaults(pictures=1000, sessions=50, first=len(ADDRESSES), afterwards=60)
    args = options.read()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(args.home or Path(folder, "workspace"))
        if not (server.home / "runs" / "scored").is_dir():
            server.home.mkdir(parents=True, exist_ok=True)
            fill(server, args.pictures)
            score_all(server)
        links = [""] * args.sessions
        if args.people:
            server.env[SWITCH] = CLASSROOM
            links = open_class(server, args.sessions)
        try:
            figures = asyncio.run(measured(server.start(), links, args))
        finally:
            server.stop()
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
