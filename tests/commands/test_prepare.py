"""`prepare`: what the run that follows finds, whom it gives way to, and what is left when it is killed."""

from __future__ import annotations

import json
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from tests.commands.conftest import read_features
from tests.fixtures.estimates import prepared
from tests.fixtures.tiny_training import Graft, draw, small
from tlcore import config as configuration
from tlcore.commands import prepare
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.samples.texts import make_text_sample
from tlcore.data.versions.edits import Exclude, Relabel
from tlcore.data.versions.versions import change
from tlcore.errors import RunError, WorkspaceError
from tlcore.evaluate.estimate.record import Estimate, ExampleFeatures
from tlcore.graft import preparation as heavy
from tlcore.runs.job import Reporter
from tlcore.runs.preparation import (
    GAVE_WAY,
    MOST,
    MOST_FEATURES,
    Preparation,
    forget_old,
    preparations_of,
)
from tlcore.runs.queue import turn, waiting_names
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace


def settings(graft: Graft, config: RunConfig) -> Path:
    file = graft.home / "settings.json"
    file.write_bytes(configuration.to_json(config))
    return file


def command(graft: Graft, data: Path, config: RunConfig | None = None) -> list[object]:
    return ["prepare", data, "--config", settings(graft, config or small()), "--json"]


@pytest.fixture
def dataset(graft: Graft, coloured: Path) -> Dataset:
    """The thirty pictures, imported."""
    folder = Workspace().datasets / "coloured"
    assert graft.call("import", coloured, "--out", folder).code == 0
    return Dataset(folder)


PAUSED = "Paused for a run; continues afterwards"


def no_tensorflow(*_: object) -> None:
    raise AssertionError("the frozen part ran again")


@pytest.mark.usefixtures("unverified", "without_cross_fit")
def test_the_run_that_follows_computes_nothing_and_an_edit_needs_no_network(
    graft: Graft, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = graft.call(*command(graft, dataset.folder))
    assert said.code == 0, said.err
    (job,) = preparations_of(Workspace(), dataset, 1)
    found, status = job.estimate(), BACKEND.status(job)
    assert found and said.json["accuracy"] == found.accuracy > 0.6
    assert (found.n, found.total, found.version, said.json["state"]) == (24, 24, 1, "done")
    assert (status.state, status.message) == ("done", "Ready") and waiting_names(Workspace().queue) == []
    assert {point.split for point in found.analysis.points} == {"train", "validation"}
    assert job.config().engine == "auto", "what the work chose is no setting of anybody's"
    log = read_features(graft, dataset.folder, small(epochs=1))
    assert "the frozen part: 0 of 30 rows computed" in log

    monkeypatch.setattr(heavy, "head_features", no_tensorflow)
    keys = [example.key for example in dataset.read().examples]
    change(dataset, Relabel((keys[0],), "blue"))
    change(dataset, Exclude((keys[1],)))
    again = graft.call(*command(graft, dataset.folder))
    assert again.code == 0 and again.json["version"] == 3, again.err
    assert len(preparations_of(Workspace(), dataset)) == 2
    assert preparations_of(Workspace(), dataset, 1)[0].estimate() == found


def test_without_json_it_is_read_as_lines(graft: Graft, dataset: Dataset) -> None:
    said = graft.call("prepare", dataset.folder, "--input-size", 64)
    first, *rest = said.out.splitlines()
    assert said.code == 0 and first.startswith("A first model would get about ")
    assert len(rest) == 3 + 4 and rest[0].startswith("amber")
    assert prepare.render({"state": "cancelled"}) == "Stopped."
    assert "too few" in prepare.render({"state": "done", "n": 0})


@pytest.mark.usefixtures("unverified", "without_cross_fit")
def test_texts_are_prepared_by_the_same_command(graft: Graft, fetched: Path, short_minilm: str) -> None:
    table = make_text_sample(graft.home, per_class=12)
    config = configuration.from_json('{"head": {"hidden": [8]}, "training": {"epochs": 1}}')
    said = graft.call("prepare", table, "--backbone", short_minilm, "--json")
    assert said.code == 0, said.err
    features = ExampleFeatures.load(Path(said.json["preparation"]))
    assert features is not None and features.size_from_data and len(features.sha256) == 48
    log = read_features(graft, table, config, "--backbone", short_minilm)
    assert "the frozen part: 0 of 48 rows" in log


def test_it_waits_for_runs_outside_their_line_and_can_be_stopped_there(
    graft: Graft, dataset: Dataset
) -> None:
    with turn(Workspace().queue, "a run", lambda ahead: False):
        process = graft.spawn(*command(graft, dataset.folder))
        deadline = time.monotonic() + 60
        while not any(
            BACKEND.status(job).message == "Waiting for a run to end"
            for job in preparations_of(Workspace(), dataset)
        ):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        assert waiting_names(Workspace().queue) == ["a run"]
        again = graft.call(*command(graft, dataset.folder))
        assert again.code == 2 and "at work already" in again.err
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (128 + signal.SIGTERM, "")
    assert json.loads(out)["state"] == "cancelled"


@pytest.mark.parametrize("in_background", [False, True])
def test_a_run_that_comes_stops_it_and_it_goes_on_afterwards(
    graft: Graft, dataset: Dataset, monkeypatch: pytest.MonkeyPatch, in_background: bool
) -> None:
    started: list[list[str]] = []

    def compute(job: Preparation, *_: object) -> None:
        """A run comes while the frozen part is at work."""
        with turn(Workspace().queue, "a run", lambda ahead: False):
            deadline = time.monotonic() + 60
            while not job.stop_requested():
                assert time.monotonic() < deadline
                time.sleep(0.01)

    monkeypatch.setattr(heavy, "head_features", compute)
    monkeypatch.setattr("tlcore.processes.lower_priority", lambda: None)
    monkeypatch.setattr(BACKEND, "start", lambda job, arguments: started.append(arguments))
    options = ["--background"] if in_background else []
    said = graft.call(*command(graft, dataset.folder), *options)
    (job,) = preparations_of(Workspace(), dataset)
    assert (said.code, said.json["state"]) == (0, "cancelled")
    assert job.gave_way == (job.recorded().stage == GAVE_WAY) == in_background
    assert job.recorded().message == (PAUSED if in_background else "Stopped for a run")
    assert not job.stop_requested()
    assert job.estimate() is None
    assert len(started) == in_background
    if in_background:
        assert graft.call(*started[0][:-1]).code == 0 or job.gave_way, "the command it goes on with is whole"


def test_one_that_cannot_go_on_has_failed(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(job: Preparation, arguments: list[str]) -> None:
        raise RunError("There is no memory.")

    monkeypatch.setattr(BACKEND, "start", refuse)
    job = prepared(dataset, state="cancelled", stage=GAVE_WAY)
    prepare._go_on(job, dataset)
    assert (job.recorded().state, job.recorded().error) == ("failed", "There is no memory.")
    another = prepared(dataset, state="queued")  # of another process, which was quicker
    prepare._go_on(another, dataset)
    assert another.recorded().state == "queued"


def test_a_long_wait_is_written_down_once(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    job, looks = prepared(dataset), iter([True] * 5)
    monkeypatch.setattr(prepare, "WAIT_EVERY", 0.0)
    monkeypatch.setattr(prepare.preparations, "is_run_in_line", lambda workspace: next(looks, False))
    reporter, stages = Reporter(job), []
    monkeypatch.setattr(reporter, "stage", lambda stage, *_, **__: stages.append(stage))
    prepare._wait_for_runs(job, reporter)
    assert stages == ["queued"] and next(looks, None) is None


def test_two_at_once_wait_for_each_other(graft: Graft, dataset: Dataset) -> None:
    with turn(Workspace().folder("queue", "preparing"), "another", lambda ahead: False):
        process = graft.spawn(*command(graft, dataset.folder))
        deadline = time.monotonic() + 60
        while not any(
            "Waiting for another preparation" in BACKEND.status(job).message
            for job in preparations_of(Workspace(), dataset)
        ):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        process.terminate()
        process.communicate(timeout=60)


def test_a_full_disk_is_said_and_the_next_one_goes_on(
    graft: Graft, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise WorkspaceError("Not enough disk space.")

    with monkeypatch.context() as patch:
        patch.setattr(prepare, "check_free", full)
        said = graft.call(*command(graft, dataset.folder))
    (job,) = preparations_of(Workspace(), dataset)
    assert said.code == 2 and "disk space" in said.err and job.estimate() is None
    assert BACKEND.status(job).state == "failed"
    assert graft.call(*command(graft, dataset.folder)).code == 0 and job.estimate()


def test_killed_as_it_begins_or_with_features_the_next_one_comes_to_the_same(
    graft: Graft, dataset: Dataset
) -> None:
    words = [*command(graft, dataset.folder), "--out", graft.home / "job"]
    assert graft.call(*words).code == 0
    job, features = Preparation(graft.home / "job"), Workspace().cache / "features"
    wanted = job.estimate()
    assert wanted is not None
    for comes in (job.folder / "status.json", features):
        shutil.rmtree(features)
        shutil.rmtree(job.folder)
        process = graft.spawn(*words)
        while process.poll() is None and not comes.exists():
            time.sleep(0.02)
        process.kill()
        process.communicate()
        claimed = job.estimate()
        assert claimed is None or close(claimed, wanted)
        said = graft.call(*words)
        assert said.code == 0, said.err
        after = job.estimate()
        assert after is not None and close(after, wanted)


def close(one: Estimate, other: Estimate) -> bool:
    """The same but for the last digits of the map and the fits, which depend on the engine's threads."""
    counts = [(each.n, each.right, each.classes, each.version) for each in (one, other)]
    curves = [[point.accuracy for point in each.curve] for each in (one, other)]
    return counts[0] == counts[1] and np.allclose(*curves)


def test_what_cannot_be_is_one_sentence_and_leaves_nothing(graft: Graft, coloured: Path) -> None:
    one_class = draw(graft.home / "one", classes=("amber",))
    for words, why in (
        (["prepare", one_class], "only one class"),
        (["prepare", coloured, "--backbone", "minilm_l6"], "reads texts"),
        (["prepare", coloured, "--input-size", "7"], "takes pictures of"),
        (["prepare", graft.home / "nowhere"], "nothing at that path"),
    ):
        said = graft.call(*words)
        assert (said.code, said.out) == (2, "") and why in said.err.lower() and said.err.count("\n") == 1
    assert not (Workspace().root / "cache" / "estimates").exists()


def test_only_the_last_few_are_stored_and_none_of_data_that_are_gone(graft: Graft, dataset: Dataset) -> None:
    root = Workspace().root / "cache" / "estimates"
    config = RunConfig(data=str(dataset.folder))
    for number in range(20):
        folder = root / dataset.id / f"{number:012x}-{0:012x}"
        Preparation.prepare(folder, config)
        (folder / "features.npz").touch()
    Preparation.prepare(root / "gone" / "1-1", RunConfig(data=str(graft.home / "gone")))
    assert len(preparations_of(Workspace(), dataset)) == 20
    forget_old(Workspace(), dataset)
    assert len(preparations_of(Workspace(), dataset)) == MOST
    assert len(list(root.rglob("features.npz"))) == MOST_FEATURES
    assert [item.name for item in root.iterdir()] == [dataset.id]
