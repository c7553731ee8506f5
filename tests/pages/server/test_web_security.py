"""Who may talk to the server, and that the pages work with what a browser is told to refuse."""

from __future__ import annotations

import http.client
import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest
import streamlit as st
from playwright.sync_api import BrowserContext, expect
from starlette.responses import PlainTextResponse

from pages.components.browser.upload import route
from pages.components.server.web_security import WebSecurity, content_policy
from tests.fixtures import SHORT
from tests.fixtures.browser import Server
from tests.fixtures.pages import page_script
from tlcore.serve import sender

PAGE = page_script("failing_route")
STREAMLIT = "/ /data /_stcore/health /_stcore/metrics /_stcore/host-config /favicon.png /media/none //none"
PATHS = (*STREAMLIT.split(), route.WORKER, route.PATH, "/broken", "/_stcore/stream")
HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Protocol": "streamlit",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("workspace"), PAGE, {"PYTHONPATH": SHORT}).start()
    yield running
    running.stop()


def ask(server: Server, path: str, *headers: tuple[str, str]) -> tuple[int, dict[str, str], str]:
    """The status, headers and text of an answer; exactly these headers are sent."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
    more = HANDSHAKE.items() if path == "/_stcore/stream" else ()
    for name, value in (*headers, *more):
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}
    text = answer.read().decode(errors="replace") if answer.status != 101 else ""
    connection.close()
    return *found, text


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_tells_the_browser_what_to_refuse(server: Server, path: str) -> None:
    status, headers, _ = ask(server, path, ("Host", f"127.0.0.1:{server.port}"))
    assert (status == 500) == (path == "/broken") and status != 403
    assert headers["x-frame-options"] == "DENY" and headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == headers["referrer-policy"] == "same-origin"
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy and "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]


@pytest.mark.parametrize("path", PATHS)
def test_a_foreign_host_or_origin_is_refused_on_every_route(server: Server, path: str) -> None:
    own = f"127.0.0.1:{server.port}"
    foreign = {
        "host": [("Host", f"evil.example:{server.port}")],
        "origin": [("Host", own), ("Origin", "http://evil.example")],
        "another server of this machine": [("Host", own), ("Origin", "http://localhost:9999")],
        "broken": [("Host", own), ("Origin", "http://[")],
    }
    for name, headers in foreign.items():
        status, sent, text = ask(server, path, *headers)
        assert status == 403 and text.startswith(("Graft does not", "The page of another")), name
        assert sent["x-frame-options"] == "DENY"
    assert ask(server, path, ("Host", own), ("Origin", f"http://{own}"))[0] != 403


def asked(*headers: tuple[str, str], kind: str = "http") -> list[dict[str, Any]]:
    """What the layer sends for a request with these headers; behind it all is well."""
    lines = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    scope = {"type": kind, "method": "GET", "path": "/", "headers": lines}
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    thread = threading.Thread(  # Playwright keeps an event loop in the main one
        target=lambda: anyio.run(WebSecurity(PlainTextResponse("well")), scope, receive, send)
    )
    thread.start()
    thread.join()
    return sent


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8501", "LocalHost:8501", "localhost.:8501", "127.0.0.1", "127.0.0.1:80"],
)
def test_the_names_of_this_machine_are_let_in_however_they_are_spelled(host: str) -> None:
    assert asked(("Host", host))[0]["status"] == 200
    assert asked(("Host", host), ("Origin", f"http://{host.lower()}"))[0]["status"] == 200
    assert asked(("Host", host), ("Origin", f"http://{host.lower()}"), kind="websocket")[0]["status"] == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "127.0.0.1.evil.example",
        "evil.example:127.0.0.1",
        "user@localhost",
        "localhost/x",
        "localhost:",
        "localhost:x",
        "localhost:123456",
        "localhost..",
        "localhost, localhost",
        "local\u00fchost",
        "[::1",
        "[::1]:8501",
        "[",
        "*",
    ],
)
def test_other_hosts_are_refused(host: str) -> None:
    for kind, prefix in (("http", ""), ("websocket", "websocket.")):
        start, body = asked(("Host", host), kind=kind)
        assert start["type"] == f"{prefix}http.response.start" and start["status"] == 403
        assert b"server.allowedHosts" in body["body"]


def test_no_host_and_two_hosts_are_refused() -> None:
    assert asked()[0]["status"] == 403
    assert asked(("Host", "localhost"), ("Host", "localhost"))[0]["status"] == 403


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "localhost:8501",
        "file://localhost:8501",
        "http://localhost",
        "http://localhost:8502",
        "http://127.0.0.1:8501",
        "http://localhost:8501/",
        "http://localhost:8501@evil.example",
        "http://evil.example",
        "http://[",
        "http://[::1]:8501",
        "http://",
        "https://",
        "\u00ff",
    ],
)
def test_other_origins_are_refused(origin: str) -> None:
    start, body = asked(("Host", "localhost:8501"), ("Origin", origin))
    assert start["status"] == 403 and b"another site" in body["body"]


def test_two_origins_are_refused() -> None:
    own = ("Origin", "http://localhost:8501")
    assert asked(("Host", "localhost:8501"), own, own)[0]["status"] == 403


@pytest.fixture
def allowed() -> Iterator[Callable[[list[str]], None]]:
    yield lambda names: st.config.set_option("server.allowedHosts", names)
    st.config.set_option("server.allowedHosts", list(sender.LOCAL))


def test_who_names_a_host_in_the_settings_may_use_it(allowed: Callable[[list[str]], None]) -> None:
    allowed(["Graft.example.", "192.168.0.7", "*.lab.example", "::1"])
    for host, origin in (
        ("graft.example", "https://graft.example"),  # behind a proxy that ends TLS
        ("graft.example:443", "https://graft.example"),
        ("graft.example:80", "http://graft.example"),
        ("192.168.0.7:8501", "http://192.168.0.7:8501"),
        ("a.lab.example", "http://a.lab.example"),
        ("[::1]:8501", "http://[::1]:8501"),
    ):
        assert asked(("Host", host), ("Origin", origin))[0]["status"] == 200, host
    for host in ("lab.example", "evil-lab.example", "localhost"):
        assert asked(("Host", host))[0]["status"] == 403, host
    assert asked(("Host", "graft.example:80"), ("Origin", "https://graft.example"))[0]["status"] == 403


def test_where_the_settings_name_no_host_only_this_machine_may(allowed: Callable[[list[str]], None]) -> None:
    allowed([])
    assert asked(("Host", "localhost:8501"))[0]["status"] == 200
    assert asked(("Host", "evil.example"))[0]["status"] == 403


def test_the_scripts_of_a_page_are_named_by_their_hashes() -> None:
    policy = content_policy("<script>alert(1)</script><script type='module' src='a.js'></script>")
    assert policy.count("'sha256-") == 1
    assert "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='" in policy


@pytest.fixture
def elsewhere() -> Iterator[Callable[[str], str]]:
    """Serve a page from another port of this machine: another origin. Returns its address."""
    pages: list[bytes] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(pages[-1])

        def log_message(self, *_: object) -> None:
            pass

    other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=other.serve_forever, daemon=True).start()

    def put(html: str) -> str:
        pages.append(html.encode())
        return f"http://127.0.0.1:{other.server_port}/"

    yield put
    other.shutdown()
    other.server_close()


def test_no_other_site_can_frame_or_drive_a_page(
    server: Server, window: BrowserContext, elsewhere: Callable[[str], str]
) -> None:
    page = window.new_page()
    page.goto(elsewhere(f"<iframe src='{server.url}/' width=800 height=600></iframe>"))
    page.wait_for_load_state("networkidle")
    assert server.url not in page.frames[1].url
    expect(page.frame_locator("iframe").get_by_text("A page")).to_have_count(0)
    stream = server.url.replace("http", "ws") + "/_stcore/stream"
    opened = """url => new Promise((tell) => {
      const socket = new WebSocket(url, ["streamlit"]);
      socket.onopen = () => tell(true);
      socket.onerror = () => tell(false);
    })"""
    assert page.evaluate(opened, stream) is False
    page.goto(server.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("A page")
    assert page.evaluate(opened, stream) is True
    page.close()


def test_a_script_that_got_into_a_page_does_not_run(server: Server, window: BrowserContext) -> None:
    page = window.new_page()
    page.goto(server.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("A page")
    page.evaluate("""() => {
      window.ran = [];
      const script = document.createElement("script");
      script.textContent = "window.ran.push('inline')";
      document.body.append(script);
      const picture = document.createElement("div");
      picture.innerHTML = `<img src="/none.png?" onerror="window.ran.push('handler')">`;
      document.body.append(picture);
      setTimeout("window.ran.push('text')");
      const far = document.createElement("script");
      far.src = "data:text/javascript,window.ran.push('address')";
      document.body.append(far);
    }""")
    page.wait_for_timeout(1000)
    assert page.evaluate("window.ran") == []
    page.close()
