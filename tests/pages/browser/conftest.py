"""One server with the page of a file, `PAGE`, for all of its tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.fixtures import SHORT
from tests.fixtures.browser import Server


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page at work until the file ends."""
    home, script = tmp_path_factory.mktemp("page") / "workspace", request.module.PAGE
    server = Server(home, script, {"PYTHONPATH": SHORT}).start()
    yield server
    server.stop()


@pytest.fixture
def server(running: Server) -> Server:
    """The page at work; it has received nothing yet."""
    (running.home / "received.jsonl").unlink(missing_ok=True)
    shutil.rmtree(running.home / "cache" / "uploads", ignore_errors=True)
    return running
