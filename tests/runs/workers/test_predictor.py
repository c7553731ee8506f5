"""The warm process: answers, survives bad pictures, is replaced when it is killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.fixtures import SHORT
from tests.fixtures.tiny_training import Trained
from tlcore.errors import RunError
from tlcore.runs.question import Question
from tlcore.runs.run import Run
from tlcore.runs.workers.conversation import ConversationClosed
from tlcore.runs.workers.predictor import Predictor


@pytest.fixture(scope="module")
def predictor(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Predictor]:
    predictor = Predictor(trained.run, tmp_path_factory.mktemp("log") / "predict.log")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", SHORT)  # its processes are forks
        yield predictor
        predictor.close()


def _process(predictor: Predictor) -> psutil.Process:
    assert predictor._child is not None
    return psutil.Process(predictor._child.pid)


def test_one_process_answers_every_picture(predictor: Predictor, trained: Trained) -> None:
    first = predictor.answer(Question(trained.path("amber", 0)))
    process = _process(predictor)
    second = predictor.answer(Question(trained.path("blue", 0)))
    assert _process(predictor) == process
    for answer in (first, second):
        assert set(answer["probabilities"]) == set(trained.run.labels())
        assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert answer["confidence"] == max(answer["probabilities"].values())


def test_a_bad_picture_is_an_answer_and_not_an_end(
    predictor: Predictor, tmp_path: Path, trained: Trained
) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"not a picture")
    assert "error" in predictor.answer(Question(bad))
    assert "label" in predictor.answer(Question(trained.path("amber", 1)))


def test_a_killed_process_is_replaced(predictor: Predictor, trained: Trained) -> None:
    questions = [Question(trained.path("amber", 2), why) for why in (True, False)]
    before = [predictor.answer(question) for question in questions]
    killed = _process(predictor)
    killed.kill()
    killed.wait()
    assert [predictor.answer(question) for question in questions] == before
    assert _process(predictor) != killed


def test_the_reasons_come_with_the_answer(predictor: Predictor, trained: Trained) -> None:
    plain = predictor.answer(Question(trained.path("blue", 3)))
    reasoned = predictor.answer(Question(trained.path("blue", 3), why=True))
    assert {key: reasoned[key] for key in ("path", "label", "nearest")} == {
        key: plain[key] for key in ("path", "label", "nearest")
    }
    assert reasoned["confidence"] == pytest.approx(plain["confidence"], abs=1e-5)
    assert "why" not in plain and set(reasoned["why"]) == {"label", "heat"}
    assert reasoned["why"]["label"] == reasoned["label"] and np.shape(reasoned["why"]["heat"]) == (4, 4)
    other = predictor.answer(Question(trained.path("blue", 3), True, "röd"))
    assert other["why"]["label"] == "röd" and other["why"]["heat"] != reasoned["why"]["heat"]
    unknown = predictor.answer(Question(trained.path("blue", 3), True, "zebra"))
    assert set(unknown) == {"path", "error"} and "zebra" in unknown["error"]


def test_a_bad_picture_has_no_reasons(predictor: Predictor, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"not a picture")
    assert set(predictor.answer(Question(bad, why=True))) == {"path", "error"}


def test_a_run_without_a_model_is_an_error_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    predictor = Predictor(Run(tmp_path), tmp_path / "predict.log")
    with pytest.raises(RunError, match="no model"):
        predictor.answer(Question(tmp_path / "any.jpg"))
    predictor.close()


def test_one_that_was_put_away_starts_nothing_any_more(trained: Trained, tmp_path: Path) -> None:
    predictor = Predictor(trained.run, tmp_path / "predict.log")
    predictor.close()
    with pytest.raises(ConversationClosed):
        predictor.answer(Question(trained.path("amber")))
    assert predictor._child is None
