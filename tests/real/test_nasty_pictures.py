"""340 broken, odd and hostile files: the outcome that their manifest wants for each, and the one it gets.

One test imports them as people do (decoded in child processes) and compares all 340 in one table. To see it:

    GRAFT_TABLE=nasty.csv python -m pytest tests/real/test_nasty_pictures.py

What a word of the manifest is taken to want; nothing else counts as that:

    accept                   the picture is an example; of an archive, every file is, in its folder's class
    accept, junk ignored     the same, and the system files in it are counted, not listed
    reject                   refused with a sentence; of an archive, as a whole
    skip                     a system's own file: counted, neither an example nor listed
    reject or neutralise     its pictures are accepted, its paths that lead out are skipped and lead nowhere
    clear message            one sentence says that it has no pictures, or which class has only one
    clear message or ignore  the empty folder is no class, and all pictures are accepted
    accept-or-clear-message, reject-or-partial, accept-or-partial
                             what Pillow 13 does with the file (column `pillow13`): one that it decodes is
                             accepted, any other is refused with a sentence; HEIC, which pillow-heif
                             reads for Pillow, is accepted

All these archives have too few pictures to train on, so they are imported as sets to be scored; what would be
said of them for training stands in the table. A file over which a decoder crashed, hung or failed for a
reason of ours is "broke": no row may want that.
"""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np
import psutil
import pytest

from tlcore.data import readiness
from tlcore.data.dataset import Dataset
from tlcore.data.files.open_source import open_source
from tlcore.data.images import decode
from tlcore.data.images.sandbox import CRASHED, SLOW
from tlcore.data.images.sandbox_worker import FAILED
from tlcore.data.importing.importer import import_data
from tlcore.data.manifest import Manifest
from tlcore.data.names import clean_path
from tlcore.errors import DataError, PictureError

# pytest resets the filter that tlcore.data.images.decode sets
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")

Row = dict[str, str]
WANTED = {
    "accept": "accept",
    "reject": "reject",
    "skip": "skip",
    "accept, junk ignored": "accept",
    "reject or neutralise": "accept",
    "clear message": "message",
    "clear message or ignore": "accept",
}
AS_PILLOW = {"accept-or-clear-message", "reject-or-partial", "accept-or-partial"}
JUNK = {"archives/macosx_junk.zip": 2}  # system files in it
LEADING_OUT = {"archives/zip_slip.zip": 3}  # entries whose paths lead out of it


@pytest.fixture(scope="module")
def nasty(shared_data: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(shared_data / "nasty.zip") as archive:
        yield archive


def rows(nasty: zipfile.ZipFile) -> list[Row]:
    with nasty.open("manifest.csv") as file:
        return list(csv.DictReader(io.TextIOWrapper(file, "utf-8")))


def wanted(row: Row) -> str:
    if row["suggested"] in AS_PILLOW:
        decodes = row["pillow13"].startswith("ok ") or row["why"].startswith("HEIC")
        return "accept" if decodes else "reject"
    return WANTED[row["suggested"]]


def of_pictures(manifest: Manifest, dataset: Dataset) -> dict[str, tuple[str, str]]:
    """By name, what became of each file that was imported and why. What is accepted decodes in every fit."""
    got = {}
    for skip in manifest.skipped:
        broke = skip.reason in (CRASHED, SLOW, FAILED) or not skip.reason.endswith(".")
        got[skip.name] = ("broke" if broke else "reject", skip.reason)
    for example in manifest.examples:
        content = dataset.file(example.sha256).read_bytes()
        for fit in ("stretch", "crop", "pad"):
            assert decode.decode(content, 64, fit).shape == (64, 64, 3)
        assert dataset.thumbnail(example.sha256).is_file() and example.width and example.height
        assert example.name not in got, "listed twice"
        got[example.name] = ("accept", f"{example.width} × {example.height}")
    return got


def of_archive(name: str, path: Path, folder: Path) -> tuple[str, str]:
    """What becomes of an archive that is imported on its own, and what is said of it."""
    try:
        manifest = import_data(path, folder, name="x", for_training=False)
    except DataError as error:
        assert not folder.exists()
        return "reject", error.what
    with zipfile.ZipFile(path) as archive:
        files = [info for info in archive.infolist() if not info.is_dir()]
    stored = [file for file in (folder / "files").rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in stored) <= sum(info.file_size for info in files)
    assert len(manifest.examples) + len(manifest.skipped) + manifest.ignored == len(files)
    assert manifest.ignored == JUNK.get(name, 0)
    problem = readiness.with_problem(manifest).problem
    if problem.startswith("There are no readable pictures"):
        return "message", problem
    assert len(manifest.skipped) == LEADING_OUT.get(name, 0)
    for example in manifest.examples:
        assert example.label == PurePosixPath(example.name).parent.name
    assert {path.name[:4] for path in stored} <= {example.sha256[:4] for example in manifest.examples}
    return ("message" if "has one picture that can be read" in problem else "accept"), problem


def all_files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if not path.is_dir()}


def written(table: list[Row], tmp_path: Path) -> list[Row]:
    """The table as a CSV, where `GRAFT_TABLE` says."""
    target = Path(os.environ.get("GRAFT_TABLE") or tmp_path / "table.csv")
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["file", "suggested", "wanted", "got", "said"])
        writer.writeheader()
        writer.writerows(table)
    return table


@pytest.mark.usefixtures("decoders_end")
def test_all_340_end_as_their_manifest_wants(
    nasty: zipfile.ZipFile, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "a" / "b" / "c"  # so that "../.." would still be seen
    for name in ("home", "temporary", "sent", "sets"):
        (inner / name).mkdir(parents=True)
    monkeypatch.setenv("GRAFT_HOME", str(inner / "home"))
    monkeypatch.setattr("tempfile.tempdir", str(inner / "temporary"))
    archives = {name: inner / "sent" / Path(name).name for name in nasty.namelist() if _is_archive(name)}
    for name, path in archives.items():
        path.write_bytes(nasty.read(name))
    before, children = all_files(tmp_path), set(psutil.Process().children(recursive=True))

    dataset = Dataset(inner / "sets" / "all")
    whole = import_data(
        shared_data / "nasty.zip", dataset.folder, name="nasty", label="any", for_training=False
    )
    got = of_pictures(whole, dataset)
    for name, path in archives.items():
        got[name] = of_archive(name, path, inner / "sets" / path.stem)

    table = []
    for row in rows(nasty):
        done, said = got.get(clean_path(row["file"]), ("skip", "a system's own file"))
        outcome = {"wanted": wanted(row), "got": done, "said": said}
        table.append({"file": row["file"], "suggested": row["suggested"], **outcome})
    written(table, tmp_path)
    assert len(table) == 340 and len({row["file"] for row in table}) == 340
    assert [row for row in table if row["wanted"] != row["got"]] == []
    assert all(row["said"].strip() for row in table)
    assert whole.ignored == sum(row["got"] == "skip" for row in table)

    outside = {path for path in all_files(tmp_path) - before if inner / "sets" not in path.parents}
    assert outside <= {tmp_path / "table.csv"}, "written outside the data sets"
    assert not Path("/tmp/evil_abs.txt").exists()
    assert {path for path in all_files(dataset.folder) if not _is_kept(dataset, whole, path)} == set()
    assert set(psutil.Process().children(recursive=True)) <= children, "a child process is left"


def _is_archive(name: str) -> bool:
    return name.startswith("archives/") and not name.endswith("/")


def _is_kept(dataset: Dataset, manifest: Manifest, path: Path) -> bool:
    """Whether a file in the data set's folder is its manifest or belongs to one of its pictures."""
    known = {example.sha256 for example in manifest.examples}
    return path == dataset.manifest(1) or path.name.removesuffix(".jpg") in known


def test_predictions_refuse_what_imports_refuse(nasty: zipfile.ZipFile, shared_data: Path) -> None:
    """By the same function, with the same words; so a page that is handed such a file survives it as well."""
    with open_source(shared_data / "nasty.zip") as source:  # which mends names that zipfile garbles
        content = {entry.name: entry.read() for entry in source.entries}
    refused = [row for row in rows(nasty) if wanted(row) == "reject" and not _is_archive(row["file"])]
    for row in refused:
        with pytest.raises(PictureError) as caught:
            decode.decode(content[clean_path(row["file"])], 64, "stretch")
        assert caught.value.what.endswith("."), row["file"]
    assert len(refused) > 60


def test_rotations_look_the_same(nasty: zipfile.ZipFile) -> None:
    for kind in ("Landscape", "Portrait", "hopper"):
        names = [name for name in nasty.namelist() if f"exif_rotation/{kind}_" in name]
        looks = [decode.decode(nasty.read(name), 64, "stretch").astype(int) for name in names]
        sizes = {decode.decode_small(nasty.read(name))[1] for name in names}
        assert len(names) >= 3 and len(sizes) == 1
        assert max(np.abs(look - looks[0]).mean() for look in looks) < 10


def test_the_whole_archive_is_accounted_for(shared_data: Path) -> None:
    with (
        open_source(shared_data / "nasty.zip") as source,
        zipfile.ZipFile(shared_data / "nasty.zip") as archive,
    ):
        files = [info for info in archive.infolist() if not info.is_dir()]
        assert len(source.entries) + len(source.skipped) + source.ignored == len(files)
