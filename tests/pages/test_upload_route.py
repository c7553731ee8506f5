"""The upload route: who may post, what is refused, and that nothing is left of what does not finish."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import pytest
from starlette.requests import Request

from pages.components import upload_route as route
from tlcore.workspace import Workspace

HOST = "127.0.0.1:8501"


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    return Workspace().uploads


def post(*chunks: bytes, finish: bool = True, **headers: str) -> tuple[int, dict[str, object]]:
    """Post the chunks; without `finish` the browser goes away after the last one."""
    given = {"host": HOST, "origin": f"http://{HOST}", "x_graft_token": route.mint(), **headers}
    lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items() if value]
    scope = {"type": "http", "method": "POST", "path": route.PATH, "query_string": b"", "headers": lines}
    messages: Iterator[dict[str, object]] = iter(
        [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
        + [{"type": "http.request", "body": b""} if finish else {"type": "http.disconnect"}]
    )

    async def receive() -> dict[str, object]:
        return next(messages)

    with ThreadPoolExecutor(1) as pool:  # Playwright keeps an event loop in the main thread
        response = pool.submit(anyio.run, lambda: route.receive(Request(scope, receive))).result()
    return response.status_code, json.loads(bytes(response.body))


def test_the_body_lands_in_one_file_that_is_handed_out_once(uploads: Path) -> None:
    status, answer = post(b"ab", b"c" * 3_000_000, x_graft_name="..%2F..%2FMy%20Flowers.TAR.GZ")
    path = route.claim(str(answer["id"]))
    assert (status, answer["bytes"]) == (200, 3_000_002)
    assert path is not None and path.parent == uploads and path.name.endswith(".tar.gz")
    assert path.read_bytes() == b"ab" + b"c" * 3_000_000
    assert route.claim(str(answer["id"])) is None
    assert [item.name for item in uploads.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["", "x.exe", "..%2F..%2Fetc%2Fpasswd", "a.zip%00.py"])
def test_the_browsers_name_decides_no_path(name: str, uploads: Path) -> None:
    _, answer = post(b"x", x_graft_name=name)
    path = route.claim(str(answer["id"]))
    assert path is not None and path.parent == uploads and path.suffix == ".bin"


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example:8501", "origin": "http://evil.example:8501"},
        {"host": "127.0.0.1.evil.example", "origin": "http://127.0.0.1.evil.example"},
        {"host": "", "origin": "http://"},
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": f"file://{HOST}"},
    ],
)
def test_other_sites_are_refused(headers: dict[str, str], uploads: Path) -> None:
    status, answer = post(b"x", **headers)
    assert status == 403 and "id" not in answer
    assert list(uploads.iterdir()) == []


def test_localhost_is_as_good() -> None:
    assert post(b"x", host="localhost:8501", origin="http://localhost:8501")[0] == 200


def test_a_token_is_needed_and_works_once() -> None:
    token = route.mint()
    assert post(b"x", x_graft_token="guess")[0] == 403
    assert post(b"x", x_graft_token="")[0] == 403
    assert post(b"x", x_graft_token=token)[0] == 200
    status, answer = post(b"x", x_graft_token=token)
    assert status == 403 and "Reload this page" in str(answer["error"])


def test_an_aborted_upload_leaves_nothing_and_may_be_repeated(uploads: Path) -> None:
    token = route.mint()
    status, answer = post(b"x" * 2_000_000, finish=False, x_graft_token=token)
    assert status == 499 and not answer["id"]
    assert list(uploads.iterdir()) == []
    assert post(b"x", x_graft_token=token)[0] == 200


@pytest.mark.parametrize("announced", ["", str(10**12)])
def test_too_large_is_refused(announced: str, uploads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "limit", lambda: 1_000_000)
    status, answer = post(b"x" * 600_000, b"x" * 600_000, content_length=announced)
    assert status == 413 and "larger than" in str(answer["error"])
    assert list(uploads.iterdir()) == []


def test_a_full_disk_is_said_before_anything_is_written(
    uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tlcore.system.free_bytes", lambda folder: 1000)
    status, answer = post(b"x", content_length="1")
    assert status == 507 and "Not enough disk space" in str(answer["error"])
    assert list(uploads.iterdir()) == []


def test_an_empty_file_is_refused(uploads: Path) -> None:
    assert post(b"")[0] == 400
    assert list(uploads.iterdir()) == []


def test_sweep_deletes_only_our_old_files(uploads: Path) -> None:
    for name in ("upload-1.part", "upload-2.zip", "upload-3.part", "upload-4.zip", "query-5.png"):
        (uploads / name).write_bytes(b"x")
    now = (uploads / "upload-1.part").stat().st_mtime
    os.utime(uploads / "upload-1.part", (now - 2 * 3600,) * 2)
    os.utime(uploads / "upload-2.zip", (now - 25 * 3600,) * 2)
    os.utime(uploads / "query-5.png", (now - 90 * 3600,) * 2)
    for name, hours in (("fetch-6", 25), ("fetch-7", 2)):
        (uploads / name / "0").mkdir(parents=True)
        os.utime(uploads / name, (now - hours * 3600,) * 2)
    route.sweep(uploads, now)
    left = ["fetch-7", "query-5.png", "upload-3.part", "upload-4.zip"]
    assert sorted(path.name for path in uploads.iterdir()) == left


def test_old_tokens_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "MOST_TOKENS", 2)
    desk = route.Desk()
    first, second, third = desk.mint(), desk.mint(), desk.mint()
    assert [desk.take(token) for token in (first, second, third)] == [False, True, True]
    assert not desk.take(second), "one upload at a time for a token"
