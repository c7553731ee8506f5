"""`evaluate --job`: the answers on other data, kept with the run."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.fixtures.helping_machines import Others
from tests.fixtures.tiny_training import Graft, Trained, draw
from tlcore.commands.shared import scoring
from tlcore.data.dataset import Dataset
from tlcore.data.versions.edits import Exclude
from tlcore.data.versions.versions import change
from tlcore.runs.cluster import helping
from tlcore.runs.external_test import FOLDER, ExternalTest, ExternalTestResult, external_tests_of
from tlcore.runs.job import Job, Reporter
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND, any_alive
from tlcore.workspace import Workspace


@pytest.fixture
def run(graft: Graft, trained: Trained) -> Run:
    """A finished run to keep tests with; its data lie where they were."""
    return Run(Path(shutil.copytree(trained.folder, graft.home / "run")))


def asked(graft: Graft, run: Run, data: Path, *options: object) -> tuple[ExternalTest, ExternalTestResult]:
    """The only test of the run, after it was made."""
    folder = run.folder / FOLDER / "one"
    said = graft.call("evaluate", run.folder, data, "--job", folder, "--json", *options)
    assert said.code == 0, said.err
    (test,) = external_tests_of(run)
    outcome = test.outcome()
    assert outcome is not None and BACKEND.status(test).state == "done"
    assert said.json["n"] == outcome.score.n and said.json["accuracy"] == outcome.score.accuracy
    return test, outcome


def test_what_was_asked_is_kept_without_the_original_files(graft: Graft, trained: Trained, run: Run) -> None:
    test, outcome = asked(graft, run, trained.data, "--called", "My <b>paper</b>.zip")
    assert outcome.name == "My <b>paper</b>" and outcome.score.split == "all" and outcome.score.n == 30
    places = Counter(p.sha256 in (outcome.seen or ()) for p in outcome.score.predictions)
    assert places == {True: 30 - run.report().test.n, False: run.report().test.n}
    dataset = test.dataset(outcome)
    assert all(dataset.thumbnail(p.sha256).is_file() for p in outcome.score.predictions)
    assert not (test.brought / "files").exists() and trained.data.is_dir()
    held = {p.sha256: (p.label, p.predicted) for p in run.report().test.predictions}
    again = {p.sha256: (p.label, p.predicted) for p in outcome.score.predictions}
    assert {sha: again[sha] for sha in held} == held
    assert sorted(item.name for item in test.folder.iterdir()) == ["data", "status.json", "test.json"]


def test_strangers_are_listed_and_what_cannot_be_read_is_counted(
    graft: Graft, trained: Trained, run: Run
) -> None:
    data = draw(graft.home / "zoo", per_class=2, classes=("zebra", "=emu"))
    shutil.copytree(trained.data / "blue", data / "blue")
    (data / "blue" / "no.png").write_bytes(b"nothing")
    _, outcome = asked(graft, run, data)
    assert outcome.unknown == {"=emu": 2, "zebra": 2} and outcome.skipped == 1 and outcome.score.n == 10


def test_a_data_set_of_the_workspace_is_asked_where_it_lies(graft: Graft, run: Run) -> None:
    folder = Path(run.config().data)
    test, outcome = asked(graft, run, folder)
    assert outcome.data == str(folder) and test.dataset(outcome).folder == folder
    assert outcome.score.split == "test" and outcome.seen == () and not test.brought.exists()
    assert (folder / "files").is_dir()


def test_the_runs_own_data_are_divided_as_they_were_when_it_learned(graft: Graft, run: Run) -> None:
    """A change to the data afterwards draws the parts anew: what was learned from would be asked."""
    dataset = Dataset(Path(shutil.copytree(run.config().data, graft.home / "datasets" / "own")))
    config = json.loads((run.folder / "config.json").read_text())
    (run.folder / "config.json").write_text(json.dumps(config | {"data": str(dataset.folder)}))
    _, before = asked(graft, run, dataset.folder)
    label = dataset.read().classes[0]
    change(dataset, Exclude(tuple(e.key for e in dataset.read().examples if e.label == label)[:2]))
    shutil.rmtree(run.folder / FOLDER)
    _, after = asked(graft, run, dataset.folder)
    assert after.score.predictions == before.score.predictions and after.seen == ()
    assert after.edition == run.edition() != ""


def test_a_text_is_no_picture_and_no_table_either(graft: Graft, run: Run) -> None:
    notes = graft.home / "notes.txt"
    notes.write_text("apples are red\npears are green\n")
    said = graft.call("evaluate", run.folder, notes, "--job", run.folder / FOLDER / "one")
    assert said.code == 2 and "This model reads pictures" in said.err and "column" not in said.err


def test_a_class_that_is_only_written_otherwise_is_the_same(graft: Graft, run: Run) -> None:
    others = draw(graft.home / "others", per_class=2, classes=("BLUE", "Amber", "green"))
    _, outcome = asked(graft, run, others)
    assert {answer.label for answer in outcome.score.predictions} == {"blue", "amber"}
    assert outcome.score.n == 4 and outcome.unknown == {"green": 2}


def test_an_upload_is_deleted_whatever_comes_of_it(graft: Graft, trained: Trained, run: Run) -> None:
    archive = Path(shutil.make_archive(str(graft.home / "upload-1"), "zip", trained.data))
    lost = graft.home / "upload-1.names"
    lost.write_text(json.dumps(["blue/lost.png"]))
    _, outcome = asked(graft, run, archive, "--remove-source", "--not-sent", lost, "--called", "a.zip")
    assert outcome.name == "a" and outcome.skipped == 1 and not archive.exists() and not lost.exists()
    pile = Workspace().uploads / "upload-2.zip"
    pile.write_bytes(b"no archive")
    folder = run.folder / FOLDER / "two"
    said = graft.call(
        "evaluate", run.folder, pile, "--job", folder, "--remove-source", "--called", "My pile.zip"
    )
    assert said.code == 2 and "My pile.zip" in said.err and not pile.exists()
    ended = ExternalTest(folder)
    assert (
        BACKEND.status(ended).state == "failed"
        and ended.outcome() is None
        and "My pile.zip" in BACKEND.status(ended).error
    )


def test_without_classes_nothing_could_be_right(graft: Graft, trained: Trained, run: Run) -> None:
    pile = graft.home / "pile"
    pile.mkdir()
    for number in range(3):
        shutil.copy(trained.path("blue", number), pile / f"{number}.png")
    said = graft.call("evaluate", run.folder, pile, "--job", run.folder / FOLDER / "one")
    assert said.code == 2 and "All 3 pictures in it lie in no class folder." in said.err
    assert "one folder of pictures per class" in said.err


def test_a_place_that_is_taken_is_refused(graft: Graft, trained: Trained, run: Run) -> None:
    test, before = asked(graft, run, trained.data)
    said = graft.call("evaluate", run.folder, trained.data, "--job", test.folder)
    assert said.code == 2 and "a test in that folder already" in said.err
    assert test.outcome() == before and BACKEND.status(test).state == "done"


def test_a_test_that_is_stopped_leaves_no_outcome(
    graft: Graft, trained: Trained, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = ExternalTest(run.folder / FOLDER / "one")
    told = Reporter.stage

    def stop_then(self: Reporter, stage: str, *arguments: object, **more: object) -> None:
        told(self, stage, *arguments, **more)  # type: ignore[arg-type]
        if stage == "loading":
            assert any_alive(external_tests_of(run))
            test.request_stop()

    monkeypatch.setattr(Reporter, "stage", stop_then)
    said = graft.call("evaluate", run.folder, trained.data, "--job", test.folder)
    assert said.code == 2 and "stopped" in said.err
    assert BACKEND.status(test).state == "cancelled" and test.outcome() is None
    assert not (test.brought / "files").exists() and not any_alive(external_tests_of(run))


@pytest.fixture
def seen_run(graft: Graft, trained: Trained) -> Run:
    """The same where other machines see it."""
    return Run(Path(shutil.copytree(trained.folder, Workspace().runs / "run")))


def test_other_machines_answer_for_a_part_of_it(
    graft: Graft, seen_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tlcore.graft.inputs.images.AT_ONCE", 2)
    folder = draw(graft.home / "others", per_class=4)
    test, alone = asked(graft, seen_run, folder)
    shutil.rmtree(test.folder)
    others = Others(scoring.help_test, (0, 3)).stand_by(monkeypatch)  # begun by a machine that died
    test, shared = asked(graft, seen_run, folder)
    assert others.parts == 6 - 2 and shared.score == alone.score
    assert not (test.folder / helping.FOLDER).exists() and not (test.brought / "files").exists()


def test_who_would_answer_otherwise_is_no_help(
    graft: Graft, seen_run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody leaves an example out while the test is at work: the others would be off by one."""
    dataset = Dataset(Path(shutil.copytree(seen_run.config().data, Workspace().datasets / "own")))
    _, alone = asked(graft, seen_run, dataset.folder)
    shutil.rmtree(seen_run.folder / FOLDER)

    def helped(job: Job) -> int:
        change(dataset, Exclude((dataset.read().examples[0].key,)))
        return scoring.help_test(job)

    others = Others(helped, ()).stand_by(monkeypatch)
    _, outcome = asked(graft, seen_run, dataset.folder)
    assert others.parts == 0 and "other answers" in caplog.text
    assert outcome.score == alone.score


def test_a_model_needs_no_backbone_to_be_tested(
    graft: Graft, seen_run: Run, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = json.loads((seen_run.folder / "config.json").read_text())
    (seen_run.folder / "config.json").write_text(json.dumps(config | {"backbone": "file:/gone.keras"}))
    monkeypatch.setattr(type(BACKEND), "is_wide", True)
    _, outcome = asked(graft, seen_run, trained.data)
    assert outcome.score.n > 0


def test_a_stop_ends_what_is_shared_out(
    graft: Graft, seen_run: Run, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopping(job: Job) -> int:
        job.request_stop()
        return 0

    Others(stopping, ()).stand_by(monkeypatch)
    test = ExternalTest(seen_run.folder / FOLDER / "one")
    said = graft.call("evaluate", seen_run.folder, trained.data, "--job", test.folder)
    assert said.code == 2 and "stopped" in said.err
    assert BACKEND.status(test).state == "cancelled" and test.outcome() is None
    assert not (test.folder / helping.FOLDER).exists()
