"""A run handed on and opened in another workspace: the same report and answers, or nothing at all."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import msgspec
import pytest

from tests.fixtures.bundles import repacked
from tests.fixtures.tiny_training import Trained
from tlcore import config as configuration
from tlcore.data.dataset import Dataset
from tlcore.errors import ArchiveError, DataError, GraftError, RunError
from tlcore.evaluate import analysis, confidence_threshold
from tlcore.evaluate.confidence_threshold import ConfidenceThreshold
from tlcore.export.hand_on import opening, trial
from tlcore.export.hand_on.opening import Opening, OpeningResult
from tlcore.export.hand_on.pack import pack
from tlcore.export.proof.examples import ProofExamples
from tlcore.graft.predict.predictor import load
from tlcore.runs import run_records
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run, runs
from tlcore.runs.split_assignment import splits_by_content
from tlcore.workspace import Workspace


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Another person's workspace, empty."""
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "elsewhere"))
    return Workspace()


@pytest.fixture
def sent(trained: Trained, tmp_path: Path) -> Path:
    """A run in a file, without its pictures."""
    pack(trained.run, tmp_path / "sent.graft", with_examples=False)
    return tmp_path / "sent.graft"


def open_(file: Path, workspace: Workspace, id: str = "opened") -> tuple[Run, OpeningResult]:
    job = Opening.new(workspace)
    opened = job.open(file, workspace.runs / id, Reporter(job))
    assert job.result() == opened and not (job.folder / "run").exists()
    return Run(Path(opened.folder)), opened


def test_it_answers_as_before(
    trained: Trained, sent: Path, elsewhere: Workspace, tried_here: list[int]
) -> None:
    run, opened = open_(sent, elsewhere)
    assert (opened.compared, opened.has_data, tried_here) == (0, False, [1])
    assert [one.id for one in runs(elsewhere.runs)] == ["opened"]
    assert run.report() == trained.run.report() and run.edition() == trained.run.edition()
    assert run.labels() == trained.run.labels() and run.rows() == trained.run.rows()
    assert analysis.read(run.folder) == analysis.read(trained.folder)
    paths = [trained.path(label) for label in run.labels()]
    before, after = (list(load(one).answers(*paths)) for one in (trained.run, run))
    assert before == after
    assert run.recorded().state == "done"


def test_the_file_tells_nothing_of_this_computer(trained: Trained, sent: Path) -> None:
    with zipfile.ZipFile(sent) as archive:
        for name in archive.namelist():
            if name.endswith((".json", ".jsonl")):
                assert str(trained.home).encode() not in archive.read(name), name
        assert not [name for name in archive.namelist() if "thumbs" in name or "log" in name]


def test_the_same_run_gives_the_same_file(trained: Trained, sent: Path, tmp_path: Path) -> None:
    pack(trained.run, tmp_path / "again.graft", with_examples=False)
    assert (tmp_path / "again.graft").read_bytes() == sent.read_bytes()
    assert sorted(item.name for item in tmp_path.iterdir()) == ["again.graft", "sent.graft"]


def test_without_pictures_the_list_of_them_remains(
    trained: Trained, sent: Path, elsewhere: Workspace, tried_here: list[int]
) -> None:
    run, _ = open_(sent, elsewhere)
    config = run.config()
    assert config.data == str(run.folder / "data") and not run.dataset().is_ready
    assert splits_by_content(config) == splits_by_content(trained.run.config())
    with pytest.raises(DataError, match="pictures of this run are not here"):
        ProofExamples(run)


def test_small_pictures_are_drawn_anew_and_serve_for_a_proof(
    trained: Trained, elsewhere: Workspace, tmp_path: Path, tried_here: list[int]
) -> None:
    pack(trained.run, tmp_path / "sent.graft", with_examples=True)
    name = next(name for name in zipfile.ZipFile(tmp_path / "sent.graft").namelist() if "thumbs" in name)
    run, _ = open_(repacked(tmp_path / "sent.graft", {name: b"no picture"}), elsewhere)
    thumbnails = {path.name for path in run.folder.rglob("*.jpg")}
    assert len(thumbnails) == 29 and Path(name).name not in thumbnails
    assert not (run.folder / "data" / "received").exists()
    asked = ProofExamples(run).questions()
    there = [path for path in asked.pictures if Path(path).is_file()]
    assert len(asked.pictures) == 12 and len(there) >= 11


def test_the_same_data_set_is_used_where_it_is(
    trained: Trained, sent: Path, elsewhere: Workspace, tried_here: list[int]
) -> None:
    there = elsewhere.datasets / "mine"
    shutil.copytree(trained.run.dataset().folder, there)
    run, opened = open_(sent, elsewhere)
    assert run.config().data == str(there) and not (run.folder / "data").exists()
    assert opened.has_data and opened.compared == tried_here[0] == run.report().test.n
    assert ProofExamples(run).questions().pictures


def test_another_data_set_is_not(
    trained: Trained, sent: Path, elsewhere: Workspace, tried_here: list[int]
) -> None:
    there = Dataset(elsewhere.datasets / "mine")
    shutil.copytree(trained.run.dataset().folder, there.folder)
    manifest = there.read()
    examples = (
        msgspec.structs.replace(manifest.examples[0], label=manifest.classes[1]),
        *manifest.examples[1:],
    )
    there.manifest(1).write_bytes(msgspec.json.encode(msgspec.structs.replace(manifest, examples=examples)))
    assert not open_(sent, elsewhere)[1].has_data


def test_a_model_that_answers_otherwise_is_refused(
    trained: Trained,
    sent: Path,
    elsewhere: Workspace,
    tried_here: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(trained.run.dataset().folder, elsewhere.datasets / "mine")
    ask = trial.ask
    monkeypatch.setattr(trial, "ask", lambda *asked: [trial.TrialAnswer({}), *ask(*asked)[1:]])
    with pytest.raises(RunError, match=r"answers 1 of \d+ test examples otherwise"):
        open_(sent, elsewhere)
    assert nothing_is_left(elsewhere)


def nothing_is_left(workspace: Workspace) -> bool:
    folder, *others = (workspace.root / "cache" / "openings").iterdir()
    assert not others and {item.name for item in folder.iterdir()} <= {"status.json", "trial.log", "stop"}
    return not list(workspace.runs.iterdir())


def test_one_that_is_stopped_leaves_nothing(
    sent: Path, elsewhere: Workspace, tried_here: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Opening.new(elsewhere)
    reporter = Reporter(job)
    look = opening.contents.check

    def look_and_stop(folder: Path) -> None:
        look(folder)
        job.request_stop()

    monkeypatch.setattr(opening.contents, "check", look_and_stop)
    with pytest.raises(opening.OpeningStopped):
        job.open(sent, elsewhere.runs / "opened", reporter)
    assert nothing_is_left(elsewhere) and tried_here == []


def test_a_damaged_file_leaves_nothing(sent: Path, elsewhere: Workspace, tried_here: list[int]) -> None:
    sent.write_bytes(sent.read_bytes()[:-5_000])
    with pytest.raises(ArchiveError):
        open_(sent, elsewhere)
    assert nothing_is_left(elsewhere) and tried_here == []


def test_a_model_that_asks_for_code_is_never_tried(
    sent: Path, elsewhere: Workspace, tried_here: list[int]
) -> None:
    with zipfile.ZipFile(sent) as archive:
        model = Path(archive.extract("model.keras", elsewhere.folder("cache")))
    changed = model.with_name("changed.keras")
    with zipfile.ZipFile(model) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'"class_name": "Softmax"', b'"class_name": "Lambda"'))
    with pytest.raises(RunError, match=r"Received: keras\.layers\.Lambda"):
        open_(repacked(sent, {"model.keras": changed.read_bytes()}), elsewhere)
    assert nothing_is_left(elsewhere) and tried_here == []


def test_opened_twice_it_is_two_runs(sent: Path, elsewhere: Workspace, tried_here: list[int]) -> None:
    one, other = (open_(sent, elsewhere, id)[0] for id in ("one", "other"))
    assert one.report() == other.report() and one.config().data != other.config().data
    with pytest.raises(RunError, match="something in that place already"):
        open_(sent, elsewhere, "one")
    assert len(runs(elsewhere.runs)) == 2


def test_name_and_threshold_go_along(
    trained: Trained, elsewhere: Workspace, tmp_path: Path, tried_here: list[int]
) -> None:
    run = Run(shutil.copytree(trained.folder, tmp_path / "mine"))
    run_records.write_notes(run.folder, run_records.Notes("<b>Best</b>", starred=True))
    confidence_threshold.write(run.folder, ConfidenceThreshold(0.7, run.edition()))
    pack(run, tmp_path / "sent.graft", with_examples=False)
    opened, _ = open_(tmp_path / "sent.graft", elsewhere)
    assert opened.threshold() == 0.7
    assert run_records.read_notes(opened.folder) == run_records.Notes("<b>Best</b>", starred=False)


def test_what_a_run_went_on_from_goes_along(
    trained: Trained, elsewhere: Workspace, tmp_path: Path, tried_here: list[int]
) -> None:
    """The splits of all examples that its model has seen are as they were, though no earlier run is here."""
    folder = trained.folder
    for number in range(3):
        run = Run(shutil.copytree(trained.folder, tmp_path / f"run-{number}"))
        config = msgspec.structs.replace(run.config(), start_from=str(folder), seed=number)
        (run.folder / "config.json").write_bytes(configuration.to_json(config))
        folder = run.folder
    pack(run, tmp_path / "sent.graft", with_examples=False)
    opened, _ = open_(tmp_path / "sent.graft", elsewhere)
    assert splits_by_content(opened.config()) == splits_by_content(run.config())
    seeds, config = [], opened.config()
    while config.start_from:
        config = Run.existing(Path(config.start_from)).config()
        seeds.append(config.seed)
    assert seeds == [1, 0, trained.run.config().seed]
    assert len(runs(elsewhere.runs)) == 1


def test_a_run_without_its_data_can_still_be_handed_on(
    trained: Trained, elsewhere: Workspace, tmp_path: Path, tried_here: list[int]
) -> None:
    run = Run(shutil.copytree(trained.folder, tmp_path / "mine"))
    config = msgspec.structs.replace(run.config(), data=str(tmp_path / "gone"))
    (run.folder / "config.json").write_bytes(configuration.to_json(config))
    pack(run, tmp_path / "sent.graft", with_examples=True)
    opened, _ = open_(tmp_path / "sent.graft", elsewhere)
    assert opened.report() == run.report()
    with pytest.raises(GraftError, match="deleted"):
        opened.manifest()


def test_only_a_finished_run_is_handed_on(trained: Trained, tmp_path: Path) -> None:
    run = Run(shutil.copytree(trained.folder, tmp_path / "mine"))
    run.model.unlink()
    with pytest.raises(RunError, match="no model yet"):
        pack(run, tmp_path / "sent.graft", with_examples=False)
    assert not list(tmp_path.glob("*.graft"))


def test_texts_can_go_along(
    trained_texts: Trained, elsewhere: Workspace, tmp_path: Path, tried_here: list[int]
) -> None:
    """With its texts a run is whole: its answers are compared with its report."""
    pack(trained_texts.run, tmp_path / "sent.graft", with_examples=True)
    run, opened = open_(tmp_path / "sent.graft", elsewhere)
    assert opened.compared == tried_here[0] == min(trial.MOST, run.report().test.n)
    assert run.dataset().is_ready and not opened.has_data
