"""Memory of the page process with many visitors: `python -m benchmarks.sessions [--quick] [--home DIR]`.

Imports 1,000 pictures and trains a small run in a temporary workspace, then opens forty browser sessions in
Chromium, each with cookies of its own, and leads each to ten addresses: the seven pages and, for three of
them, a chosen run or data set. All stay connected until the last has seen its ten. Prints JSON: memory of the
page process after its first page, at its peak, and one minute after the last session has ended, in MB; and
all errors: exceptions on a page, errors of its script, refusals by its security policy.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path

from playwright.async_api import Browser, ConsoleMessage, Error, Page, async_playwright, expect

from benchmarks.common.options import Options
from benchmarks.pages import fill, score_all
from tests.fixtures.browser import Server, chromium

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
QUICK = {"pictures": 70, "sessions": 1, "afterwards": 1}
EVERY = 0.2  # seconds between two looks at the memory


async def visited(page: Page, url: str) -> list[str]:
    """Open one address, wait until all of it is drawn, and say what went wrong."""
    await page.goto(url, timeout=PATIENCE)
    await page.get_by_role("heading", level=1).wait_for(timeout=PATIENCE)
    state = expect(page.get_by_test_id("stApp"))
    await state.to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
    return [f"{url}: {text}" for text in await page.get_by_test_id("stException").all_inner_texts()]


async def session(browser: Browser, server: Server, turn: asyncio.Semaphore) -> tuple[Page, list[str]]:
    """One visitor: ten addresses, one after the other. The page stays open."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on("console", lambda said: wrong.append(said.text) if _is_error(said) else None)
    for address in ADDRESSES:
        async with turn:
            try:
                wrong += await visited(page, f"{server.url}/{address}")
            except (Error, AssertionError) as error:  # it did not come in time
                wrong.append(f"{address}: {error}")
    return page, wrong


def _is_error(said: ConsoleMessage) -> bool:
    """True for a failure. Streamlit's page first asks for its server below its own address: a 404."""
    return said.type == "error" and "/_stcore/" not in said.location.get("url", "")


async def watch(server: Server, seen: list[int]) -> None:
    """Note the memory of the page process until cancelled."""
    while True:
        seen.append(server.memory())
        await asyncio.sleep(EVERY)


async def measured(server: Server, count: int, afterwards: float) -> dict[str, object]:
    """The figures of `count` sessions on a running server, the last one so many seconds after their end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        first = await browser.new_page()
        await visited(first, server.url)
        await first.close()
        seen = [server.memory()]
        watching = asyncio.create_task(watch(server, seen))
        turn = asyncio.Semaphore(AT_ONCE)
        began = time.perf_counter()
        done = await asyncio.gather(*(session(browser, server, turn) for _ in range(count)))
        seconds = time.perf_counter() - began
        await browser.close()
        await asyncio.sleep(afterwards)
        watching.cancel()
    wrong = [line for _, lines in done for line in lines]
    return {
        "sessions": count,
        "pages": count * len(ADDRESSES),
        "seconds": round(seconds),
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
    options.set_defaults(pictures=1000, sessions=40, afterwards=60)
    args = options.read()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(args.home or Path(folder, "workspace"))
        if not (server.home / "runs" / "scored").is_dir():
            server.home.mkdir(parents=True, exist_ok=True)
            fill(server, args.pictures)
            score_all(server)
        try:
            figures = asyncio.run(measured(server.start(), args.sessions, args.afterwards))
        finally:
            server.stop()
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
