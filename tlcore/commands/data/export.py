"""`export`: pictures with their boxes or areas in one ZIP, as other programs read them."""

from __future__ import annotations

import argparse
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, cast

from tlcore.commands.shared.datasets import open_for_reading
from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.paths import add_output, open_output, path
from tlcore.data.annotations.class_maps import read_class_map
from tlcore.data.annotations.export.export import as_coco, as_yolo
from tlcore.data.dataset import Dataset
from tlcore.errors import DataError
from tlcore.workspace import Workspace

WRITERS = {"coco": as_coco, "yolo": as_yolo}
render = key_value_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """DATA, the format and the file."""
    parser.add_argument("data", type=path, help="a data set, or a folder or archive of annotated pictures")
    parser.add_argument("--format", choices=tuple(WRITERS), default="coco")
    add_output(parser, "--out", "the ZIP to write (default: export.zip)")
    parser.set_defaults(out="export.zip")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Write the pictures of DATA that have boxes or areas, with these."""
    with open_for_reading(Path(args.data), Workspace()) as dataset:
        pictures, files = _write(dataset, args)
    return {"out": args.out, "format": args.format, "pictures": pictures, "annotation files": files}


def _write(dataset: Dataset, args: argparse.Namespace) -> tuple[int, int]:
    manifest = dataset.read()
    written = WRITERS[args.format](
        manifest.examples, manifest.classes, lambda sha256: read_class_map(dataset.file(sha256))
    )
    if not written.pictures:
        remedy = "Bring annotations beside the pictures; docs/data.md lists the formats."
        raise DataError("None of these examples has boxes or areas.", received=args.data, remedy=remedy)
    with (
        open_output(Path(args.out), args.force) as file,
        zipfile.ZipFile(cast(BinaryIO, file.buffer), "w", strict_timestamps=False) as archive,  # type: ignore[attr-defined]
    ):
        for (sha256, _), name in written.pictures.items():
            archive.write(dataset.file(sha256), name)
        for name, content in written.files.items():
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return len(written.pictures), len(written.files)
