"""`coach`: what it prints, the settings that it writes, and one sentence for each mistake."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.fixtures.tiny_training import Graft, Trained
from tlcore import config as configuration
from tlcore.coach.changes import essential, is_same
from tlcore.data.dataset import Dataset
from tlcore.processes import identity
from tlcore.runs.run import Run


def test_it_says_what_to_try_and_why(graft: Graft, trained: Trained) -> None:
    said = graft.call("coach", trained.folder)
    found = graft.call("coach", trained.folder, "--json").json
    assert said.code == 0 and found["run"] == str(trained.folder)
    lines = said.out.splitlines()
    assert lines[0] == found["finding"] and lines[1].startswith(found["advice"])
    assert lines[2:] == [f"  {c['setting']}: {c['old']} → {c['new']}" for c in found["changes"]] != []
    assert "config" not in found and not list(graft.home.glob("*.json"))


def test_the_settings_it_writes_are_another_run(graft: Graft, trained: Trained) -> None:
    file = graft.home / "next.json"
    said = graft.call("coach", trained.folder, "--out", file)
    assert said.code == 0 and said.out.splitlines()[-1] == f"All settings: {file}"
    config = configuration.from_json(file.read_bytes())
    manifest = Dataset(Path(config.data)).read()
    assert not is_same(essential(config, manifest), essential(trained.run.config(), manifest))


def test_runs_beside_it_and_in_the_workspace_count_as_tried(graft: Graft, trained: Trained) -> None:
    beside, elsewhere = graft.home / "run", graft.home / "workspace" / "runs" / "another"
    shutil.copytree(trained.folder, beside)
    first = graft.call("coach", beside, "--out", graft.home / "first.json", "--json").json
    for place in (graft.home / "beside", elsewhere):
        Run.prepare(place, configuration.from_json((graft.home / "first.json").read_bytes()))
        second = graft.call("coach", beside, "--json").json
        assert (second["advice"], second["changes"]) != (first["advice"], first["changes"])
        shutil.rmtree(place)
    assert graft.call("coach", beside, "--json").json["changes"] == first["changes"]


def test_when_nothing_is_left_it_says_so_and_writes_nothing(graft: Graft, trained: Trained) -> None:
    run = graft.home / "run"
    shutil.copytree(trained.folder, run)
    (run / "status.json").write_text('{"state": "cancelled"}')
    said = graft.call("coach", run)
    assert (said.code, said.out) == (0, f"{graft.call('coach', run, '--json').json['finding']}\n")
    assert "Let it go on first" in said.out
    said = graft.call("coach", run, "--out", graft.home / "next.json")
    assert said.code == 2 and "Let it go on first" in said.err and not (graft.home / "next.json").exists()


@pytest.mark.parametrize("mistake", ["no run", "at work", "no data"])
def test_a_mistake_is_one_sentence(graft: Graft, trained: Trained, mistake: str) -> None:
    run = graft.home / "run"
    if mistake != "no run":
        shutil.copytree(trained.folder, run)
    if mistake == "at work":
        pid, started = identity()
        (run / "status.json").write_text(json.dumps({"state": "running", "pid": pid, "started": started}))
    if mistake == "no data":
        text = (run / "config.json").read_text()
        (run / "config.json").write_text(text.replace(trained.run.config().data, str(graft.home / "gone")))
    said = graft.call("coach", run)
    words = {"no run": "no run in that folder", "at work": "still at work", "no data": "was deleted"}
    assert said.code == 2 and words[mistake] in said.err and said.err.count("\n") == 1
