"""The client of a cluster's Jobs API, against a server of our own that answers as Ray's does, or worse."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from tests.fixtures.ray_cluster import free_port
from tlcore.errors import ConfigError, RunError
from tlcore.runs.cluster.jobs_api import JobsApi

ANSWERS = {
    "/api/jobs/waits": b'{"status": "PENDING", "entrypoint": "python"}',
    "/api/jobs/works": b'{"status": "RUNNING"}',
    "/api/jobs/done": b'{"status": "SUCCEEDED"}',
    "/api/jobs/new": b'{"status": "THOUGHTFUL"}',
    "/api/jobs/odd": b"<html>",
    "/api/jobs/long": b"[" * 2_000_000,
}


class FakeCluster(http.server.ThreadingHTTPServer):
    """It remembers what it was asked: method, path, token and body."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str, str, object]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: FakeCluster

    def _answer(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or b"null")
        token = self.headers["Authorization"] or ""
        self.server.asked.append((self.command, self.path, token, body))
        if self.path.endswith("/moved"):
            self.send_response(302)
            self.send_header("Location", f"{self.server.address}/api/jobs/works")
            self.end_headers()
            return
        known = self.path in ANSWERS or self.command == "POST"
        code = 401 if token != "Bearer secret" else 200 if known else 404
        self.send_response(code)
        self.end_headers()
        unknown = b"Traceback\n  No such <job>.\n" if code == 404 else b"{}"
        self.wfile.write(ANSWERS.get(self.path, unknown))

    do_GET = do_POST = _answer

    def log_message(self, *ignored: object) -> None:
        pass


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    with FakeCluster() as started:
        yield started
        started.shutdown()


@pytest.mark.parametrize(
    ("id", "life"),
    [
        ("waits", "alive"),
        ("works", "alive"),
        ("done", "over"),
        *((id, None) for id in ("new", "odd", "long", "nobody", "moved")),
    ],
)
def test_the_life_of_a_job(cluster: FakeCluster, id: str, life: str | None) -> None:
    api = JobsApi(cluster.address, "secret")
    assert api.life(id) == api.life(id) == life
    assert len(cluster.asked) == 1 and not api.is_down  # the second time it is known still


def test_a_job_is_submitted_and_stopped(cluster: FakeCluster) -> None:
    api = JobsApi(cluster.address + "/", "secret")
    api.submit("graft-1", "exec python -m it", {"GRAFT_HOME": "/w"})
    api.stop("graft-1")
    (_, path, _, body), (_, second, _, _) = cluster.asked
    assert (path, second) == ("/api/jobs/", "/api/jobs/graft-1/stop")
    assert body == {
        "entrypoint": "exec python -m it",
        "submission_id": "graft-1",
        "entrypoint_num_cpus": 0,
        "runtime_env": {"env_vars": {"GRAFT_HOME": "/w"}},
    }


def test_a_wrong_token_is_a_sentence_that_does_not_hold_it(cluster: FakeCluster) -> None:
    with pytest.raises(RunError, match="does not let us in") as refused:
        JobsApi(cluster.address, "wrong-one").submit("graft-1", "it", {})
    assert "wrong-one" not in str(refused.value)


def test_why_it_refused_is_the_last_line_of_its_answer(cluster: FakeCluster) -> None:
    with pytest.raises(RunError, match=r"refused\. Received: status 404, No such <job>\.\.") as refused:
        JobsApi(cluster.address, "secret")._ask("GET", "/api/jobs/none")
    assert "Traceback" not in str(refused.value)


def test_one_that_does_not_answer_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    api = JobsApi(f"http://127.0.0.1:{free_port()}", "")
    assert api.life("works") is None and api.is_down
    monkeypatch.setattr(api, "_opener", None)  # whoever asks again fails
    assert api.life("works") is None and api.life("another") is None


@pytest.mark.parametrize(
    "address",
    [
        "head:8265",
        "ftp://head",
        "http://",
        "http://head:none",
        "http://me:secret@head:8265",
        "http://head:8265/path",
        "http://head?x",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="no address of a cluster"):
        JobsApi(address, "").submit("graft-1", "it", {})
