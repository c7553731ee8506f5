"""Answers of a finished model: many at once are the same as one at a time, in the order of what was asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.fixtures.tiny_texts import NASTY
from tests.fixtures.tiny_training import Trained
from tlcore.graft.predict.classifier import Classifier
from tlcore.runs.run import Run


@pytest.fixture(scope="module")
def answerer(trained_texts: Trained) -> Classifier:
    return Classifier(Run.existing(trained_texts.folder))


def test_batches_of_similar_length_answer_as_the_whole_model_does(answerer: Classifier) -> None:
    """The saved file reads each text up to the length it was built for: what lies behind it is padding."""
    texts = np.array([*NASTY.values(), *("tent " * n for n in range(1, 80))], object)
    whole = np.asarray(tf.function(answerer.model)(tf.constant(texts.tolist())))
    ours = answerer.probabilities(texts)
    assert ours.shape == (len(texts), len(answerer.labels))
    np.testing.assert_allclose(ours, whole, atol=2e-5)
    assert (ours.argmax(axis=1) == whole.argmax(axis=1)).all()


def test_answers_come_in_the_order_of_the_files_with_what_cannot_be_read_between(
    answerer: Classifier, tmp_path: Path
) -> None:
    texts = {"a.txt": "Where is my parcel?", "c.txt": "tent " * 60, "d.txt": "My card was declined."}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "b.txt").write_bytes(bytes(range(256)) * 8)
    paths = [tmp_path / name for name in ("c.txt", "b.txt", "a.txt", "missing.txt", "d.txt")]
    answers = list(answerer.stream(iter(paths)))
    assert [answer["path"] for answer in answers] == [str(path) for path in paths]
    assert ["error" in answer for answer in answers] == [False, True, False, True, False]
    for path, answer in zip(paths, answers, strict=True):
        if "error" not in answer:
            alone = answerer.answer(path)
            assert answer["label"] == alone["label"]
            assert answer["confidence"] == pytest.approx(alone["confidence"], abs=2e-5)
