"""The files of a run from somebody else, read once and held against each other before it is a run.

All is read as the type that pages read it as. The model is looked at by `keras_file.py` and `trial.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import NoReturn

import numpy as np

from tlcore import config as configuration
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import FOLDER_PREFIX
from tlcore.config import RunConfig
from tlcore.data import text_store
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import LONGEST_LABEL, MAX_TEXT_BYTES, Manifest
from tlcore.data.names import clean_text
from tlcore.errors import BackboneError, GraftError, RunError, printable
from tlcore.evaluate import analysis
from tlcore.evaluate.detection.score import DetectionScore
from tlcore.evaluate.novelty import KnownFeatures
from tlcore.evaluate.report import Score
from tlcore.evaluate.segmentation.score import SegmentationScore
from tlcore.export.hand_on import arrays, bundle, keras_file
from tlcore.heads.term_counts import SPLITS
from tlcore.runs.run import Run

MOST_CLASSES = 10_000
MOST_NEIGHBOURS = 1_000
FEATURES = ("features", "sha256", "labels", "neighbours", "boxes")
HEAD = ("arr_0", "arr_1")  # of `before_refit.npz`: kernel and bias


def check(folder: Path) -> None:
    """Refuse a run in `folder` whose files cannot be read, or contradict each other.

    Raises:
        RunError: so it is; says which.
    """
    run = Run(folder)
    _checked("config.json", lambda: _check_config(folder / "config.json"))
    _checked("labels.json", lambda: _check_labels(run.labels()))
    _checked("report.json", lambda: _check_report(run))
    keras_file.check(run.model)
    _checked("report.json", lambda: _check_counts(run))
    if (folder / analysis.FILE).exists() and analysis.read(folder) is None:
        _refuse(analysis.FILE, "It is not one that this version reads.")
    if (folder / analysis.FEATURES).exists():
        arrays.check(folder / analysis.FEATURES, FEATURES)
        _checked(analysis.FEATURES, lambda: _check_features(folder, len(run.labels())))
    if (folder / "before_refit.npz").exists():
        arrays.check(folder / "before_refit.npz", HEAD)
    if (folder / bundle.MANIFEST).exists():
        _checked(bundle.MANIFEST, lambda: _check_data(folder / bundle.DATA, run))
    _check_earlier(folder)


def _checked(name: str, look: Callable[[], object]) -> None:
    """Look at one file; what is wrong with it is told with its name."""
    try:
        look()
    except GraftError as error:
        _refuse(name, error.what, error.received)
    except (ValueError, KeyError, IndexError, TypeError, OSError) as error:
        _refuse(name, "It cannot be read.", f"{type(error).__name__}: {error}")


def _check_config(path: Path) -> RunConfig:
    config = configuration.from_json(path.read_bytes())
    name = config.backbone.removeprefix(FOLDER_PREFIX)
    if name == config.backbone:
        catalogue.get(name)
    elif not bundle.is_plain(name):
        raise BackboneError("It names a folder of this computer.", received=name)
    catalogue.task_of(config)
    return config


def _check_labels(labels: tuple[str, ...]) -> None:
    if not 0 < len(set(labels)) == len(labels) <= MOST_CLASSES:
        raise RunError("Its classes are not all different, or too many.", received=len(labels))
    for label in labels:
        if not label or len(label) > LONGEST_LABEL or clean_text(label) != label:
            raise RunError("A class has a name that cannot be shown.", received=label)


def _check_report(run: Run) -> None:
    test, labels = run.report().test, run.labels()
    if test.labels != labels:
        raise RunError("Its classes are not those of the model.")
    if test.detection:
        _check_boxes(test.detection, labels)
    elif test.segmentation:
        _check_areas(test.segmentation, labels)
    else:
        _check_classes(test)


def _check_classes(test: Score) -> None:
    labels, known = test.labels, set(test.labels)
    said = {one.label for one in test.predictions} | {one.predicted for one in test.predictions}
    sides = {len(test.confusion), *map(len, test.confusion)}
    named = [tuple(one.label for one in test.per_class), tuple(one.label for one in test.curves) or labels]
    count = sum(map(sum, test.confusion))
    is_sound = sides == {len(labels)} and all(names == labels for names in named) and count == test.n
    if not is_sound or not said <= known or test.baseline_label not in known:
        raise RunError("Its numbers do not belong together.")


def _check_counts(run: Run) -> None:
    """By these pages decide which formats are offered, and tell a person what goes along."""
    choice = run.report().head_choice
    said = [(SPLITS[choice.counts], choice.terms)] if choice and choice.counts else []
    if said != keras_file.counted_terms(keras_file.read(run.model)):
        raise RunError("It says of the terms that the model counts what is not so.", received=said or "none")


def _check_boxes(test: DetectionScore, labels: tuple[str, ...]) -> None:
    numbers = [box.number for one in test.pictures for box in one.objects]
    numbers += [box.number for one in test.pictures for box in one.answers]
    found = all(answer.object < len(one.objects) for one in test.pictures for answer in one.answers)
    if test.labels != labels or not _are_classes(numbers, labels) or not found:
        raise RunError("Its numbers do not belong together.")


def _check_areas(test: SegmentationScore, labels: tuple[str, ...]) -> None:
    numbers = (area.number for one in test.pictures for area in one.areas)
    if test.labels != labels or not _are_classes(numbers, labels):
        raise RunError("Its numbers do not belong together.")


def _are_classes(numbers: Iterable[int], labels: tuple[str, ...]) -> bool:
    return all(0 <= number < len(labels) for number in numbers)


def _check_features(folder: Path, classes: int) -> None:
    found = arrays.load(folder / analysis.FEATURES)
    known = KnownFeatures.load(folder)
    if known is None or found["neighbours"].shape or not 0 < known.neighbours <= MOST_NEIGHBOURS:
        raise RunError("Its arrays do not belong together.")
    if found["features"].dtype.kind != "f" or not np.isfinite(known.directions).all():
        raise RunError("It holds what is no number.")
    labels = known.labels
    if labels.dtype.kind != "i" or (len(labels) and not 0 <= labels.min() <= labels.max() < classes):
        raise RunError("It names a class that the model has not.")
    if known.sha256.dtype.kind != "S" or not all(name.isalnum() for name in known.sha256.tolist()):
        raise RunError("It names an example that cannot be.")


def _check_data(folder: Path, run: Run) -> None:
    manifest = Dataset(folder).read(1)
    _check_manifest(manifest)
    if manifest.task != run.task:
        raise RunError("Its examples are of another kind than the model's.", received=manifest.task)
    if text_store.texts_file(folder):
        texts = text_store.read_texts(folder)
        if sum(map(len, texts.values())) > MAX_TEXT_BYTES:
            raise RunError("It has too many texts.")


def _check_manifest(manifest: Manifest) -> None:
    if manifest.classes:
        _check_labels(manifest.classes)
    if not all(example.sha256.isalnum() for example in manifest.examples):
        raise RunError("It names an example that cannot be.")


def _check_earlier(folder: Path) -> None:
    """The runs that it went on from: one after the other, each with its settings and examples."""
    there = sorted(int(item.name) for item in (folder / bundle.EARLIER).glob("*"))
    if there != list(range(1, len(there) + 1)):
        _refuse(bundle.EARLIER, "A run that it went on from is missing.")
    for number in there:
        before = bundle.earlier_folder(number)
        _checked(f"{before}/config.json", partial(_check_config, folder / before / "config.json"))
        _checked(f"{before}/{bundle.MANIFEST}", partial(_check_list, folder / before / bundle.DATA))


def _check_list(folder: Path) -> None:
    _check_manifest(Dataset(folder).read(1))


def _refuse(name: str, why: str, received: object = None) -> NoReturn:
    raise RunError(
        f"{name} in this file is refused. {why}",
        received=None if received is None else printable(received),
    )
