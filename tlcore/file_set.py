"""Files that leave together: as a new folder or as a ZIP to download, which appear whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from tlcore import system
from tlcore.workspace.refusals import writing

PART = ".part"  # begins the name of a folder in which something is made
Content: TypeAlias = "bytes | Path"  # of a file: its bytes, or where it lies
Files: TypeAlias = Iterable[tuple[str, Content]]  # by their names, with `/` between folders


def write_folder(target: Path, files: Files) -> list[str]:
    """Write files into the new folder `target`, or an empty one; returns their names.

    Raises:
        WorkspaceError: the disk refuses.
    """
    names = []
    with writing(), tempfile.TemporaryDirectory(dir=target.parent, prefix=PART) as scratch:
        part = Path(scratch) / "layout"
        part.mkdir()
        for name, content in files:
            file = part / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                shutil.copyfile(content, file)
            else:
                file.write_bytes(content)
            names.append(name)
        if target.exists():
            target.rmdir()
        system.replace(part, target)
    return names


def write_zip(target: Path, files: Files, comment: bytes = b"") -> Path:
    """Write files into the ZIP `target`, uncompressed, since models and pictures are; returns `target`.

    Raises:
        WorkspaceError: the disk refuses.
    """
    with writing():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=PART) as scratch:  # two may ask at once
            part = Path(scratch) / target.name
            with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
                archive.comment = comment
                for name, content in files:
                    if isinstance(content, Path):
                        archive.write(content, name)
                    else:
                        archive.writestr(name, content)
            system.replace(part, target)
    return target
