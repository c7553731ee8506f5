"""Tests on other data, as they lie on disk."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as some

from tlcore.runs.external_test import FILE, FOLDER, ExternalTest, external_tests_of
from tlcore.runs.run import Run


def test_the_newest_come_first_and_what_only_starts_last(tmp_path: Path) -> None:
    for name, started in (("a", 5.0), ("b", 9.0), ("c", None)):
        folder = tmp_path / FOLDER / name
        folder.mkdir(parents=True)
        if started:
            (folder / "status.json").write_text(json.dumps({"state": "done", "started": started}))
    assert [test.id for test in external_tests_of(Run(tmp_path))] == ["b", "a", "c"]
    assert external_tests_of(Run(tmp_path / "nowhere")) == []


@given(some.binary(max_size=80))
def test_a_spoiled_outcome_is_none(tmp_path_factory: object, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("test")  # type: ignore[attr-defined]
    (folder / FILE).write_bytes(content)
    assert ExternalTest(folder).outcome() is None
