"""`estimate`: scores with fewer examples, as a table and in a conversation."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path

import msgspec
import pytest

from tests.fixtures.analysed_run import flowers
from tests.fixtures.estimates import estimated
from tests.fixtures.tiny_training import Graft
from tlcore.commands import estimate
from tlcore.data.dataset import Dataset
from tlcore.evaluate.estimate import record
from tlcore.runs.preparation import Preparation, preparations_of
from tlcore.workspace import Workspace


@pytest.fixture
def job(graft: Graft) -> Preparation:
    """The preparation of some flowers, with made-up features."""
    dataset: Dataset = flowers()
    estimated(dataset)
    (found,) = preparations_of(Workspace(), dataset)
    return found


def test_it_says_the_accuracy_with_fewer_of_each_class(graft: Graft, job: Preparation) -> None:
    found = graft.call("estimate", job.folder, 1, 3, "--json")
    assert found.code == 0
    one, three = json.loads(found.out)["scores"]
    assert (one["each"], three["each"]) == (1, 3) and 0 < one["accuracy"] <= 1
    assert "3 of each class" in graft.call("estimate", job.folder, 3).out


def test_in_a_conversation_each_line_has_an_answer(
    graft: Graft, job: Preparation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("2\nnone\n0\n2\n"))
    lines = graft.call("estimate", job.folder, "-").out.splitlines()
    assert lines[0] == '{"ready": true}' and len(lines) == 5
    assert lines[1] == lines[4] and '"each": 2' in lines[1]
    assert all("1 or more" in line for line in lines[2:4])


def test_nobody_asks_for_long(graft: Graft, job: Preparation, monkeypatch: pytest.MonkeyPatch) -> None:
    class Silence(io.StringIO):
        def __next__(self) -> str:
            waiting.wait()
            raise StopIteration

    waiting = threading.Event()
    monkeypatch.setattr("sys.stdin", Silence())
    monkeypatch.setattr(estimate, "IDLE_SECONDS", 0.01)
    assert graft.call("estimate", job.folder, "-").code == 0
    waiting.set()


@pytest.mark.parametrize(("missing", "said"), [(record.FILE, "no estimate"), (record.FEATURES, "are gone")])
def test_what_is_missing_is_said(graft: Graft, job: Preparation, missing: str, said: str) -> None:
    (job.folder / missing).unlink()
    found = graft.call("estimate", job.folder, 2)
    assert found.code == 2 and said in found.err


def test_a_number_is_a_number(graft: Graft, job: Preparation, tmp_path: Path) -> None:
    assert "1 or more" in graft.call("estimate", job.folder, "many").err
    assert "no estimate" in graft.call("estimate", tmp_path, 2).err


def test_an_estimate_of_before_has_no_penalty_and_is_good_enough(graft: Graft, job: Preparation) -> None:
    found = record.read(job.folder)
    assert found is not None and found.passes and found.penalty
    record.write(job.folder, msgspec.structs.replace(found, penalty=0.0, passes=0))
    assert graft.call("estimate", job.folder, 3).code == 0
