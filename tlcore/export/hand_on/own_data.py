"""The data of a run that was handed on: the same data set where it is here, else what came with the run.

What came is the list of its examples, in the run's own folder, with small pictures or the texts if they were
sent. The list alone says which examples the model has seen.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from tlcore import config as configuration
from tlcore import system
from tlcore.data import text_store
from tlcore.data.dataset import LIST_ONLY, Dataset, datasets
from tlcore.data.images import sandbox
from tlcore.data.images.sandbox_worker import write_thumbnail
from tlcore.data.manifest import Manifest
from tlcore.errors import DataError
from tlcore.export.hand_on import bundle
from tlcore.export.hand_on.unpack import OpeningStopped
from tlcore.runs.run import Run


def same_dataset(manifest: Manifest, folder: Path) -> tuple[Dataset, int] | None:
    """The data set below `folder` that has these very examples in a version, and that version."""
    wanted = _fingerprint(manifest)
    for dataset in datasets(folder):
        for version in range(dataset.latest if dataset.is_ready else 0, 0, -1):
            try:
                found = dataset.read(version)
            except DataError:
                continue
            if _fingerprint(found) == wanted and has_originals(dataset, found):
                return dataset, version
    return None


def _fingerprint(manifest: Manifest) -> str:
    """One hash of all on which splits and pages rest."""
    examples = [(e.key, e.label, e.split, e.boxes, e.mask, e.areas) for e in manifest.examples]
    content = msgspec.json.encode((manifest.task, manifest.classes, examples, manifest.alike))
    return hashlib.sha256(content).hexdigest()


def has_originals(dataset: Dataset, manifest: Manifest) -> bool:
    """Tell whether the examples themselves are there, not only the list of them."""
    if manifest.task == "texts":
        return text_store.texts_file(dataset.folder) is not None
    return all(dataset.file(example.sha256).is_file() for example in manifest.examples[:1])


def settle(run: Run, target: Path, datasets_folder: Path) -> Dataset | None:
    """Write into the settings of `run` where its data will lie once its folder is moved to `target`.

    Returns:
        the data set that is here already; None: there is none.
    """
    own = Dataset(run.folder / bundle.DATA)
    found = same_dataset(own.read(1), datasets_folder) if own.is_ready else None
    if found:
        shutil.rmtree(own.folder)
    elif own.is_ready and not has_originals(own, own.read(1)):
        (own.folder / LIST_ONLY).touch()
    count = len(list((run.folder / bundle.EARLIER).glob("*")))
    inside = ["", *(bundle.earlier_folder(number) for number in range(1, count + 1))]
    for name, before in zip(inside, [*inside[1:], None], strict=True):
        dataset, version = found if found and not name else (Dataset(target / name / bundle.DATA), 1)
        changes = {"data": str(dataset.folder), "data_version": version}
        _change_settings(run.folder / name, **changes, start_from=before and str(target / before))
    return found[0] if found else None


def _change_settings(folder: Path, **changes: Any) -> None:
    file = folder / "config.json"
    config = configuration.from_json(file.read_bytes())
    system.write_atomic(file, configuration.to_json(msgspec.structs.replace(config, **changes)))


def redraw_thumbnails(dataset: Dataset, stopping: Callable[[], bool]) -> None:
    """Decode each small picture in a child with limits and write it anew: pages open only what we wrote.

    Raises:
        OpeningStopped: `stopping` said so.
    """
    sent = dataset.folder / "thumbs"
    if not sent.is_dir():
        return
    received = dataset.folder / "received"
    sent.rename(received)
    files = sorted(received.glob("*/*.jpg"))
    children = sandbox.children_for(len(files))
    with ThreadPoolExecutor(children) as pool, sandbox.Sandbox(write_thumbnail) as decoder:

        def redraw(file: Path) -> None:
            thumbnail = dataset.thumbnail(file.stem)
            thumbnail.parent.mkdir(parents=True, exist_ok=True)
            if not stopping():
                decoder.run(file, thumbnail)

        list(pool.map(redraw, files))
    if stopping():
        raise OpeningStopped
    shutil.rmtree(received)
