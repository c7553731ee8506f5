"""The list of versions on the Data page: what each changed, which runs used it, one click to take it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from pages.components.shared.text import plain
from tests.fixtures.data_parts import Part, part  # noqa: F401 (a fixture)
from tests.fixtures.planted_faults import LILY, ROSE, faulty, planted
from tests.fixtures.text_workspace import Written
from tests.pages.conftest import Open, words
from tlcore.data.versions.edits import Exclude, Relabel, Rename
from tlcore.data.versions.versions import change


def test_each_says_what_it_changed_and_one_is_taken_back(part: Part) -> None:  # noqa: F811
    dataset = planted(faulty())
    roses = [e.key for e in dataset.read().examples if e.label == ROSE]
    change(dataset, Relabel(tuple(roses[:2]), LILY))
    change(dataset, Exclude(tuple(roses[2:5])))
    at = part("versions")
    assert not at.exception
    said = words(at)
    assert "As imported" in said and "3 pictures set aside" in said
    assert plain(f"2 pictures from “{ROSE}” to “{LILY}”.") in said
    place = f"versions_{dataset.id}"
    assert [b.key for b in at.button] == [f"{place}_3", f"{place}_2"]
    at.button(key=f"{place}_2").click().run()  # not the newest: what came after it stays
    assert not at.exception and "Undid version 2" in words(at)
    now = dataset.read()
    assert now.version == 4 and now.counts()[ROSE] == 58 and now.counts()[LILY] == 8
    at.button(key=f"{place}_2").click().run()
    assert "Nothing of that change is left to undo" in at.error[0].value and dataset.latest == 4


def test_many_are_shown_a_page_at_a_time(part: Part) -> None:  # noqa: F811
    dataset = planted(faulty())
    for n in range(24):
        change(dataset, Rename(LILY if n == 0 else f"lily {n - 1}", f"lily {n}"))
    at = part("versions")
    assert not at.exception and len(at.get("pagination")) == 1
    assert [b.key for b in at.button][:2] == [f"versions_{dataset.id}_25", f"versions_{dataset.id}_24"]
    assert len(at.button) == 20


def test_a_version_leads_to_the_runs_that_used_it(
    written: Written, empty: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = written.copy(tmp_path / "workspace")
    at = empty("data")
    assert not at.exception
    assert any(own.run.id in str(link.proto) for link in at.get("page_link"))
