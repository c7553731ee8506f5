"""Data: what arrived, and what went wrong on the way in."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from tests.fixtures.image_workspace import Furnished
from tests.fixtures.planted_faults import LILY, ROSE, TULIP, example, faulty, pile, planted, settled
from tests.pages.conftest import Open, primary, words
from tlcore import system
from tlcore.data.manifest import Manifest, Skipped
from tlcore.data.samples.public_datasets import PUBLIC
from tlcore.data.versions.edits import Exclude
from tlcore.data.versions.versions import change
from tlcore.runs.job import Job, Reporter
from tlcore.runs.run import Run, runs
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace


def test_empty(empty: Open) -> None:
    at = empty("data")
    assert not at.exception
    assert primary(at) == []  # the upload box has its own
    labels = [button.label for button in at.button]
    assert labels == [*["Download"] * len(PUBLIC), "Use these lines", "Sample pictures", "Sample texts"]


@pytest.mark.parametrize("page", ["home", "data"])
def test_before_there_are_data_only_the_page_that_brings_them_gets_something_ready(
    empty: Open, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setenv("GRAFT_PREPARE", "1")
    loaded: list[str] = []
    monkeypatch.setattr(BACKEND, "get_ready", lambda backbone, size=None: loaded.append(backbone))
    assert not empty(page).exception
    assert loaded == (["efficientnet_lite0"] if page == "data" else [])


def test_full(full: Open) -> None:
    at = full("data")
    assert not at.exception
    assert primary(at) == ["Train now"]
    assert {
        metric.label: metric.value for metric in at.metric if metric.label in ("Pictures", "Classes")
    } == {
        "Pictures": "30",
        "Classes": "3",
    }
    assert "30 files sent = 30 accepted + 0 skipped." in words(at)
    assert at.selectbox(key="choose_data").options == ["Coloured <b>paper</b>"]


def test_every_example_can_be_changed_and_looked_through(full: Open) -> None:
    at = full("data")
    names = [component.proto.component_name for component in at.get("bidi_component")]
    assert names.count("graft_gallery") == 1
    tabs = [tab.label for tab in at.tabs]
    assert tabs[-5:] == ["Pictures", "Classes", "Problems", "Versions", "Skipped"]
    assert "30 of 30 pictures." in words(at)


@pytest.mark.parametrize(
    ("labelled", "why"), [(0, "All 5 pictures in it lie in no class folder"), (3, "only one class so far")]
)
def test_a_pile_says_why_it_cannot_be_trained_on_yet(empty: Open, labelled: int, why: str) -> None:
    planted(pile(labelled, 5))
    at = empty("data")
    (go_on,) = [button for button in at.button if button.label == "Change settings first"]
    assert not at.exception and go_on.disabled
    assert why in at.info[0].value and "5 pictures have no class yet" in at.info[1].value
    number = f"{labelled + 5} files sent = {labelled + 5} accepted + 0 skipped, of which 5 are not used."
    assert number in words(at)
    (more,) = [box for box in at.expander if box.label == "Add more"]
    assert not more.proto.expanded  # it is to be named first


@pytest.mark.parametrize("small", [1, 2])
def test_classes_that_are_too_small_are_left_out_by_one_click(empty: Open, small: int) -> None:
    labels = [ROSE] * 9 + [TULIP] * 9 + [LILY] * 2 + ["a `last` one"] * (small - 1)
    dataset = planted(settled(Manifest(name="x", examples=tuple(map(example, range(len(labels)), labels)))))
    at = empty("data")
    assert "Not ready for training yet" in at.info[0].value
    button = at.button(key=f"small_{dataset.id}")
    assert (
        "lily" in button.label if small == 1 else button.label == "Leave out the 2 classes that are too small"
    )
    button.click().run()
    assert not at.exception and dataset.read().counts() == {ROSE: 9, TULIP: 9}
    assert len(dataset.read().aside) == len(labels) - 18 and not dataset.read().problem
    at.button(key=f"undo_small_{dataset.id}").click().run()
    assert not at.exception and len(dataset.read().classes) == 2 + small


def test_there_must_be_two_classes_left(empty: Open) -> None:
    labels = [ROSE] * 9 + [TULIP] * 2
    planted(settled(Manifest(name="x", examples=tuple(map(example, range(11), labels)))))
    assert not any(str(button.key).startswith("small_") for button in empty("data").button)


def test_all_laid_aside_is_said(empty: Open) -> None:
    dataset = planted(faulty())
    change(dataset, Exclude(tuple(e.key for e in dataset.read().examples)))
    at = empty("data")
    assert not at.exception and "All pictures are set aside" in at.info[0].value


def test_a_change_neither_counts_the_disk_nor_reads_reports_anew(
    furnished: Furnished, tmp_path: Path, empty: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = furnished.copy(tmp_path / "workspace")
    at = empty("data")
    read: list[object] = []
    monkeypatch.setattr(system, "folder_bytes", lambda folder: read.append(folder) or 0)
    monkeypatch.setattr(Run, "report", lambda run: read.append(run))
    change(own.dataset, Exclude((own.dataset.read().examples[0].key,)))
    at.run()
    assert not at.exception and read == []
    assert "of which 1 is not used" in words(at)


def test_what_was_skipped_is_listed_with_the_reason(empty: Open) -> None:
    skipped = (Skipped("<b>a</b>\u202e.png", "It is not a picture."),)
    planted(msgspec.structs.replace(faulty(), skipped=skipped))
    table = empty("data").dataframe[-1].value
    assert list(table["Name"]) == ["<b>a</b>�.png"]
    assert list(table["Reason"]) == ["It is not a picture."]


def test_an_import_that_failed_says_why_until_it_is_dismissed(empty: Open) -> None:
    workspace = _workspace()
    folder = workspace.datasets / "bad-20260101-120000-abcd"
    folder.mkdir()
    Reporter(Job(folder)).end("failed", error="Only one class was found: *rose*.")
    at = empty("data")
    assert [error.value for error in at.error] == [r"Only one class was found\: \*rose\*\."]
    at.button(key=f"dismiss_{folder.name}").click().run()
    assert not at.error and not at.exception and not folder.exists()


def test_an_import_whose_process_died_is_said_to_be_interrupted(empty: Open) -> None:
    folder = _workspace().datasets / "gone-20260101-120000-abcd"
    folder.mkdir()
    (folder / "status.json").write_text(json.dumps({"state": "running", "pid": 2**22 + 1, "started": 1.0}))
    at = empty("data")
    assert "The import was interrupted" in at.error[0].value


def test_an_address_of_something_deleted_says_so_and_shows_the_newest(
    full: Open, furnished: Furnished
) -> None:
    at = full("data", data="gone-20260101-120000-abcd")
    assert ["no longer exists" in warning.value for warning in at.warning] == [True]
    assert at.query_params["data"] == furnished.dataset.id


@pytest.mark.parametrize("wanted", ["../runs", "/etc", ".", "", "a" * 999, "\x00"])
def test_an_address_leads_nowhere_else(full: Open, furnished: Furnished, wanted: str) -> None:
    at = full("data", data=wanted)
    assert not at.exception
    assert at.query_params["data"] == furnished.dataset.id


def test_the_newest_data_set_is_first(furnished: Furnished, tmp_path: Path, empty: Open) -> None:
    furnished.copy(tmp_path / "workspace")
    assert not empty("data").exception


def _workspace() -> Workspace:
    return Workspace()


def test_train_now_starts_a_run_with_the_recommended_settings(
    furnished: Furnished, empty: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = furnished.copy(tmp_path / "workspace")
    monkeypatch.setattr(BACKEND, "submit", lambda run: None)
    at = empty("data")
    next(button for button in at.button if button.label == "Train now").click().run()
    assert not at.exception
    (new,) = [run for run in runs(Workspace().runs) if run.id != own.run.id]
    assert new.config().unfreeze == 0 and new.config().data == str(own.dataset.folder)
