"""The child that works with a model from elsewhere: its answer, its refusal, and its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlcore.errors import RunError
from tlcore.export.hand_on import bounded_child
from tlcore.foreign import child


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ('{"error": "It is grey.", "received": "1", "remedy": "Go."}', r"It is grey\. Received: 1\. Go\."),
        ("", "does not answer"),
        ("no JSON", "does not answer"),
    ],
)
def test_a_refusal_is_told(said: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_child, "run", lambda *ignored: said)
    with pytest.raises(RunError, match=sentence):
        child.ask(tmp_path, {"step": "look"}, lambda: False)


def test_its_last_line_is_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_child, "run", lambda *ignored: 'chatter\n{"result": {"a": 1}}\n')
    assert child.ask(tmp_path, {"step": "look"}, lambda: False) == {"a": 1}
    assert (tmp_path / child.REQUEST).read_text() == '{"step":"look"}'
