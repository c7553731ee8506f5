"""The analysis of a finished run: written by real runs on pictures and texts, read by a fresh process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.fixtures import ROOT
from tests.fixtures.finished_runs import Tuned
from tests.fixtures.tiny_training import Graft, Trained, draw, small
from tlcore.data.images import decode
from tlcore.evaluate import analysis, embedding_map, label_errors
from tlcore.evaluate.novelty import KnownFeatures
from tlcore.graft.finish import analysis as studying
from tlcore.graft.network import cut, saved_model
from tlcore.graft.training import phases
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits

pytestmark = pytest.mark.usefixtures("unverified")


def splits_of(run: Run) -> dict[str, str]:
    manifest = run.manifest()
    places = assign_splits(run.config(), manifest)
    return {example.sha256: place for example, place in zip(manifest.examples, places, strict=True)}


def features(run: Run, batch: np.ndarray) -> np.ndarray:
    """Features that enter the head of the saved model."""
    model = saved_model.load(run.model)
    return np.asarray(keras.Model(model.inputs, cut.head_input(model))(batch, training=False))


def file_of(run: Run, sha256: str) -> Path:
    return run.dataset().file(sha256)


def test_all_examples_are_on_the_map_and_mistakes_among_them(trained: Trained) -> None:
    found = analysis.read(trained.folder)
    assert found is not None
    splits = splits_of(trained.run)
    assert {point.sha256: point.split for point in found.points} == splits and len(found.points) == 30
    answers = {p.sha256: (p.label, p.predicted) for p in trained.run.report().test.predictions}
    for point in found.points:
        expected = answers.get(point.sha256, (point.label, ""))
        assert (point.label, point.predicted) == expected and point.name.startswith(point.label)
    places = np.array([(point.x, point.y) for point in found.points])
    assert np.abs(places).max() == 1 and len(np.unique(places, axis=0)) > 20


def test_every_seen_example_is_looked_through(trained: Trained) -> None:
    found = analysis.read(trained.folder)
    assert found is not None and found.examples == 24
    assert all(one.label != one.suggested and 0 <= one.quality <= 1 for one in found.label_errors)


def test_what_was_seen_is_kept_as_the_saved_model_sees_it(trained: Trained) -> None:
    seen, found = KnownFeatures.load(trained.folder), analysis.read(trained.folder)
    assert seen is not None and found is not None and found.novelty is not None
    splits = splits_of(trained.run)
    known = sorted(sha256 for sha256, split in splits.items() if split != "test")
    assert sorted(sha256.decode() for sha256 in seen.sha256) == known and len(seen) == found.novelty.n
    paths = [file_of(trained.run, sha256) for sha256 in known]
    given = features(trained.run, np.stack([decode.decode(path, 64, "stretch") for path in paths]))
    for feature, sha256 in zip(given, known, strict=True):
        nearest = seen.nearest(feature, 1)[0]
        assert nearest.sha256 == sha256 and nearest.similarity > 0.99
    assert found.novelty.flagged <= 0.03
    assert (seen.distance(given) <= found.novelty.threshold).all()


def test_a_fresh_process_reads_it_without_anything_heavy(trained: Trained) -> None:
    script = (
        "import sys; from pathlib import Path; from tlcore.evaluate.novelty import KnownFeatures\n"
        "from tlcore.evaluate import analysis, embedding_map, label_errors\n"
        "folder = Path(sys.argv[1]); seen = KnownFeatures.load(folder)\n"
        "assert set(sys.modules).isdisjoint({'tensorflow', 'keras', 'sklearn', 'cleanlab', 'scipy'})\n"
        "print(len(seen), len(analysis.read(folder).points))"
    )
    words = [sys.executable, "-c", script, str(trained.folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("24 30\n", 0), done.stderr


def test_a_tuned_backbone_is_asked_for_what_enters_its_head(tuned: Tuned) -> None:
    check_features(tuned.run)


def test_a_network_without_a_frozen_part_is_asked_too(from_scratch: Run) -> None:
    check_features(from_scratch)


def check_features(run: Run) -> None:
    """What was kept for each example is what enters the head of the model as it is saved."""
    seen, found = KnownFeatures.load(run.folder), analysis.read(run.folder)
    assert seen is not None and found is not None and len(found.points) == 30
    sha256 = [name.decode() for name in seen.sha256]
    size = run.config().input_size
    assert size
    batch = np.stack([decode.decode(file_of(run, name), size, "stretch") for name in sha256])
    given = features(run, batch)
    assert seen.width == given.shape[1]
    assert all(seen.nearest(one, 1)[0].similarity > 0.99 for one in given)
    if run.report().kept != "head":
        assert found.novelty is None, "six pictures of the validation split are too few"


def test_texts_are_studied_alike(trained_texts: Trained) -> None:
    run = trained_texts.run
    seen, found = KnownFeatures.load(run.folder), analysis.read(run.folder)
    assert seen is not None and found is not None and found.novelty is not None
    assert (len(seen), seen.width, len(found.points), found.examples) == (40, 384, 48, 40)
    assert {point.split for point in found.points} == {"train", "validation", "test"}


@pytest.mark.usefixtures("features_there")
def test_stopped_in_the_study_the_model_stays_and_resuming_makes_what_can_be_worked_out(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(graft.home / "run")
    real = studying._head_features

    def stopped_meanwhile(taught: phases.TrainingResult, rows: np.ndarray) -> Iterator[np.ndarray]:
        assert run.has_model, "it can be used already"
        run.request_stop()
        return real(taught, rows)

    with monkeypatch.context() as patch:
        patch.setattr(studying, "_head_features", stopped_meanwhile)
        said = graft.train(coloured, "run", small())
    assert said.code == 0 and said.json["state"] == "cancelled"
    assert run.has_model and not (run.folder / analysis.FILE).exists()

    def broken(*_: object) -> None:
        raise ValueError("of all things")

    monkeypatch.setattr(embedding_map, "map_coordinates", broken)
    monkeypatch.setattr(label_errors, "find_label_errors", broken)
    assert graft.call("resume", run.folder, "--json").json["state"] == "done"
    found = analysis.read(run.folder)
    assert found is not None and found.novelty is not None
    assert (found.points, found.label_errors, found.examples) == ((), (), 0)
    assert found.no_points == found.no_label_errors == "failed"
    assert "analysis: no map" in run.log.read_text() and "of all things" in run.log.read_text()


@pytest.mark.usefixtures("without_cross_fit")
def test_of_many_examples_some_of_each_class_are_taken(graft: Graft, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most in (("MOST_KNOWN", 12), ("MOST_DISTANCES", 4)):
        monkeypatch.setattr(studying, name, most)
    monkeypatch.setattr(embedding_map, "MOST", 10)
    data = draw(graft.home / "data", per_class=10)
    assert graft.train(data, "run", small(epochs=1)).code == 0
    run = Run(graft.home / "run")
    seen, found = KnownFeatures.load(run.folder), analysis.read(run.folder)
    assert seen is not None and np.bincount(seen.labels).tolist() == [4, 4, 4]
    assert found is not None and found.novelty is None, "four are too few"
    counts = np.unique([point.split == "test" for point in found.points], return_counts=True)[1]
    assert counts.tolist() == [5, 5], "half of the map is for the test split"
