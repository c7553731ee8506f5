"""A model that answers from the process that trains it: over a real socket, to whoever has the key."""

from __future__ import annotations

import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from tests.fixtures.tiny_training import Graft, Trained, small
from tlcore.errors import RunError
from tlcore.graft.finish import cross_fit
from tlcore.graft.network import saved_model
from tlcore.runs.question import Answer, Question
from tlcore.runs.run import Run
from tlcore.runs.workers import live_model
from tlcore.runs.workers.backend import BACKEND
from tlcore.runs.workers.live_model import FILE, LiveAddress, ask, serve


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def echo(question: Question) -> Answer:
    if question.label == "broken":
        raise ValueError("a bug")
    return {"path": str(question.path), "why": question.why, "label": question.label}


def test_it_answers_until_the_block_ends(run: Run) -> None:
    with serve(run, echo):
        assert ask(run, Question(Path("röd.png"), True, "a")) == {
            "path": "röd.png",
            "why": True,
            "label": "a",
        }
        assert "ValueError" in ask(run, Question(Path("x"), label="broken"))["error"]
        assert ask(run, Question(Path("x")))["path"] == "x", "an error is no end"
        assert stat.S_IMODE((run.folder / FILE).stat().st_mode) == 0o600
    assert not (run.folder / FILE).exists()
    with pytest.raises(RunError, match="cannot answer"):
        ask(run, Question(Path("x")))


def test_without_a_socket_nobody_is_told_to_ask(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (run.folder / FILE).write_text("of an earlier attempt")

    def refuse(*_: object, **__: object) -> None:
        raise OSError("AF_UNIX path too long")

    monkeypatch.setattr(live_model, "Listener", refuse)
    with serve(run, echo) as is_heard:
        assert not is_heard and not (run.folder / FILE).exists()


def test_two_ask_at_once_and_one_does_not_speak(run: Run) -> None:
    with serve(run, echo), ThreadPoolExecutor() as pool:
        place = msgspec.json.decode((run.folder / FILE).read_bytes(), type=LiveAddress)
        with socket.socket(socket.AF_UNIX) as silent:
            silent.connect(place.address)
            silent.close()
        names = [f"{number}.png" for number in range(8)]
        answers = pool.map(lambda name: ask(run, Question(Path(name)))["path"], names)
        assert list(answers) == names


def test_who_has_no_key_hears_nothing(run: Run) -> None:
    with serve(run, echo):
        place = msgspec.json.decode((run.folder / FILE).read_bytes(), type=LiveAddress)
        (run.folder / FILE).write_bytes(msgspec.json.encode(LiveAddress(place.address, "guess")))
        with pytest.raises(RunError, match="cannot answer"):
            ask(run, Question(Path("x")))
        (run.folder / FILE).write_bytes(msgspec.json.encode(place))
        assert ask(run, Question(Path("x")))["path"] == "x"


@pytest.mark.parametrize("content", [b"", b"{", b'{"address": "/nowhere", "key": ""}', b'{"address": 3}'])
def test_a_broken_address_is_said(run: Run, content: bytes) -> None:
    (run.folder / FILE).write_bytes(content)
    with pytest.raises(RunError, match="cannot answer"):
        ask(run, Question(Path("x")))


@pytest.mark.slow
@pytest.mark.usefixtures("whole_lite0")
def test_the_model_answers_while_its_file_is_checked(
    graft: Graft, coloured: Path, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked before it is calibrated, too: the answer then is another, and the later one the file's."""
    run, answers = Run(graft.home / "live"), []

    def ask_before(module: object, name: str) -> None:
        original = getattr(module, name)

        def asked(*arguments: object) -> object:
            assert BACKEND.can_answer(run) and not run.has_model
            answers.append(live_model.ask(run, Question(trained.path("blue"), why=True)))
            return original(*arguments)

        monkeypatch.setattr(module, name, asked)

    ask_before(cross_fit, "cross_fit")
    ask_before(saved_model, "verify")
    assert graft.train(coloured, "live", small(epochs=4)).code == 0
    assert [(answer["label"], answer["why"]["label"]) for answer in answers] == [("blue", "blue")] * 2
    file = graft.call("predict", run.folder, trained.path("blue"), "--json").json
    assert answers[0]["confidence"] != answers[1]["confidence"]
    assert answers[1]["confidence"] == pytest.approx(file["confidence"], abs=saved_model.TOLERANCE)
    assert run.has_model and not BACKEND.can_answer(run) and not (run.folder / FILE).exists()
