from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.drawn_boxes import NO_ANSWERS, NOTHING, World, drawn_boxes, plain_evaluation
from tlcore.evaluate.detection.matching import (
    INVENTED,
    LEFT_OUT,
    confusion_matrix,
    count_mistakes,
    is_missed,
    match,
)
from tlcore.evaluate.detection.objects import Detections, Objects

WORLDS = st.builds(
    drawn_boxes,
    seed=st.integers(0, 2**32),
    pictures=st.integers(1, 4),
    classes=st.just(3),
    most=st.integers(0, 6),
    levels=st.sampled_from([3, 10_000]),
)
THRESHOLDS = st.sampled_from([0.0, 1 / 3, 0.5, 0.8, 1.0])
BOX, ELSEWHERE = [0.0, 0.0, 50.0, 50.0], [100.0, 100.0, 150.0, 150.0]


def confusion_of(world: World, threshold: float) -> np.ndarray:
    return confusion_matrix(((*pair, match(*pair, threshold)) for pair in zip(*world, strict=True)), 3)


def objects_of(*classes: int, boxes: list[list[float]] | None = None) -> Objects:
    return Objects(np.array(boxes or [BOX] * len(classes)), np.array(classes))


def answers_of(*answers: tuple[int, float, list[float]]) -> Detections:
    classes, scores, boxes = zip(*answers, strict=True)
    return Detections(np.array(boxes), np.array(scores), np.array(classes))


@given(WORLDS, THRESHOLDS)
@settings(max_examples=40)
def test_what_is_right_is_what_pycocotools_finds_right(world: World, threshold: float) -> None:
    truth, answers = world
    matrix = confusion_of(world, threshold)
    plain = plain_evaluation(truth, [found.strongest(threshold) for found in answers], 3)
    results = [r for r in plain.evalImgs if r is not None and tuple(r["aRng"]) == (0, 1e10)]
    for number in range(3):
        of_class = [r for r in results if r["category_id"] == number]
        counted = [~r["dtIgnore"][0].astype(bool) for r in of_class]
        right = sum(int((r["dtMatches"][0][ok] > 0).sum()) for r, ok in zip(of_class, counted, strict=True))
        assert matrix[number, number] == right
        assert matrix[:, number].sum() == sum(int(ok.sum()) for ok in counted)
        assert matrix[number].sum() == sum(int((r["gtIgnore"] == 0).sum()) for r in of_class)


@given(WORLDS, THRESHOLDS)
def test_no_object_has_two_answers_and_nothing_is_counted_twice(world: World, threshold: float) -> None:
    mistakes = 0
    for objects, answers in zip(*world, strict=True):
        found = match(objects, answers, threshold)
        paired = found[found >= 0]
        assert len(set(paired.tolist())) == len(paired)
        assert (found[answers.scores < threshold] == LEFT_OUT).all()
        assert is_missed(objects, found).sum() == len(objects) - len(paired)
        mistakes += count_mistakes(objects, answers, found)
    matrix = confusion_of(world, threshold)
    assert mistakes == matrix.sum() - np.trace(matrix)


@pytest.mark.parametrize(
    ("objects", "answers", "found"),
    [
        pytest.param(objects_of(0), [(1, 0.9, BOX)], [0], id="called something else"),
        pytest.param(
            objects_of(0), [(1, 0.9, BOX), (0, 0.6, BOX)], [INVENTED, 0], id="its own class comes first"
        ),
        pytest.param(objects_of(0), [(0, 0.6, BOX), (0, 0.9, BOX)], [INVENTED, 0], id="found twice"),
        pytest.param(objects_of(0, 1), [(1, 0.9, BOX), (0, 0.6, BOX)], [1, 0], id="two in one place"),
        pytest.param(objects_of(0, 1), [(2, 0.9, BOX), (0, 0.6, BOX)], [1, 0], id="the free one"),
        pytest.param(objects_of(0), [(0, 0.9, ELSEWHERE)], [INVENTED], id="elsewhere"),
        pytest.param(objects_of(0), [(0, 0.4, BOX)], [LEFT_OUT], id="below the threshold"),
        pytest.param(
            objects_of(0), [(0, 0.9, [0, 0, 50, 25])], [0], id="an IoU of one half is enough, as in COCO"
        ),
    ],
)
def test_who_finds_what(
    objects: Objects, answers: list[tuple[int, float, list[float]]], found: list[int]
) -> None:
    assert match(objects, answers_of(*answers), 0.5).tolist() == found


def test_the_confusion_has_a_row_for_the_invented_and_a_column_for_the_missed() -> None:
    objects = objects_of(0, 1, 1, boxes=[BOX, ELSEWHERE, [300, 0, 350, 50]])
    answers = answers_of((0, 0.9, BOX), (0, 0.8, ELSEWHERE), (2, 0.7, [0, 300, 50, 350]))
    matrix = confusion_of(([objects], [answers]), 0.5)
    assert matrix.tolist() == [[1, 0, 0, 0], [1, 0, 0, 1], [0, 0, 0, 0], [0, 0, 1, 0]]


def test_no_boxes() -> None:
    assert match(NOTHING, NO_ANSWERS, 0.5).tolist() == []
    assert not confusion_of(([NOTHING], [NO_ANSWERS]), 0.5).any()
    assert is_missed(objects_of(0), match(objects_of(0), NO_ANSWERS, 0.5)).tolist() == [True]
