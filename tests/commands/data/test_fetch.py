"""`fetch`: a public data set on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fixtures.public_server import archive, part, public_set, serving
from tlcore.__main__ import main
from tlcore.data.dataset import Dataset
from tlcore.data.samples import public_datasets
from tlcore.runs.job import Job
from tlcore.workspace import Workspace

NAMES = {f"papers/{colour}/{n}.png": colour for colour in ("red", "green") for n in range(4)}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    return tmp_path / "workspace"


def test_a_set_is_fetched_and_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content, out = archive(NAMES), tmp_path / "papers"
    with serving({"papers.zip": content}) as url:
        monkeypatch.setattr(
            public_datasets, "PUBLIC", {"papers": public_set(part(f"{url}/papers.zip", content))}
        )
        assert main(["fetch", "papers", "--out", str(out)]) == 0
        assert main(["fetch", "papers", "--out", str(out)]) == 2  # there is a data set already
    manifest = Dataset(out).read()
    assert (manifest.name, manifest.counts()) == ("Papers", {"green": 4, "red": 4})
    assert Job(out).recorded().state == "done"
    assert list(Workspace().uploads.iterdir()) == []


def test_without_internet_the_job_says_what_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        public_datasets, "PUBLIC", {"papers": public_set(part("http://127.0.0.1:9/papers.zip", b"x"))}
    )
    assert main(["fetch", "papers", "--out", str(tmp_path / "papers")]) == 2
    status = Job(tmp_path / "papers").recorded()
    assert status.state == "failed" and "Everything else works without it" in status.error
    assert "papers.zip could not be downloaded: Connection refused." in capsys.readouterr().err
    assert list(Workspace().uploads.iterdir()) == []


def test_a_full_disk_is_said_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tlcore.system.free_bytes", lambda _: 600_000_000)
    assert main(["fetch", "flowers", "--out", str(tmp_path / "flowers")]) == 2
    assert "Not enough disk space" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["fetch"], ["fetch", "--list"]])
def test_the_list(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in public_datasets.PUBLIC) and "CC BY-SA 4.0" in said


def test_the_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {entry["id"]: entry["bytes"] for entry in told["public"]}["flowers"] == 228_813_984


@pytest.mark.parametrize(
    ("arguments", "said"), [(["fetch", "flowers"], "--out"), (["fetch", "x"], "flowers")]
)
def test_what_is_missing_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
