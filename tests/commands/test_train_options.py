"""Options of `train`, and what a file says where they are left out."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from tlcore.commands import train
from tlcore.config import RunConfig


def read(*words: str | Path) -> RunConfig:
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    return train.config_from(parser.parse_args(["data", "--out", "run", *map(str, words)]))


def test_counting_can_be_switched_either_way_over_a_file(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    for said in ("true", "false"):
        file.write_text(f'{{"head": {{"counts": {said}}}}}')
        assert read("--config", file).head.counts is (said == "true")
        assert read("--config", file, "--counts").head.counts is True
        assert read("--config", file, "--no-counts").head.counts is False
    assert read().head.counts is None


def test_a_folder_in_a_file_is_found_from_where_the_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.json").write_text('{"backbone": "folder:models/own"}')
    whole = f"folder:{tmp_path / 'models' / 'own'}"
    assert read("--config", "config.json").backbone == whole
    assert read("--backbone", "folder:models/own").backbone == whole
