"""Copies of runs that others share: they answer as before, and show no more than is shared."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from tests.fixtures.folders import contents
from tests.fixtures.tiny_training import Trained
from tlcore import config as configuration
from tlcore.errors import RunError, WorkspaceError
from tlcore.evaluate import confidence_threshold
from tlcore.people import copies, sharing
from tlcore.people.register import Person
from tlcore.runs import run_records
from tlcore.runs.metrics import MetricsLog
from tlcore.runs.run import Run
from tlcore.runs.run_records import Notes
from tlcore.workspace import Workspace
from tlcore.workspace.home import at_home


@pytest.fixture
def shared_run(trained: Trained, ann: Person) -> Run:
    """Ann's run on a data set that she does not share."""
    run = Run(shutil.copytree(trained.folder, ann.home / "runs" / "coloured-20261128-120000-abcd"))
    data = shutil.copytree(run.dataset().folder, ann.home / "datasets" / "coloured")
    config = msgspec.structs.replace(run.config(), data=str(data))
    (run.folder / "config.json").write_bytes(configuration.to_json(config))
    run_records.write_notes(run.folder, Notes("Ann's best", starred=True))
    with at_home(ann.home):
        sharing.offer(run.folder)
    return run


def copy_of(run: Run) -> Run:
    offer = sharing.find("ann0ann0ann0", "runs", run.id)
    target = copies.new_folder(offer)
    copies.copy_run(offer, target)
    assert list(Workspace().uploads.iterdir()) == []
    return Run(target)


def test_a_copy_of_a_run_answers_as_before_and_shows_no_example(shared_run: Run, ben: Person) -> None:
    copy = copy_of(shared_run)
    assert copy.folder.parent == ben.home / "runs" and copy.id.startswith("ann-s-best-")
    assert copy.has_model and copy.edition() == shared_run.edition() and copy.rows() == shared_run.rows()
    assert copy.recorded().state == "done" and run_records.read_notes(copy.folder) == Notes("Ann's best")
    assert copy.model.stat().st_nlink == 2 and copy.metrics.stat().st_nlink == 1
    assert copy.dataset().folder == copy.folder / "data" and not copy.dataset().is_ready
    assert copy.manifest().name == shared_run.manifest().name
    assert not (copy.folder / "data" / "thumbs").exists()
    assert sharing.shared_since(copy.folder) is None
    assert "ann0ann0ann0" not in b"".join(contents(copy.folder).values()).decode(errors="replace")


def test_a_copy_of_a_run_finds_its_data_set_or_shows_it_small(
    shared_run: Run, ann: Person, ben: Person
) -> None:
    data = shared_run.dataset()
    with at_home(ann.home):
        sharing.offer(data.folder)
    small = copy_of(shared_run)
    first = small.manifest().examples[0].sha256
    assert small.dataset().thumbnail(first).stat().st_nlink == 2
    offer = sharing.find(ann.id, "datasets", data.id)
    mine = copies.new_folder(offer)
    copies.copy_dataset(offer, mine)
    assert copy_of(shared_run).dataset().folder == mine


def test_changes_of_a_run_reach_no_copy(shared_run: Run, ben: Person) -> None:
    copy, before = copy_of(shared_run), contents(shared_run.folder)
    log = MetricsLog(copy.metrics)
    log.append({"epoch": 99})
    log.close()
    run_records.write_notes(copy.folder, Notes("Ben's"))
    confidence_threshold.write(copy.folder, confidence_threshold.ConfidenceThreshold(0.9))
    copy.write_labels(("x", "y"))
    Workspace().discard(copy.folder)
    Workspace().empty_trash()
    assert contents(shared_run.folder) == before


def test_a_run_that_gets_another_model_or_is_deleted_is_not_copied(
    shared_run: Run, ann: Person, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out = copies._lay_out

    def retrain(part: object, folder: Path) -> None:
        (shared_run.folder / "report.json").write_bytes(b"{}")
        lay_out(part, folder)  # type: ignore[arg-type]

    def delete(part: object, folder: Path) -> None:
        if shared_run.folder.exists():
            with at_home(ann.home):
                Workspace().discard(shared_run.folder)
        lay_out(part, folder)  # type: ignore[arg-type]

    for act, kind, said in ((retrain, RunError, "another model"), (delete, WorkspaceError, "not shared")):
        monkeypatch.setattr(copies, "_lay_out", act)
        with pytest.raises(kind, match=said):
            copy_of(shared_run)
        assert list((ben.home / "runs").iterdir()) == []
        assert list(Workspace().uploads.iterdir()) == []
