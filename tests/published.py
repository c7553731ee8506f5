"""For tests: public data sets on a server of this machine, as `public.json` describes real ones."""

from __future__ import annotations

import hashlib
import http.server
import io
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from PIL import Image

from tlcore.data.public import Part, PublicSet


def archive(names: Mapping[str, str]) -> bytes:
    """A ZIP with a small picture of a colour under each name."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        for at, (name, colour) in enumerate(names.items()):
            picture = io.BytesIO()
            Image.new("RGB", (40, 30 + at), colour).save(picture, "PNG")
            packed.writestr(name, picture.getvalue())
    return content.getvalue()


def part(url: str, content: bytes, keep: str = "", into: str = "") -> Part:
    return Part(url, len(content), hashlib.sha256(content).hexdigest(), keep, into)


def public_set(*parts: Part, folders: Mapping[str, str] | None = None) -> PublicSet:
    return PublicSet(
        id="papers",
        title="Papers",
        about="Coloured papers.",
        classes=("green", "red"),
        pictures=10,
        licence="CC0 1.0",
        by="Nobody",
        page="https://example.org/papers",
        parts=parts,
        folders=dict(folders or {}),
        sources=("tests",),
    )


@contextmanager
def serving(files: Mapping[str, bytes]) -> Iterator[str]:
    """A server of these files on this machine; yields its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = files.get(self.path.removeprefix("/"))
            self.send_response(200 if content is not None else 404)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
