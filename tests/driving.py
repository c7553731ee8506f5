"""Starting the real server in a temporary workspace, for browser tests and benchmarks."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import psutil
from playwright.sync_api import Locator, Page

ROOT = Path(__file__).resolve().parent.parent
# `urlopen` keeps the proxies that it finds at its first call, and some tests pretend there are some.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Server:
    """`streamlit run SCRIPT` on a free port with `home` as its workspace; start, stop and start again."""

    def __init__(
        self,
        home: Path,
        script: str = "app.py",
        env: dict[str, str] | None = None,
        before: Sequence[str] = (),  # words before the command
    ) -> None:
        self.home, self.script, self.before = home, script, before
        self.env = {**os.environ, "PYTHONPATH": str(ROOT), "GRAFT_HOME": str(home), **(env or {})}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = home / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, within: float = 60.0) -> Server:
        """Start the server and wait until it answers."""
        options = ["--server.port", str(self.port), "--server.headless", "true"]
        command = [*self.before, sys.executable, "-m", "streamlit", "run", self.script, *options]
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=out, stderr=out)
        deadline = time.monotonic() + within
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with DIRECT.open(f"{self.url}/_stcore/health", timeout=5):
                    return self
            except OSError:
                time.sleep(0.05)
        said = self.log.read_text(errors="replace")
        self.stop()
        raise AssertionError(f"the server did not start:\n{said}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(timeout=10)
        self.process = None

    def memory(self) -> int:
        """Resident memory of the page process, in bytes."""
        assert self.process is not None
        return int(psutil.Process(self.process.pid).memory_info().rss)


def complaints(page: Page) -> list[str]:
    """What goes wrong on this page from now on: its script failed, or did what its policy forbids."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda said: heard.append(said.text) if "Content Security" in said.text else None)
    return heard


def until(page: Page | Locator, expression: str, arg: object = None, within: float = 20.0) -> None:
    """Ask a page, or a part of it, until the expression holds, for so many seconds.

    Playwright's own `wait_for_function` evaluates text in the page, which the page's security policy forbids.
    """
    deadline = time.monotonic() + within
    while not page.evaluate(expression, arg):
        assert time.monotonic() < deadline, f"{expression} never held"
        time.sleep(0.05)


def chromium() -> str:
    """The Chromium that drives the browser tests; they fail without one, as nothing else sees the pages."""
    names = (os.environ.get("GRAFT_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found is None:
        raise AssertionError(
            "Chromium is missing: `apt-get install chromium`, or set GRAFT_CHROMIUM to its path"
        )
    return found
