"""The upload route: who may post, what is refused, and that nothing is left of what does not finish."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.requests import Request

from pages.components.browser.upload import route
from tlcore import system
from tlcore.workspace import KEEP_FREE, Workspace
from tlcore.workspace.home import at_home


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    return Workspace().uploads


Answer = tuple[int, dict[str, object]]


async def sent(*chunks: bytes, finish: bool = True, **headers: str) -> Answer:
    """Send the chunks; without `finish` the browser goes away after the last one."""
    given = {"x_graft_token": route.mint(), **headers}
    lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items() if value]
    scope = {"type": "http", "method": "POST", "path": route.PATH, "query_string": b"", "headers": lines}
    messages: Iterator[dict[str, object]] = iter(
        [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
        + [{"type": "http.request", "body": b""} if finish else {"type": "http.disconnect"}]
    )

    async def receive() -> dict[str, object]:
        await anyio.sleep(0)  # others have their turn
        return next(messages)

    response = await route.receive(Request(scope, receive))
    return response.status_code, json.loads(bytes(response.body))


def run(action: Callable[[], Awaitable[Any]]) -> Any:
    with ThreadPoolExecutor(1) as pool:  # Playwright keeps an event loop in the main thread
        return pool.submit(anyio.run, action).result()


def post(*chunks: bytes, finish: bool = True, **headers: str) -> Answer:
    return run(lambda: sent(*chunks, finish=finish, **headers))


def post_together(count: int, *chunks: bytes, **headers: str) -> list[Answer]:
    """The same upload `count` times, at the same time."""
    answers: list[Answer] = []

    async def one() -> None:
        answers.append(await sent(*chunks, **headers))

    async def all_of_them() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(count):
                group.start_soon(one)

    run(all_of_them)
    return answers


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


@pytest.fixture
def small_disk(uploads: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A disk with room for 4.5 MB above the reserve; the list notes what was free at each look."""
    seen: list[int] = []

    def free(_: Path) -> int:
        files = [path.stat() for path in uploads.iterdir()]
        seen.append(KEEP_FREE + 4_500_000 - sum(min(at.st_size, 512 * at.st_blocks) for at in files))
        return seen[-1]

    monkeypatch.setattr("tlcore.system.free_bytes", free)
    monkeypatch.setattr(route, "BLOCK", 50_000)
    monkeypatch.setattr(route, "STEP", 200_000)
    return seen


def test_uploads_at_once_share_the_room_that_there_is(uploads: Path, small_disk: list[int]) -> None:
    answers = post_together(8, *[b"x" * 100_000] * 10, content_length="1000000")
    assert sorted(status for status, _ in answers) == [200] * 4 + [507] * 4
    assert [path.stat().st_size for path in uploads.iterdir()] == [1_000_000] * 4
    assert system.free_bytes(uploads) >= KEEP_FREE and min(small_disk) >= KEEP_FREE


def test_bodies_in_chunks_are_promised_room_while_they_grow(uploads: Path, small_disk: list[int]) -> None:
    answers = post_together(8, *[b"x" * 100_000] * 10)
    assert 1 <= sum(status == 200 for status, _ in answers) <= 4
    assert {status for status, _ in answers} == {200, 507}
    assert {path.stat().st_size for path in uploads.iterdir()} == {1_000_000}
    assert system.free_bytes(uploads) >= KEEP_FREE and min(small_disk) >= KEEP_FREE


def test_what_another_process_was_promised_counts(uploads: Path, small_disk: list[int]) -> None:
    with (uploads / "upload-1.part").open("wb") as file:
        file.truncate(4_000_000)
    status, answer = post(b"x" * 1_000_000, content_length="1000000")
    assert status == 507 and "and the others in progress" in str(answer["error"])
    assert post(b"x" * 100_000, content_length="100000")[0] == 200


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
    desk = route.UploadDesk()
    first, second, third = desk.mint(), desk.mint(), desk.mint()
    assert [desk.begin(token) for token in (first, second, third)] == [False, True, True]
    assert not desk.begin(second), "one upload at a time for a token"


def test_an_upload_belongs_to_whose_page_asked_for_it(tmp_path: Path) -> None:
    desk = route.UploadDesk()
    ann, ben = tmp_path / "ann", tmp_path / "ben"
    with at_home(ann):
        token = desk.mint()
        file = Workspace().uploads / "upload-1.zip"
        file.write_bytes(b"x")
    with at_home(ben):
        assert not desk.begin(token)
    with at_home(ann):
        assert desk.begin(token) and not desk.begin(token)
        upload = desk.end(token, file)
    with at_home(ben):
        assert desk.claim(upload) is None
    with at_home(ann):
        assert desk.claim(upload) == file and desk.claim(upload) is None
