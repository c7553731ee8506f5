"""Whatever names and damage an archive has: every entry is accounted for, and nothing else is raised."""

from __future__ import annotations

import zipfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data.archived import FILES, a_tar, a_zip
from tlcore.data.sources import open_source
from tlcore.errors import ArchiveError, PictureError

NAME = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("./\\:")), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(NAME, min_size=1, max_size=8), st.sampled_from(["zip", "tar"]))
def test_any_names_are_all_accounted_for(tmp_path: Path, names: list[str], kind: str) -> None:
    names = [name.rstrip("/") + "." for name in names]  # files, not folders
    path = tmp_path / "any"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name in dict.fromkeys(names):
                archive.writestr(zipfile.ZipInfo(name), b"x")
            sent = len(archive.namelist())
    else:
        a_tar(path, [(name, b"x") for name in names])
        sent = len(names)
    with open_source(path) as source:
        assert len(source.entries) + len(source.skipped) + source.ignored == sent
        assert all(
            ".." not in entry.name.split("/") and not entry.name.startswith("/") for entry in source.entries
        )
        assert len({entry.name for entry in source.entries}) == len(source.entries)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 900), st.binary(min_size=1, max_size=30), st.sampled_from(["zip", "tar", "tar.gz"]))
def test_damaged_archives_raise_nothing_else(tmp_path: Path, at: int, noise: bytes, kind: str) -> None:
    path = tmp_path / "a"
    if kind == "zip":
        a_zip(path, list(FILES))
    else:
        a_tar(path, FILES, "w:gz" if kind == "tar.gz" else "w")
    content = path.read_bytes()
    at %= len(content)
    path.write_bytes(content[:at] + noise + content[at + len(noise) :])
    try:
        with open_source(path) as source:
            for entry in source.entries:
                try:
                    entry.read()
                except PictureError:
                    continue
    except ArchiveError as error:
        assert error.what
