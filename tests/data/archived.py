"""Archives for tests, made from names and contents."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path


def a_zip(
    path: Path, files: list[tuple[str | zipfile.ZipInfo, bytes]], method: int = zipfile.ZIP_DEFLATED
) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return path


def a_tar(path: Path, files: list[tuple[str, bytes]], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


FILES = [("cats/a.jpg", b"one"), ("dogs/b.jpg", b"two" * 5000)]
