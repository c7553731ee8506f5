"""The JSON beside an exported file says all that a program needs."""

from __future__ import annotations

import json

import pytest

from tests.fixtures.tiny_training import Trained
from tlcore.config.task import Task
from tlcore.errors import RunError
from tlcore.export.formats.description import FITS, LIBRARIES, as_json, describe
from tlcore.export.formats.formats import FORMATS, formats_of, get


def test_it_says_what_goes_in_and_what_comes_out(trained: Trained) -> None:
    told = json.loads(as_json(describe(trained.run, FORMATS["onnx"])))
    assert told["labels"] == list(trained.run.labels()) and told["task"] == "images"
    assert told["input"]["shape"] == [None, 64, 64, 3] and told["input"]["dtype"] == "uint8"
    assert FITS[told["input"]["fit"]] in told["input"]["preprocessing"]
    assert told["output"]["shape"] == [None, 3] and told["temperature"] > 0
    assert list(told["runtime"]) == ["onnxruntime"]


def test_every_runtime_names_what_has_to_be_installed() -> None:
    assert {one.runtime for one in FORMATS.values()} == set(LIBRARIES)


@pytest.mark.parametrize(("task", "format"), [("texts", "onnx"), ("texts", "web"), ("images", "wishes")])
def test_a_format_that_is_not_offered_is_refused(task: Task, format: str) -> None:
    with pytest.raises(RunError, match="keras"):
        get(format, task)
    assert format not in [one.id for one in formats_of(task)]
