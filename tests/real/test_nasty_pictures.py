"""Broken, odd and hostile files: what is suggested for each, against what is done."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tlcore.data import pictures
from tlcore.data.names import clean_path, is_junk
from tlcore.data.sources import open_source
from tlcore.errors import GraftError, PictureError

# pytest resets the filter that tlcore.data.pictures sets
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


@pytest.fixture(scope="module")
def nasty(shared_data: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(shared_data / "nasty.zip") as archive:
        yield archive


def rows(nasty: zipfile.ZipFile) -> list[dict[str, str]]:
    with nasty.open("manifest.csv") as file:
        return list(csv.DictReader(io.TextIOWrapper(file, "utf-8")))


def outcome(content: bytes) -> str:
    try:
        pictures.reduced(content)
    except PictureError as error:
        assert error.what.endswith("."), error.what
        with pytest.raises(PictureError):
            pictures.decode(content, 64, "stretch")
        return "reject"
    for fit in ("stretch", "crop", "pad"):
        assert pictures.decode(content, 64, fit).shape == (64, 64, 3)
    return "accept"


def test_every_single_picture_as_suggested(nasty: zipfile.ZipFile, shared_data: Path) -> None:
    singles = [row for row in rows(nasty) if not row["file"].startswith("archives/")]
    with open_source(shared_data / "nasty.zip") as source:  # which mends names that zipfile garbles
        content = {entry.name: entry.read() for entry in source.entries}
    wrong = []
    for row in singles:
        done = "skip" if is_junk(row["file"]) else outcome(content[clean_path(row["file"])])
        if row["suggested"] in ("accept", "reject", "skip") and done != row["suggested"]:
            wrong.append((row["file"], row["suggested"], done))
    assert len(singles) > 300 and wrong == []


def test_rotations_look_the_same(nasty: zipfile.ZipFile) -> None:
    for kind in ("Landscape", "Portrait"):
        names = [name for name in nasty.namelist() if f"exif_rotation/{kind}_" in name]
        looks = [pictures.decode(nasty.read(name), 64, "stretch").astype(int) for name in names]
        assert len({pictures.reduced(nasty.read(name))[1] for name in names}) == 1
        assert max(np.abs(look - looks[0]).mean() for look in looks) < 10


def test_archives(nasty: zipfile.ZipFile, tmp_path: Path) -> None:
    for row in rows(nasty):
        if not row["file"].startswith("archives/"):
            continue
        path = tmp_path / Path(row["file"]).name
        path.write_bytes(nasty.read(row["file"]))
        try:
            with open_source(path) as source:
                assert all(".." not in entry.name and entry.read() is not None for entry in source.entries)
            done = "accept"
        except GraftError:
            done = "reject"
        assert (
            not row["suggested"].startswith(("accept", "reject"))
            or done in row["suggested"]
            or "neutral" in row["suggested"]
        )
    assert not list(tmp_path.parent.glob("evil*"))


def test_the_whole_archive_is_accounted_for(shared_data: Path) -> None:
    with (
        open_source(shared_data / "nasty.zip") as source,
        zipfile.ZipFile(shared_data / "nasty.zip") as archive,
    ):
        files = [info for info in archive.infolist() if not info.is_dir()]
        assert len(source.entries) + len(source.skipped) + source.ignored == len(files)
