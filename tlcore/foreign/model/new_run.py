"""A run made of a model from elsewhere: its backbone kept in the workspace, its head put on it, its answers
held against those of the file, and scored on a data set if there is one.

Where a data set says in which order its classes are, the outputs are put into that order.
"""

from __future__ import annotations

from pathlib import Path

import keras
import msgspec
import numpy as np

from tlcore import config as configuration
from tlcore import system
from tlcore.backbones.catalogue import own_file
from tlcore.backbones.catalogue.entry import FILE_PREFIX, Backbone
from tlcore.config import RunConfig
from tlcore.config.training import HeadConfig
from tlcore.data.dataset import LIST_ONLY, Dataset
from tlcore.data.manifest import Manifest
from tlcore.evaluate import report
from tlcore.export.hand_on.bundle import DATA
from tlcore.foreign.facts import ModelAnswers, ModelFacts
from tlcore.foreign.model import cut_network, network, pictures
from tlcore.foreign.model.cut_network import CutModel
from tlcore.graft.network import build, saved_model
from tlcore.graft.network.fingerprint import fingerprint
from tlcore.graft.predict import predictor
from tlcore.graft.predict.classifier import Classifier
from tlcore.runs import run_records
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run
from tlcore.runs.run_records import LONGEST_NAME, Notes
from tlcore.runs.split_assignment import assign_splits
from tlcore.workspace import Workspace, backbone_store

Data = tuple[Dataset, int]
COMPARED = 8  # pictures
NOTE = (
    "This model came from a file. Graft cannot tell what it was trained on: if these pictures were among "
    "that, it does worse on new ones."
)


def make(
    folder: Path,
    model: keras.Model,
    facts: ModelFacts,
    answers: ModelAnswers,
    data: Data | None,
    target: Path,
) -> None:
    """Make the run `folder/run`, to be moved to `target`.

    Raises:
        RunError: as a run it would answer in another way, or cannot be made; says why.
        DataError: the data set has other classes, or cannot be split.
    """
    run = Run(folder / "run")
    run.folder.mkdir()
    labels = _order(answers.labels, data)
    columns = [answers.labels.index(label) for label in labels]
    squares = _sample(folder, answers, data)
    expected = network.asker(model, facts)(squares, answers.pixels)[:, columns]
    parts = cut_network.cut_model(model, answers.size, answers.pixels)
    with backbone_store.lock(Workspace().root):
        entry = keep_backbone(parts, facts.name)
        config = configuration.resolved(_settings(entry, parts, data, target))
        system.write_atomic(run.folder / "config.json", configuration.to_json(config))
        for place in (run.folder, target):
            backbone_store.note_outside(Workspace().root, own_file.folder_of(entry.id).name, place)
    run.write_labels(labels)
    graft = build.build(config, len(labels))
    graft.model.get_layer("logits").set_weights([parts.kernel[:, columns], parts.bias[columns]])
    graft.model.save(run.model)
    saved_model.verify(run.model, squares, (expected,))
    report.write(run.folder / "report.json", _report(run, data, labels))
    if data is None:
        _write_empty_list(run, labels, facts.name)
    run_records.write_notes(run.folder, Notes(facts.name[:LONGEST_NAME].strip()))
    Reporter(run).end("done", "Brought from a file")


def _order(labels: tuple[str, ...], data: Data | None) -> tuple[str, ...]:
    """The labels in the order that data sets have: that of this one, or sorted."""
    if data is None:
        return tuple(sorted(labels))
    manifest = data[0].read(data[1])
    pictures.check_classes(manifest, labels)
    return manifest.classes


def _sample(folder: Path, answers: ModelAnswers, data: Data | None) -> np.ndarray:
    """A few pictures to compare answers on; noise where there are none."""
    if data is not None:
        some = pictures.of_dataset(*data, answers.labels)
    elif (folder / pictures.FOLDER).is_dir():
        some = pictures.dropped(folder)
    else:
        shape = (COMPARED, answers.size, answers.size, 3)
        return np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    return pictures.decoded(some[:COMPARED], answers.size)


def keep_backbone(parts: CutModel, name: str) -> Backbone:
    """The entry of the backbone, which is written into the workspace unless it is there already."""
    network_id = fingerprint(parts.backbone)[:32]
    folder = own_file.folder_of(network_id)
    backbone_id = f"{FILE_PREFIX}{network_id}"
    if (folder / own_file.ENTRY).is_file():
        return own_file.backbone(backbone_id)
    blocks = cut_network.blocks_of(parts.backbone)
    entry = Backbone(
        id=backbone_id,
        name=name,
        family="Own file",
        source="file",
        params=sum(block.params for block in blocks),
        macs=sum(block.macs for block in blocks),
        top1=None,
        top5=None,
        licence="of the model's author",
        input_size=int(parts.backbone.input_shape[1]),
        min_size=int(parts.backbone.input_shape[1]),
        fixed_size=True,
        download_bytes=0,
        works_offline=True,
        features=int(parts.backbone.output.shape[-1]),
        blocks=blocks,
        published="its file",
        weights_file="",
    )
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{network_id}.part.keras"
    try:
        parts.backbone.save(part)
        system.replace(part, folder / own_file.NETWORK)
    finally:
        part.unlink(missing_ok=True)
    system.write_atomic(folder / own_file.ENTRY, msgspec.json.encode(entry))
    return own_file.backbone(backbone_id)


def _settings(entry: Backbone, parts: CutModel, data: Data | None, target: Path) -> RunConfig:
    dataset, version = data or (Dataset(target / DATA), 1)
    return RunConfig(
        data=str(dataset.folder),
        data_version=version,
        task="images",
        backbone=entry.id,
        input_size=entry.input_size,
        fit=pictures.FIT,
        head=HeadConfig(hidden=(), dropout=round(parts.dropout, 3)),
    )


def _report(run: Run, data: Data | None, labels: tuple[str, ...]) -> report.Report:
    """Scores on validation and test examples; of none where there is no data set."""
    if data is None:
        nothing = report.score("test", labels, np.zeros(0, int), np.zeros((0, len(labels))), [])
        return _as_report(nothing, 0.0, 0.0, 0)
    dataset, manifest = data[0], data[0].read(data[1])
    splits = np.array(assign_splits(run.config(), manifest))
    by_split = {
        name: [one for one, split in zip(manifest.examples, splits, strict=True) if split == name]
        for name in ("train", "validation", "test")
    }
    commonest = max(labels, key=[one.label for one in by_split["train"]].count)
    loaded = predictor.load(run)
    assert isinstance(loaded, Classifier)
    validation, test = (
        loaded.score(dataset, of, name, loaded.ask(loaded.row_loader(dataset, of), of), guess)
        for name, of, guess in (
            ("validation", by_split["validation"], None),
            ("test", by_split["test"], commonest),
        )
    )
    return _as_report(test, validation.accuracy, validation.loss, validation.n)


def _as_report(test: report.Score, accuracy: float, loss: float, n: int) -> report.Report:
    return report.Report(
        test=test,
        validation_accuracy=accuracy,
        validation_loss=loss,
        validation_n=n,
        best_epoch=0,
        epochs=0,
        note=NOTE,
    )


def _write_empty_list(run: Run, labels: tuple[str, ...], name: str) -> None:
    """The list of the examples that Graft knows it was trained on: none."""
    own = Dataset(run.folder / DATA)
    own.folder.mkdir()
    own.write(Manifest(name=name, classes=labels, problem="It has no pictures."))
    (own.folder / LIST_ONLY).touch()
