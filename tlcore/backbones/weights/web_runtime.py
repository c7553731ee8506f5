"""ONNX Runtime Web, which pages to take home hold: two files of its npm package, beside the weights.

The package is fetched by its hash, and only these two are kept. They are there after the first page or
`python -m tlcore backbones --fetch --web`.
"""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path

from tlcore import download as downloading
from tlcore import system
from tlcore.backbones.weights.files import check_hash, folder, sha256_of
from tlcore.download import OnProgress
from tlcore.errors import WeightsError

VERSION = "1.30.0"
TITLE = "ONNX Runtime Web (for pages to take home)"
URL = f"https://registry.npmjs.org/onnxruntime-web/-/onnxruntime-web-{VERSION}.tgz"
SHA256 = "d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71"
SIZE = 33_106_585
FOLDER = f"onnxruntime-web-{VERSION}"
SCRIPT, MACHINE = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"
FILES = {
    SCRIPT: "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
    MACHINE: "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}


def place() -> Path:
    """The folder of the two files, which may be missing."""
    return folder() / FOLDER


def fetch(on_progress: OnProgress | None = None) -> bool:
    """Put both files in place; False when they were there already.

    Raises:
        WeightsError: no network, or bytes other than the published ones.
    """
    if _are_there():
        return False
    with system.file_lock(folder() / ".fetch.lock"):
        if _are_there():  # another process was as early
            return False
        with tempfile.TemporaryDirectory(dir=folder(), prefix=".web") as temporary:
            _keep(_package(Path(temporary), on_progress))
    for name, digest in FILES.items():
        check_hash(place() / name, digest)
    return True


def read(on_progress: OnProgress | None = None) -> tuple[str, bytes]:
    """The module and the WebAssembly, fetched now when they are not there.

    Raises:
        WeightsError: as `fetch`.
    """
    fetch(on_progress)
    return (place() / SCRIPT).read_text(encoding="utf-8"), (place() / MACHINE).read_bytes()


def _are_there() -> bool:
    return all((place() / name).is_file() and sha256_of(place() / name) == FILES[name] for name in FILES)


def _package(into: Path, on_progress: OnProgress | None) -> Path:
    names = " and ".join(FILES)
    return downloading.download(
        URL,
        into / f"{FOLDER}.tgz",
        SHA256,
        (lambda _, done, total: on_progress(TITLE, done, total)) if on_progress else None,
        kind=WeightsError,
        remedy=f"Check the internet connection, or put {names} of this package into {place()}.",
        size=SIZE,
    )


def _keep(package: Path) -> None:
    """Write the two files; the package is the published one, so its members are what they are."""
    place().mkdir(parents=True, exist_ok=True)
    with tarfile.open(package) as opened:
        for name in FILES:
            member = opened.extractfile(f"package/dist/{name}")
            assert member is not None
            system.write_atomic(place() / name, member.read())
