from __future__ import annotations

import re

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.drawn_boxes import drawn_boxes
from tlcore.evaluate.detection.score import AnsweredBox, DetectionScore, PictureBoxes, TrueBox, score
from tlcore.evaluate.detection.sentences import (
    describe_threshold,
    summarise_class,
    summarise_objects,
    summarise_picture,
)
from tlcore.evaluate.detection.threshold import ThresholdCurve, choose_threshold, trade_off

CURVE = ThresholdCurve(
    pictures=10,
    objects=1200,
    thresholds=(0.9, 0.5, 0.2),
    not_found=(1100, 200, 50),
    false_alarms=(0, 1, 2400),
)
EMPTY = score("test", ("platelet", "cell"), [], [], [], CURVE, 0.5)


def score_with(*confusion: tuple[int, int, int]) -> DetectionScore:
    objects = int(np.array(confusion)[:-1].sum())
    return msgspec.structs.replace(EMPTY, confusion=confusion, objects=objects)


@pytest.mark.parametrize(
    ("confusion", "of_all", "of_platelets"),
    [
        pytest.param(
            ((87, 3, 10), (2, 1200, 0), (5, 0, 0)),
            "The model finds 1,287 of 1,302 objects. It misses 10, calls 5 something else and invents 5.",
            "platelet: the model finds 87 of 100. It misses 10, calls 3 something else, "
            "takes 2 of another class for it and invents 5.",
            id="every mistake",
        ),
        pytest.param(
            ((1, 0, 0), (0, 0, 0), (0, 0, 0)),
            "The model finds 1 of 1 object. It makes no mistake.",
            "platelet: the model finds 1 of 1. It makes no mistake.",
            id="none",
        ),
        pytest.param(
            ((0, 0, 0), (0, 0, 0), (4, 0, 0)),
            "There are no objects. It invents 4.",
            "platelet: there are none. It invents 4.",
            id="nothing there",
        ),
        pytest.param(
            ((87, 0, 13), (0, 0, 0), (5, 0, 0)),
            "The model finds 87 of 100 objects. It misses 13 and invents 5.",
            "platelet: the model finds 87 of 100. It misses 13 and invents 5.",
            id="two kinds",
        ),
    ],
)
def test_a_score_in_words(
    confusion: tuple[tuple[int, int, int], ...], of_all: str, of_platelets: str
) -> None:
    found = score_with(*confusion)
    assert (summarise_objects(found), summarise_class(found, "platelet")) == (of_all, of_platelets)


@given(st.integers(0, 2**32))
@settings(max_examples=10)
def test_the_kinds_of_an_object_add_up(seed: int) -> None:
    world = drawn_boxes(seed, 3, 2)
    found = score("test", ("platelet", "cell"), *world, [("", "")] * 3, CURVE, 0.3)
    words = summarise_objects(found)
    if found.objects:
        right, objects = map(int, re.findall(r"finds (\d+) of (\d+)", words)[0])
        others = sum(map(int, re.findall(r"(?:misses|calls) (\d+)", words)))
        assert right + others == objects == found.objects


@pytest.mark.parametrize(
    ("threshold", "words"),
    [
        (0.95, "No answer for a validation picture has so high a score. The model finds nothing."),
        (0.9, "In the validation pictures the model finds 100 of 1,200 objects, with 0 false alarms."),
        (0.4, "In the validation pictures the model finds 1,000 of 1,200 objects, with 1 false alarm."),
        (0.0, "In the validation pictures the model finds 1,150 of 1,200 objects, with 2,400 false alarms."),
    ],
)
def test_a_threshold_in_words(threshold: float, words: str) -> None:
    assert describe_threshold(CURVE, threshold) == words


def test_the_chosen_threshold_is_told_exactly() -> None:
    curve = trade_off(*drawn_boxes(0, 40, 2), 2)
    chosen = choose_threshold(curve)
    at = curve.thresholds.index(chosen)
    assert f"finds {curve.objects - curve.not_found[at]} of " in describe_threshold(curve, chosen)


BOX = (0.0, 0.0, 9.0, 9.0)


@pytest.mark.parametrize(
    ("objects", "answers", "said"),
    [
        pytest.param((), (), "0 of 0 found", id="nothing"),
        pytest.param((0, 1), ((0, 0),), "1 of 2 found", id="one missed"),
        pytest.param((0, 1), ((0, 0), (0, 1)), "1 of 2 found, 1 called something else", id="another class"),
        pytest.param((0,), ((0, 0), (1, -1)), "1 of 1 found, 1 invented", id="invented"),
        pytest.param((0,), ((0, -2),), "0 of 1 found", id="below the threshold"),
    ],
)
def test_a_picture_in_a_sentence(
    objects: tuple[int, ...], answers: tuple[tuple[int, int], ...], said: str
) -> None:
    picture = PictureBoxes(
        sha256="",
        name="",
        objects=tuple(TrueBox(BOX, number) for number in objects),
        answers=tuple(AnsweredBox(BOX, number, 0.9, of) for number, of in answers),
    )
    assert summarise_picture(picture) == said
