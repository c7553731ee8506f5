"""Names of runs on pages: what tells two of one minute apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from pages.components.shared.selection.run_names import run_label, run_names
from tlcore.config import RunConfig
from tlcore.runs import run_records
from tlcore.runs.run import Run


def test_two_of_one_minute_differ_in_what_a_person_chose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    first, second = ("flowers-20260301-100000-aaaa", "flowers-20260301-100030-bbbb")
    Run.prepare(tmp_path / "runs" / first, RunConfig(data="d", engine="keras"))
    Run.prepare(tmp_path / "runs" / second, RunConfig(data="d"))  # its worker has not chosen one yet
    names = run_names()
    assert len(set(names.values())) == 2 and not any("ngine" in name for name in names.values())
    Run.prepare(tmp_path / "runs" / "flowers-20260301-100040-cccc", RunConfig(data="d", seed=7))
    assert "Seed" in run_names()["flowers-20260301-100040-cccc"]


def test_a_name_says_what_is_frozen_unless_a_person_gave_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    settings = {"a": RunConfig(data="d"), "b": RunConfig(data="d", unfreeze=1), "c": RunConfig(data="d")}
    ids = {key: f"signs-20260301-10000{at}-000{key}" for at, key in enumerate(settings)}
    for key, config in settings.items():
        Run.prepare(tmp_path / "runs" / ids[key], config)
    run_records.write_notes(tmp_path / "runs" / ids["c"], run_records.Notes(name="Best <b>"))
    names = run_names()
    assert names[ids["a"]] == "signs · everything frozen" and names[ids["b"]] == "signs · 1 block unfrozen"
    assert names[ids["c"]] == "Best <b> · 1 Mar, 10:00"
    assert run_label(ids["c"]) == r"Best \<b\> · 1 Mar\, 10\:00"
