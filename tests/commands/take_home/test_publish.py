"""`publish`: into a folder, or to a Hub played on this machine."""

from __future__ import annotations

import pytest

from tests.fixtures.card_run import finished
from tests.fixtures.hub import TOKEN, hub
from tests.fixtures.tiny_training import Graft


def test_a_model_goes_into_a_folder_or_to_the_hub(graft: Graft, monkeypatch: pytest.MonkeyPatch) -> None:
    run = finished(graft.home / "run")
    said = graft.call("publish", run.folder, "--out", graft.home / "card", "--json")
    assert said.code == 0 and "README.md" in said.json["files"], said.err
    assert (graft.home / "card" / "README.md").read_text().startswith("---\nlicense: apache-2.0\n")
    with hub(monkeypatch) as played:
        said = graft.call("publish", run.folder, "--repo", "ours/flowers")
        assert said.code == 0 and said.out == f"repo: ours/flowers\nurl: {played.url}/ours/flowers\n"
        assert "visibility" not in played.repos[0] and len(played.committed) == 7
        played.refusals["/api/repos/create"] = 401
        said = graft.call("publish", run.folder, "--repo", "ours/flowers", "--private")
        assert (said.code, said.out) == (2, "") and said.err.count("\n") == 1
        assert "does not accept your login" in said.err and TOKEN not in said.err


def test_mistakes_are_said_in_a_sentence(graft: Graft) -> None:
    run = finished(graft.home / "run")
    for words, sentence in (
        ((run.folder,), "Nobody said where to"),
        ((graft.home, "--out", graft.home / "card"), "no run in that folder"),
        ((run.folder, "--out", run.folder), "That place is taken"),
        ((run.folder, "--repo", "flowers"), "A repository is named OWNER/NAME"),
    ):
        said = graft.call("publish", *words)
        assert (said.code, said.out) == (2, "") and sentence in said.err and said.err.count("\n") == 1
