"""`export` of a data set: pictures with their boxes or areas in one ZIP, as other programs read them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, BinaryIO, cast

from tlcore.commands.shared.datasets import open_for_reading
from tlcore.commands.shared.paths import open_output
from tlcore.data.annotations.class_maps import read_class_map
from tlcore.data.annotations.export.export import as_coco, as_yolo
from tlcore.data.dataset import Dataset
from tlcore.errors import DataError
from tlcore.workspace import Workspace

WRITERS = {"coco": as_coco, "yolo": as_yolo}


def export(source: Path, form: str, out: str, force: bool) -> dict[str, Any]:
    """Write the pictures of a data set, folder or archive that have boxes or areas, with these.

    Args:
        form: a key of `WRITERS`.

    Raises:
        DataError: there are none.
    """
    if form not in WRITERS:
        remedy = f"Give one of {', '.join(WRITERS)}."
        raise DataError("Pictures cannot be written in that format.", received=form, remedy=remedy)
    with open_for_reading(source, Workspace()) as dataset:
        pictures, files = _write(dataset, form, Path(out), force)
    return {"out": out, "format": form, "pictures": pictures, "annotation files": files}


def _write(dataset: Dataset, form: str, out: Path, force: bool) -> tuple[int, int]:
    manifest = dataset.read()
    written = WRITERS[form](
        manifest.examples, manifest.classes, lambda sha256: read_class_map(dataset.file(sha256))
    )
    if not written.pictures:
        remedy = "Bring annotations beside the pictures; docs/data.md lists the formats."
        raise DataError("None of these examples has boxes or areas.", received=manifest.name, remedy=remedy)
    with (
        open_output(out, force) as file,
        zipfile.ZipFile(cast(BinaryIO, file.buffer), "w", strict_timestamps=False) as archive,  # type: ignore[attr-defined]
    ):
        for (sha256, _), name in written.pictures.items():
            archive.write(dataset.file(sha256), name)
        for name, content in written.files.items():
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return len(written.pictures), len(written.files)
