from __future__ import annotations

from collections import Counter
from pathlib import Path

from tlcore.data.importing.texts import gather
from tlcore.data.samples.texts import make_text_sample
from tlcore.data.tables.columns import guess_columns
from tlcore.data.tables.reading import read_table
from tlcore.data.tables.rows import Columns


def test_the_sample_of_texts_is_seeded_and_imports(tmp_path: Path) -> None:
    first, second = make_text_sample(tmp_path / "one"), make_text_sample(tmp_path / "two")
    other = make_text_sample(tmp_path / "three", seed=1)
    assert first.read_bytes() == second.read_bytes() != other.read_bytes()
    assert "generated" in first.name and guess_columns(read_table(first)) == Columns(0, 1)
    found = gather(first)
    assert len(found.texts) == 200 and not found.skipped and not found.warnings
    assert Counter(e.label for e in found.examples) == dict.fromkeys(
        ("delivery", "refund", "praise", "opening hours"), 50
    )
    assert all(10 < len(text) < 300 and "{" not in text for text in found.texts.values())
