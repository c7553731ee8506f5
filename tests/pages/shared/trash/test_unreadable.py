"""Files of the workspace that cannot be read: the entry is named with its reason, the others work."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.evaluate import sections
from pages.components.shared.text import plain
from tests.fixtures.finished_experiments import write_experiment
from tests.fixtures.image_workspace import Furnished
from tests.pages.conftest import Open, words
from tlcore.data import confirmed_labels
from tlcore.data.dataset import Dataset
from tlcore.data.versions import versions
from tlcore.data.versions.edits import Exclude
from tlcore.runs import run_records
from tlcore.runs.batches.batch import ROWS, Batch, BatchRequest
from tlcore.runs.external_test import ExternalTest, ExternalTestResult
from tlcore.runs.run import Run
from tlcore.runs.run_records import ModelSpeed, Notes

SPOILT = "spoilt-20260101-101500-abcd"  # the folder of what is spoilt, beside one of each kind that is whole


def replaced(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def no_utf8(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"', b'"\xff', 1))


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_circle(path: Path) -> None:
    """What the system refuses to open, also to root: as a file without permission is to others."""
    path.unlink()
    path.symlink_to(path)


WAYS: dict[str, Callable[[Path], object]] = {
    "utf8": no_utf8,
    "cut": cut,
    "empty": replaced(b""),
    "folder": a_folder,
    "circle": a_circle,
    "types": replaced(b'{"name": 5, "examples": "x", "state": 7, "test": [], "asked": null, "epoch": "x"}'),
    "list": replaced(b"[1, 2]"),
    "huge": replaced(b'{"state": "running", "pid": 1e308, "started": 1e308, "done": 1e308, "seed": 1e999}'),
    "deep": replaced(b'{"a":' * 3000),
    "noise": replaced(bytes(range(256))),
}
# JSON is read by one reader, to which all else is one error; `tests/test_records.py` holds it to that.
OF_JSON = ("utf8", "folder", "circle", "types", "huge")
# What is spoilt, and the page on which it is chosen.
FILES = {
    "datasets/{}/manifest.json": "data",
    "datasets/{}/versions/2.json": "data",
    "datasets/{}/status.json": "data",
    "datasets/{}/confirmed.json": "evaluate",
    "runs/{}/config.json": "train",
    "runs/{}/report.json": "evaluate",
    "runs/{}/status.json": "train",
    "runs/{}/labels.json": "predict",
    "runs/{}/notes.json": "compare",
    "runs/{}/speed.json": "compare",
    "runs/{}/study.json": "evaluate",
    "runs/{}/features.npz": "evaluate",
    "runs/{}/metrics.jsonl": "train",
    "runs/{}/tests/one/test.json": "evaluate",
    "experiments/{}/experiment.json": "compare",
    "experiments/{}/status.json": "compare",
    "batches/{}/batch.json": "predict",
    "batches/{}/answers.jsonl": "predict",
}
BARE = {  # without this one nobody knows what the entry is
    "datasets/{}/manifest.json": "data",
    "datasets/{}/versions/2.json": "data",
    "runs/{}/config.json": "train",
    "experiments/{}/experiment.json": "compare",
    "batches/{}/batch.json": "predict",
}


@pytest.fixture(scope="module")
def whole(furnished: Furnished, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """The furnished workspace, with a second one of everything to spoil; put right again after each test."""
    own = furnished.copy(tmp_path_factory.mktemp("whole") / "workspace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAFT_HOME", str(own.home))
        _add_what_is_spoilt(own)
    return own


def _add_what_is_spoilt(own: Furnished) -> None:
    data, run = own.dataset, own.run
    shutil.copytree(data.folder, own.home / "datasets" / SPOILT)
    shutil.copytree(run.folder, own.home / "runs" / SPOILT)
    other = Dataset(own.home / "datasets" / SPOILT)
    other.manifest(1).write_bytes(other.manifest(1).read_bytes().replace(b"Coloured", b"Spoilt", 1))
    manifest = other.read()
    versions.change(other, Exclude((manifest.examples[0].key,)))
    confirmed_labels.add(other.folder, [(*manifest.examples[1].key, manifest.examples[1].label)])
    spoilt = Run(own.home / "runs" / SPOILT)
    config = spoilt.folder / "config.json"
    config.write_text(config.read_text().replace(data.id, SPOILT))
    run_records.write_notes(spoilt.folder, Notes("Mine", starred=True))
    run_records.write_speed(spoilt.folder, ModelSpeed(1.0, 1.0, 10))
    test = ExternalTest(spoilt.folder / "tests" / "one")
    test.folder.mkdir(parents=True)
    test.write(ExternalTestResult(name="There", created="", score=spoilt.report().test, unknown={}, seen=()))
    experiment = write_experiment(data.folder, "race", {})
    shutil.copytree(experiment.folder, experiment.folder.with_name(SPOILT))
    batch = Batch(own.home / "batches" / SPOILT)
    batch.prepare(BatchRequest("photos.zip", (str(spoilt.folder),), "gone"))
    (batch.folder / ROWS).write_text('{"name": "a", "error": "no"}\n')
    (batch.folder / "status.json").write_text('{"state": "done"}')


@pytest.fixture
def own(whole: Furnished, tmp_path: Path, empty: Open) -> Furnished:
    """The same, to change at will."""
    own = whole.copy(tmp_path / "workspace")
    request = own.home / "batches" / SPOILT / "batch.json"
    request.write_text(request.read_text().replace(str(whole.home), str(own.home)))
    return own


def addresses(page: str, pattern: str) -> Iterator[dict[str, str]]:
    """How the spoilt entry is opened on that page."""
    if page == "evaluate":
        yield from ({"run": SPOILT, "section": section} for section in sections.SECTIONS)
    elif page == "compare":
        yield {"runs": SPOILT}
        yield {"experiment": SPOILT} if "experiments" in pattern else {"view": "experiments"}
    elif page == "predict":
        yield {"run": SPOILT, "batch": SPOILT}
    else:
        yield {"data": SPOILT, "run": SPOILT}


def works(at: AppTest, page: str) -> bool:
    """Whether the page shows the entries that are whole."""
    if page == "home":
        return "Recent runs" in words(at)
    return bool(at.dataframe or at.get("page_link")) if page == "compare" else bool(at.selectbox)


@pytest.mark.parametrize("pattern", FILES)
def test_a_spoilt_file_is_no_exception_on_any_page(
    whole: Furnished, empty: Open, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(whole.home))
    path, page = whole.home / pattern.format(SPOILT), FILES[pattern]
    content = path.read_bytes()
    ways = OF_JSON if path.suffix == ".json" else tuple(WAYS)
    others = [other for other in ("home", "data", "model", "train", "compare") if other != page]
    chosen = [(page, query) for query in addresses(page, pattern)]
    for number in range(max(len(ways), len(chosen))):
        way = ways[number % len(ways)]
        WAYS[way](path)
        # One section of Evaluate and one other page each time: all of them by the end.
        here = [chosen[number % len(chosen)]] if page == "evaluate" else chosen
        for opened, query in [(others[number % len(others)], {}), *here]:
            at = empty(opened, **query)
            assert not at.exception, (opened, query, way, at.exception)
            assert works(at, opened), (opened, query, way)
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        path.write_bytes(content)


@pytest.mark.parametrize(
    ("pattern", "page", "way"),
    [
        *((*of, way) for of, way in zip(BARE.items(), cycle(("utf8", "circle")), strict=False)),
        *(("runs/{}/config.json", "train", way) for way in ("folder", "deep")),
    ],
)
def test_it_is_named_with_its_reason_put_aside_and_brought_back(
    own: Furnished, empty: Open, pattern: str, page: str, way: str
) -> None:
    kind = pattern.split("/")[0]
    folder = own.home / kind / SPOILT
    WAYS[way](own.home / pattern.format(SPOILT))
    at = empty(page)
    assert f"“\u2068{plain(SPOILT)}\u2069” cannot be read. " in words(at)
    if kind != "runs":  # its reason begins with what is wrong with the settings
        assert f" cannot be read. {plain(Path(pattern).name)}" in words(at)
    at.button(key=f"aside_{kind}_{SPOILT}").click().run()
    assert not at.exception and not folder.exists() and "in the folder" not in words(at)
    at.session_state["deleted"] = True
    at.run()
    (back,) = [button for button in at.button if button.label == "Bring back"]
    back.click().run()
    assert not at.exception and folder.is_dir() and "in the folder" in words(at)


def test_a_chosen_one_shows_its_reason_and_the_way_on(own: Furnished, empty: Open) -> None:
    (own.home / "runs" / SPOILT / "report.json").write_bytes(b"{")
    at = empty("evaluate", run=SPOILT)
    assert not at.exception and "The report cannot be read" in at.error[0].value
    at.button(key=f"aside_chosen_{SPOILT}").click().run()
    assert not at.exception and not (own.home / "runs" / SPOILT).exists()
    data = own.home / "datasets" / SPOILT / "manifest.json"
    data.write_bytes(data.read_bytes().replace(b'"examples":[{', b'"examples":[{"new":1,', 1))
    at = empty("model", data=SPOILT)
    assert not at.exception and "The manifest cannot be read" in at.error[0].value
    at.button(key=f"aside_chosen_{SPOILT}").click().run()
    assert not at.exception and not data.exists() and own.dataset.is_ready


def test_a_spoilt_test_on_other_data_is_named_beside_the_others(own: Furnished, empty: Open) -> None:
    test = own.home / "runs" / SPOILT / "tests" / "one"
    (test / "test.json").write_bytes(b"\xff")
    at = empty("evaluate", run=SPOILT, section="elsewhere")
    assert "The test in the folder" in words(at)
    at.button(key="aside_tests_one").click().run()
    assert not at.exception and not test.exists()
