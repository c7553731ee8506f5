from __future__ import annotations

from pathlib import Path

import msgspec
import plotly.graph_objects as go
import pytest

from pages.components.compare.experiments.chart import figure
from tests.fixtures.finished_experiments import write_experiment
from tlcore.data.task_words import WORDS
from tlcore.runs.experiments.experiment import Experiment

COLOURS = ("#0f766e", "#d97706", "#6366f1")


def drawn(experiment: Experiment) -> go.Figure:
    return figure(experiment.record(), WORDS["images"], COLOURS)


def test_the_picture_of_a_race_sets_accuracy_against_speed(data: Path) -> None:
    traces = drawn(write_experiment(data, "race")).data
    assert [(trace.name, trace.x[0], trace.y[0]) for trace in traces] == [
        ("EfficientNet-Lite0", 14.0, pytest.approx(93)),
        ("MobileNetV2", 15.3, pytest.approx(90)),
        ("ResNet50", 38.2, pytest.approx(94)),
    ]
    low, high = traces[0].error_y.arrayminus[0], traces[0].error_y.array[0]
    assert (93 - low, 93 + high) == (pytest.approx(86.25, abs=0.01), pytest.approx(96.57, abs=0.01))


def test_the_picture_of_detectors_has_the_score_of_their_task(data: Path) -> None:
    picture = figure(write_experiment(data, "unfreeze").record(), WORDS["detection"], COLOURS)
    assert picture.data[0].y[0] == pytest.approx(0.92) and picture.layout.shapes == ()
    assert picture.layout.yaxis.title.text == "test mAP at IoU 0.5" and not picture.layout.yaxis.ticksuffix
    assert picture.layout.yaxis.range[0] < picture.layout.yaxis.range[1] == pytest.approx(1.03)
    assert "0.920 mAP at IoU 0.5, 100 pictures for testing" in picture.data[0].hovertext[0]


def test_the_picture_of_unfreezing_has_a_place_for_every_amount(data: Path) -> None:
    picture = drawn(write_experiment(data, "unfreeze"))
    pretrained, random = picture.data
    assert list(pretrained.x) == ["nothing", "the last block", "half of the blocks", "all 17 blocks"]
    assert list(random.x) == ["all, from random weights"] and list(random.y) == [pytest.approx(48)]
    assert list(picture.layout.xaxis.ticktext)[1] == "the last<br>block"
    assert "564,355 parameters trained" in pretrained.hovertext[1]
    half = drawn(write_experiment(data, "unfreeze", {"nothing": 8}, id="20260306-101500-abcd"))
    assert half.layout.xaxis.categoryarray == picture.layout.xaxis.categoryarray


def test_the_picture_of_amounts_has_two_curves_and_the_line_of_guessing(data: Path) -> None:
    written = write_experiment(data, "amount")
    picture = drawn(written)
    assert [(trace.name, list(trace.x)) for trace in picture.data] == [
        ("pretrained", [5, 10, 28.0]),
        ("random weights", [5, 10, 28.0]),
    ]
    assert list(picture.layout.xaxis.ticktext) == ["5", "10", "28"]
    assert picture.layout.shapes[0].y0 == pytest.approx(34)
    assert picture.layout.yaxis.range[0] < 25.5
    assert picture.layout.annotations[0].text == "guessing at best"  # as an earlier version counted
    for entry in written.record().entries:
        written.put(msgspec.structs.replace(entry, baseline_from="training"))
    assert drawn(written).layout.annotations[0].text == "guessing the commonest class"
