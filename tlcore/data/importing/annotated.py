"""Import of pictures with annotations: the reader of the tasks "detection" and "segmentation".

Pictures are read as those of classes are (`images.py`); what `annotations/` read of them is then laid on the
picture that is there. A picture that nobody has annotated is set aside: it is not one without objects.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import msgspec
import numpy as np

from tlcore.data.annotations import acceptance, class_maps
from tlcore.data.annotations.annotation import IGNORED, MOST_AREA_CLASSES, Annotation
from tlcore.data.annotations.formats import reader
from tlcore.data.dataset import Dataset
from tlcore.data.files.open_source import open_source
from tlcore.data.importing import images
from tlcore.data.importing.folder_labels import ClassAssignment
from tlcore.data.importing.progress import Listener, Stopper
from tlcore.data.manifest import Example, Manifest, Skipped, Task, order_aside, order_used
from tlcore.data.tables.rows import GUESS_COLUMNS, ColumnNames
from tlcore.errors import DataError, PictureError

needed_bytes = images.needed_bytes
near_copies = images.near_copies


def task_in(path: Path) -> Task | None:
    """The task that the annotations in a folder or archive are for; None: there are none.

    Raises:
        DataError: it cannot be opened.
    """
    with open_source(path) as source:
        kinds = reader.find(source)
    return kinds.task if kinds else None


def collect(
    path: Path,
    dataset: Dataset | None,
    on_progress: Listener,
    should_stop: Stopper,
    columns: ColumnNames = GUESS_COLUMNS,
    label: str | None = None,
) -> Manifest:
    """As `TaskReader.collect`; a class of all examples, `label`, is not used: each object has its own.

    Raises:
        DataError: `path` cannot be opened, there are no annotations, or their areas have too many classes.
        ImportStopped: `should_stop` returned True.
    """
    with open_source(path) as source:
        said = reader.read(source, pause=partial(images.check_stop, should_stop))
        places = [ClassAssignment("", said.splits.get(entry.name)) for entry in source.entries]
        manifest = images.collect_places(source, places, dataset, on_progress, should_stop)
        return _with_annotations(manifest, said, dataset, should_stop)


def _with_annotations(
    manifest: Manifest, said: reader.AnnotatedSource, dataset: Dataset | None, should_stop: Stopper
) -> Manifest:
    used: list[Example] = []
    aside: list[Example] = []
    skipped = [*manifest.skipped, *said.skipped]
    refused: Counter[str] = Counter()
    scaled = 0
    classes = _classes(said, dataset)
    for example in manifest.aside:
        images.check_stop(should_stop)
        annotation = said.annotations.get(example.name)
        refused.update(annotation.skipped if annotation else ())
        if annotation is None or _is_all_refused(annotation):
            aside.append(example)
            continue
        try:
            used.append(_annotated(example, annotation, said, classes, dataset))
            scaled += class_maps.is_of_other_size(annotation, example.width, example.height)
        except PictureError as error:
            aside.append(example)
            skipped.append(Skipped(example.name, error.what))
    shown = {label for example in used for label in example.labels}
    return msgspec.structs.replace(
        manifest,
        task=said.task,
        classes=classes if said.task == "segmentation" else tuple(c for c in said.classes if c in shown),
        examples=tuple(sorted(used, key=order_used)),
        aside=tuple(sorted(aside, key=order_aside)),
        skipped=tuple(sorted(skipped, key=lambda item: (item.name, item.reason))),
        warnings=(*manifest.warnings, *said.notes, *_refusals(refused), *_scaled(scaled, said)),
    )


def _is_all_refused(annotation: Annotation) -> bool:
    """Somebody annotated objects, and none could be taken: that is no picture in which nothing is."""
    return bool(annotation.skipped) and not (annotation.boxes or annotation.areas or annotation.mask)


def _classes(said: reader.AnnotatedSource, dataset: Dataset | None) -> tuple[str, ...]:
    """The classes in the order of the class maps: first those of the data set that this is added to.

    Raises:
        DataError: they are too many for class maps.
    """
    there = dataset.read().classes if dataset is not None and dataset.is_ready else ()
    classes = (*there, *(label for label in said.classes if label not in there))
    if said.task == "segmentation" and len(classes) > MOST_AREA_CLASSES:
        raise DataError(
            f"Areas can have {MOST_AREA_CLASSES} classes at most.",
            received=f"{len(classes):,} with those that are in the data set",
            remedy="Make another data set of these.",
        )
    return classes


def _annotated(
    example: Example,
    annotation: Annotation,
    said: reader.AnnotatedSource,
    classes: tuple[str, ...],
    dataset: Dataset | None,
) -> Example:
    """The example with its boxes or its class map, which is kept in the data set.

    Args:
        classes: in the order of the class maps that are kept.

    Raises:
        PictureError: the annotation is of a picture of another shape, or its mask cannot be read.
    """
    if said.task == "detection":
        boxes = acceptance.fit(annotation, example.width, example.height).boxes
        return msgspec.structs.replace(example, boxes=boxes)
    numbers = np.full(256, IGNORED, np.uint8)
    numbers[: len(said.classes)] = [classes.index(label) for label in said.classes]
    found = class_maps.class_map(annotation, said.classes, example.width, example.height)
    mask, areas = class_maps.store_class_map(numbers[found], classes, dataset)
    return msgspec.structs.replace(example, mask=mask, areas=areas)


def _refusals(refused: Counter[str]) -> list[str]:
    """A sentence for each reason why objects were not taken."""
    return [
        f"{'One object was' if count == 1 else f'{count:,} objects were'} not taken: {reason}"
        for reason, count in refused.most_common()
    ]


def _scaled(count: int, said: reader.AnnotatedSource) -> list[str]:
    """A sentence on annotations that were made for pictures of another size."""
    if not count:
        return []
    what = "masks or areas" if said.task == "segmentation" else "boxes"
    pictures = "one picture" if count == 1 else f"{count:,} pictures"
    return [f"The {what} of {pictures} are for a larger or smaller copy of it, and were scaled to fit."]
