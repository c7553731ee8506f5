"""The JSON beside an exported file says all that a program needs."""

from __future__ import annotations

import json

import pytest

from tests.fixtures.tiny_training import Trained
from tlcore.config.task import Task
from tlcore.errors import RunError
from tlcore.export.formats.description import FITS, LIBRARIES, as_json, describe
from tlcore.export.formats.formats import COUNTS_TERMS, FORMATS, formats_of, get


def test_it_says_what_goes_in_and_what_comes_out(trained: Trained) -> None:
    told = json.loads(as_json(describe(trained.run, FORMATS["onnx"])))
    assert told["labels"] == list(trained.run.labels()) and told["task"] == "images"
    assert told["input"]["shape"] == [None, 64, 64, 3] and told["input"]["dtype"] == "uint8"
    assert FITS[told["input"]["fit"]] in told["input"]["preprocessing"]
    assert told["output"]["shape"] == [None, 3] and told["temperature"] > 0
    assert list(told["runtime"]) == ["onnxruntime"]


def test_every_runtime_names_what_has_to_be_installed() -> None:
    assert {one.runtime for one in FORMATS.values()} == set(LIBRARIES)


@pytest.mark.parametrize(
    ("task", "backbone", "format"),
    [
        ("texts", "roberta_base_en", "onnx"),
        ("texts", "deberta_v3_small_en", "litert"),
        ("texts", "deberta_v3_small_en", "web"),
        ("texts", "minilm_l6", "onnx-int8"),
        ("images", "efficientnet_lite0", "wishes"),
    ],
)
def test_a_format_that_is_not_offered_is_refused(task: Task, backbone: str, format: str) -> None:
    with pytest.raises(RunError, match="keras"):
        get(format, task, backbone)
    assert format not in [one.id for one in formats_of(task, backbone)]


@pytest.mark.parametrize(
    ("backbone", "format", "is_lost"),
    [("minilm_l6", "onnx", True), ("minilm_l6", "onnx-int8", False), ("roberta_base_en", "web", False)],
)
def test_counting_is_blamed_for_what_it_costs_alone(backbone: str, format: str, is_lost: bool) -> None:
    with pytest.raises(RunError) as caught:
        get(format, "texts", backbone, counts_terms=True)
    assert (caught.value.what == COUNTS_TERMS) == is_lost


def test_a_page_counts_itself_unless_it_were_too_large() -> None:
    assert get("web", "texts", "minilm_l6", counts_terms=True).id == "web"
    with pytest.raises(RunError, match="too large"):
        get("web", "texts", "bert_base_en")


@pytest.mark.parametrize("backbone", ["minilm_l6", "distil_bert_base_multi", "folder:/anywhere"])
def test_word_pieces_can_go_along(backbone: str) -> None:
    assert get("onnx", "texts", backbone).takes_ids
