"""Models of every other kind answer as on the command line: with boxes, areas, or the class of a text."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.data.conftest import jpeg
from tests.fixtures.served import in_thread
from tests.fixtures.tiny_training import Trained
from tlcore.evaluate import confidence_threshold
from tlcore.evaluate.confidence_threshold import ConfidenceThreshold
from tlcore.graft.predict.predictor import load
from tlcore.runs.run import Run
from tlcore.serve.body import Sent
from tlcore.serve.inputs import NOT_A_TEXT
from tlcore.serve.service import Service


def both(run: Run, files: Sequence[Path], *more: Sent) -> tuple[list[Any], list[Any]]:
    """The answers to files, and to what more is sent, from a service; and the model's own to the files."""
    model = load(run)
    with closing(Service(run, model)) as service:
        service.warm_up()
        sent = [Sent(str(file), file.read_bytes()) for file in files]
        answers = in_thread(service.answers([*sent, *more]))
    return answers, list(model.answers(*files))


@pytest.mark.slow  # which its fixtures, chosen by name, do not tell
@pytest.mark.parametrize("kind", ["detector", "segmenter"])
def test_places_are_in_pixels_of_the_picture_as_it_came(kind: str, request: pytest.FixtureRequest) -> None:
    trained: Trained = request.getfixturevalue(f"trained_{kind}")
    files = sorted(trained.data.rglob("train/*.png"))[:3]
    answers, expected = both(trained.run, files)
    assert len({(one["width"], one["height"]) for one in expected}) == 3
    for answer, own in zip(answers, expected, strict=True):
        assert answer.pop("name") == own.pop("path") and answer.keys() == own.keys()
        assert (answer["width"], answer["height"]) == (own["width"], own["height"])
    if kind == "segmenter":
        assert [one["areas"] for one in answers] == [
            pytest.approx(one["areas"], abs=0.01) for one in expected
        ]
        return
    for answer, own in zip(answers, expected, strict=True):
        assert [box["label"] for box in answer["boxes"]] == [box["label"] for box in own["boxes"]]
        for edge in ("left", "top", "right", "bottom"):
            ours, theirs = ([box[edge] for box in one["boxes"]] for one in (answer, own))
            assert ours == pytest.approx(theirs, abs=0.5)
    assert any(one["boxes"] for one in answers)


def test_texts_come_as_files_or_as_they_are(trained_texts: Trained, tmp_path: Path) -> None:
    folder = shutil.copytree(trained_texts.folder, tmp_path / "run")
    (tmp_path / "a.txt").write_text(" The parcel has not come.\r\n")
    confidence_threshold.write(folder, ConfidenceThreshold(1.0))
    text = Sent("text 1", "The parcel has not come.")
    answers, (expected,) = both(Run(folder), [tmp_path / "a.txt"], text, Sent("photo", jpeg()))
    in_file, as_text, none = answers
    assert none == {"name": "photo", "error": NOT_A_TEXT}
    assert in_file["text"] == as_text["text"] == expected["text"]
    assert in_file["label"] == as_text["label"] == expected["label"]
    assert in_file["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-4)
    assert in_file["sure"] is False
