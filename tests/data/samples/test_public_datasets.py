"""Public data sets: what the list says, and how one is fetched, checked and packed."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from tests.fixtures.public_server import archive, part, public_set, serving
from tlcore.data.importing.importer import scan
from tlcore.data.importing.progress import ImportProgress, ImportStopped
from tlcore.data.samples import public_datasets
from tlcore.data.samples.public_datasets import PUBLIC, PublicSet
from tlcore.errors import DataError

RED = {f"paper/red/{n}.png": "red" for n in range(4)}
GREEN = {f"paper/green/{n}.png": "green" for n in range(4)}


def use(monkeypatch: pytest.MonkeyPatch, *sets: PublicSet) -> None:
    monkeypatch.setattr(public_datasets, "PUBLIC", {entry.id: entry for entry in sets})


def go_on() -> bool:
    return False


@pytest.mark.parametrize("entry", PUBLIC.values(), ids=PUBLIC)
def test_every_set_says_what_it_is_and_where_that_was_read(entry: PublicSet) -> None:
    assert entry.title and entry.about and entry.by and entry.licence and entry.sources
    assert len(entry.classes) == len(set(entry.classes)) >= 2 and entry.pictures > 1000
    assert entry.page.startswith("https://")
    for each in entry.parts:
        assert each.url.startswith("https://") and each.bytes > 10_000_000
        assert re.fullmatch("[0-9a-f]{64}", each.digest)
    assert set(entry.folders) in (set(), set(entry.classes))


def test_one_archive_is_imported_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = archive(RED | GREEN)
    seen: list[ImportProgress] = []
    with serving({"papers.zip": content}) as url:
        use(monkeypatch, public_set(part(f"{url}/papers.zip", content)))
        path = public_datasets.fetch("papers", tmp_path, seen.append, go_on)
    assert path.read_bytes() == content
    assert (seen[-1].bytes_done, seen[-1].bytes_total) == (len(content), len(content))
    assert scan(path).counts() == {"green": 4, "red": 4}


def test_parts_become_one_archive_with_their_splits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = archive(RED | GREEN), archive({"exam/red/9.png": "red", "exam/green/9.png": "green"})
    seen: list[ImportProgress] = []
    with serving({"a.zip": first, "b.zip": second}) as url:
        parts = (
            part(f"{url}/a.zip", first, "paper/", "train/"),
            part(f"{url}/b.zip", second, "exam/", "test/"),
        )
        use(monkeypatch, public_set(*parts))
        path = public_datasets.fetch("papers", tmp_path, seen.append, go_on)
    assert list(tmp_path.iterdir()) == [path]
    assert seen[-1].bytes_done == seen[-1].bytes_total == len(first) + len(second)
    manifest = scan(path, for_training=False)
    assert {(e.split, e.label) for e in manifest.examples} == {
        (split, label) for split in ("train", "test") for label in ("red", "green")
    }


def test_names_say_the_class_where_no_folder_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"images/Abyssinian_1.png": "red", "images/beagle_1.png": "green", "images/read me.txt": "blue"}
    content = archive(names)
    with serving({"pets.zip": content}) as url:
        folders = {"cat": "[A-Z]*.png", "dog": "[a-z]*.png"}
        use(monkeypatch, public_set(part(f"{url}/pets.zip", content), folders=folders))
        path = public_datasets.fetch("papers", tmp_path, lambda _: None, go_on)
    with zipfile.ZipFile(path) as packed:
        assert packed.namelist() == ["cat/Abyssinian_1.png", "dog/beagle_1.png"]


def test_other_bytes_than_the_published_ones_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = archive(RED)
    with serving({"papers.zip": content[:-1] + b"x"}) as url:
        use(monkeypatch, public_set(part(f"{url}/papers.zip", content)))
        with pytest.raises(DataError, match="not the published file"):
            public_datasets.fetch("papers", tmp_path, lambda _: None, go_on)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_no_more_is_written_than_was_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = archive(RED)
    with serving({"papers.zip": content * 3}) as url:
        use(monkeypatch, public_set(part(f"{url}/papers.zip", content)))
        with pytest.raises(DataError, match="larger than"):
            public_datasets.fetch("papers", tmp_path, lambda _: None, go_on)


def test_without_internet_it_says_what_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, public_set(part("http://127.0.0.1:9/papers.zip", b"x")))
    with pytest.raises(DataError, match="could not be downloaded") as caught:
        public_datasets.fetch("papers", tmp_path, lambda _: None, go_on)
    assert "Everything else works without it" in caught.value.remedy
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_stopping_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = archive(RED | GREEN)
    with serving({"papers.zip": content}) as url:
        use(monkeypatch, public_set(part(f"{url}/papers.zip", content)))
        with pytest.raises(ImportStopped):
            public_datasets.fetch("papers", tmp_path, lambda _: None, lambda: True)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="flowers"):
        public_datasets.fetch("unicorns", tmp_path, lambda _: None, go_on)
