"""The page to take home: one HTML file that holds the model and what runs it, and asks no machine for more.

Its policy lets it run one script, known by its hash, and start a worker from what lies in it; it can reach no
address. From a web server it may besides register the service worker that lies beside it, by which a browser
keeps it. Model and runtime lie in it as Base64 of gzip, which browsers unpack themselves.
"""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import re
from pathlib import Path
from string import Template

from tlcore.backbones.weights.web_runtime import VERSION

FOLDER = Path(__file__).parent
SERVICE_WORKER = "service-worker.js"  # beside the page on a web server
PAGE, WORKER = (
    ("classes.js", "places.js", "page.js", "texts.js"),
    ("resize.js", "tokens.js", "terms.js", "back.js", "worker.js"),
)
_DESCRIPTION = b'<script type="application/json" id="description">'
_MODEL = b'<script type="text/plain" id="model">'
_END = b"</script>"
_EXPORTS = re.compile(r"export\{([^}]*)\};?")


def build(model: bytes, script: str, machine: bytes) -> bytes:
    """The page of an ONNX model; `with_description` makes it whole.

    Args:
        script, machine: ONNX Runtime Web: its module, and its WebAssembly.
    """
    style, own = _read("page.css"), "\n".join(map(_read, PAGE))
    policy = {
        "default-src": "'none'",
        "script-src": f"'{_hash(own)}' 'wasm-unsafe-eval'",
        "style-src": f"'{_hash(style)}'",
        "worker-src": "blob: 'self'",  # its own address: for the service worker
        "img-src": "blob: data:",
        "media-src": "blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    parts = {
        "policy": "; ".join(" ".join(pair) for pair in policy.items()),
        "style": style,
        "version": VERSION,
        "licence": _read("licence.txt").strip(),
        "worker": "\n".join((_as_script(script), *map(_read, WORKER))),
        "runtime": _pack(machine),
        "model": _pack(model),
        "script": own,
    }
    return Template(_read("page.html")).substitute(parts).encode()


@functools.cache
def edition() -> str:
    """Identifies the parts of which pages are made, without models and their descriptions."""
    whole = hashlib.sha256(VERSION.encode())
    for part in sorted(FOLDER.glob("*.*")):
        whole.update(part.read_bytes())
    return whole.hexdigest()[:16]


def with_description(page: bytes, description: bytes) -> bytes:
    """The page with this description of its model in the place of any other."""
    before, mark, rest = page.partition(_DESCRIPTION)
    safe = description.replace(b"<", b"\\u003c")
    return before + mark + safe + _END + rest.partition(_END)[2]


def model_in(page: bytes) -> bytes:
    """The ONNX model inside a page.

    Raises:
        ValueError, OSError: there is none.
    """
    return gzip.decompress(base64.b64decode(page.partition(_MODEL)[2].partition(_END)[0], validate=True))


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _pack(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, mtime=0)).decode()


def _as_script(module: str) -> str:
    """The module as a script that leaves its exports in `ort`: a page on a disk can start no module."""

    def constant(found: re.Match[str]) -> str:
        pairs = (name.split(" as ") for name in found[1].split(","))
        return f"const ort={{{','.join(f'{public}:{own}' for own, public in pairs)}}};"

    whole, count = _EXPORTS.subn(constant, module)
    if count != 1 or "</script" in whole or "<!--" in whole:
        raise ValueError("ONNX Runtime Web has another shape than this page knows.")
    whole = whole.partition("//# sourceMappingURL")[0]
    return f'"use strict";\n{whole.replace("import.meta.url", "self.location.href")}'
