"""What a person wrote on a run, and what was measured: kept, and never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.config import RunConfig
from tlcore.errors import RunError
from tlcore.runs import run_records
from tlcore.runs.run import Run
from tlcore.runs.run_records import ModelSpeed, Notes

STRANGE = ["<b>bold</b>", "=1+1", "*a* [b](http://c.example)", "שלום", "نموذج", "花", "a" * 80, "'; --"]


@pytest.mark.parametrize("name", STRANGE)
def test_a_name_is_kept_as_it_was_written(tmp_path: Path, name: str) -> None:
    run_records.write_notes(tmp_path, Notes(f"  {name} ", starred=True))
    assert run_records.read_notes(tmp_path) == Notes(name, starred=True)
    assert [item.name for item in tmp_path.iterdir()] == ["notes.json"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a" * 81, "at most 80 characters, and this one has 81"),
        ("two\nlines", "one line of visible characters"),
        ("a\x00b", "visible"),
        ("\u202eexe.jpg", "visible"),
        ("zero\u200bwidth", "visible"),
    ],
)
def test_what_cannot_be_a_name_is_refused_and_changes_nothing(tmp_path: Path, name: str, said: str) -> None:
    run_records.write_notes(tmp_path, Notes("before"))
    with pytest.raises(RunError, match=said):
        run_records.write_notes(tmp_path, Notes(name))
    assert run_records.read_notes(tmp_path) == Notes("before")


@given(content=st.binary(max_size=200))
def test_any_file_at_all_is_notes_or_none(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    (folder / "notes.json").write_bytes(content)
    (folder / "speed.json").write_bytes(content)
    found = run_records.read_notes(folder)
    assert found.name == run_records.valid_name(found.name)
    assert run_records.read_speed(folder) is None


@pytest.mark.parametrize(
    "content",
    ["{", '{"name": 3}', '{"name": "a\\nb", "starred": true}', '{"starred": "yes"}', "[]", '"\\ud800"'],
)
def test_a_spoiled_file_is_the_same_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "notes.json").write_text(content)
    assert run_records.read_notes(tmp_path) == Notes()
    run_records.write_notes(tmp_path, Notes("new"))
    assert run_records.read_notes(tmp_path) == Notes("new")


def test_a_run_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    assert run_records.read_notes(tmp_path / "gone") == Notes()
    with pytest.raises(RunError, match="not there any more"):
        run_records.write_notes(tmp_path / "gone", Notes("name"))
    assert not (tmp_path / "gone").exists()


def test_a_run_that_has_not_started_can_be_named_before(tmp_path: Path) -> None:
    run = Run.prepare(tmp_path / "run", RunConfig())
    run_records.write_notes(run.folder, Notes("first"))
    assert run.is_unstarted()


def test_a_speed_is_kept(tmp_path: Path) -> None:
    assert run_records.read_speed(tmp_path) is None
    measured = ModelSpeed(milliseconds=14.5, milliseconds_model=12.25, parameters=3_577_637)
    run_records.write_speed(tmp_path, measured)
    assert run_records.read_speed(tmp_path) == measured
