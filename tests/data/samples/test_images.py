from __future__ import annotations

from pathlib import Path

from PIL import Image

from tlcore.data.importing.importer import scan
from tlcore.data.samples.images import make_sample


def test_sample_is_seeded_and_imports(tmp_path: Path) -> None:
    first, second = make_sample(tmp_path / "one", 3), make_sample(tmp_path / "two", 3)
    other = make_sample(tmp_path / "three", 3, seed=1)
    for path in sorted(first.rglob("*.jpg")):
        name = path.relative_to(first)
        assert path.read_bytes() == (second / name).read_bytes() != (other / name).read_bytes()
        assert Image.open(path).size == (320, 240)
    manifest = scan(first)
    assert manifest.counts() == {"apple": 3, "banana": 3, "cherry": 3, "pear": 3} and not manifest.skipped
