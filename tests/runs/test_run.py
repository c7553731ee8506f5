from __future__ import annotations

import json
from pathlib import Path

import pytest

from tlcore import config as configuration
from tlcore.config import RunConfig
from tlcore.errors import ConfigError, RunError
from tlcore.runs.run import Run


def test_a_prepared_run_holds_what_it_shall_do(tmp_path: Path) -> None:
    run = Run.prepare(tmp_path / "new" / "run", RunConfig(seed=7))
    assert run.config().seed == 7
    assert run.is_unstarted() and not run.has_model
    assert Run.prepare(run.folder, RunConfig(seed=8)).config().seed == 8  # nothing has begun


@pytest.mark.parametrize("name", ["status.json", "holiday.jpg"])
def test_a_folder_with_anything_in_it_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(RunError, match="something in that place"):
        Run.prepare(tmp_path, RunConfig())
    assert [item.name for item in tmp_path.iterdir()] == [name]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError):
        Run.prepare(tmp_path / "file", RunConfig())


def test_what_a_killed_start_leaves_does_not_matter(tmp_path: Path) -> None:
    run = Run.prepare(tmp_path / "run", RunConfig())
    for name in (".lock", "stop", "train.log", ".status.json.77.part"):
        (run.folder / name).touch()
    assert run.is_unstarted()


def test_there_must_be_a_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no run"):
        Run.existing(tmp_path / "nothing")


def test_classes_keep_their_names_and_order(tmp_path: Path) -> None:
    run = Run.prepare(tmp_path, RunConfig())
    with pytest.raises(RunError, match="no classes yet"):
        run.labels()
    run.write_labels(("b", "ä", "写", "<b>"))
    assert run.labels() == ("b", "ä", "写", "<b>")
    assert "写" in (tmp_path / "labels.json").read_text(encoding="utf-8")


def test_answers_need_a_model(tmp_path: Path) -> None:
    run = Run.prepare(tmp_path, RunConfig())
    with pytest.raises(RunError, match="no model yet"):
        run.require_model()
    with pytest.raises(RunError, match="no report yet"):
        run.report()


def test_a_spoiled_configuration_is_said(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"seeds": 1}')
    with pytest.raises(ConfigError, match="seeds"):
        Run.existing(tmp_path).config()


@pytest.mark.parametrize("task", ["images", "texts"])
def test_a_run_from_before_there_was_averaging_goes_on_without(tmp_path: Path, task: str) -> None:
    run = Run.prepare(tmp_path / "run", configuration.resolved(RunConfig(), task))
    before = run.config().fine_tuning.averaging
    assert before == configuration.FINE_TUNING_AVERAGING[task]
    path = run.folder / "config.json"
    plain = json.loads(path.read_text())
    del plain["fine_tuning"]["averaging"]
    path.write_text(json.dumps(plain))
    assert run.config().fine_tuning.averaging == 0.0
