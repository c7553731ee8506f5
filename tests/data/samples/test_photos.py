from __future__ import annotations

from collections import Counter

from PIL import Image

from tlcore.data.importing.importer import scan
from tlcore.data.samples.photos import CREDIT, PHOTOS


def test_photos_import_with_their_own_test_part() -> None:
    manifest = scan(PHOTOS)
    assert manifest.counts() == {f"sign {digit}": 40 for digit in (1, 2, 3, 4, 6, 7)}
    assert Counter(example.split for example in manifest.examples) == {"train": 168, "test": 72}
    assert not (manifest.skipped or manifest.ignored or manifest.warnings)


def test_photos_are_small_and_their_licence_lies_beside_them() -> None:
    photos = list(PHOTOS.rglob("*.jpg"))
    assert {Image.open(photo).size for photo in photos} == {(100, 100)}
    assert sum(photo.stat().st_size for photo in photos) < 1_000_000
    assert "Apache License" in (PHOTOS.parent / "LICENSE").read_text()
    assert "arXiv:2011.08927" in (PHOTOS.parent / "README.md").read_text() and "arXiv:2011.08927" in CREDIT
