from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.drawn_boxes import NO_ANSWERS, NOTHING, World, drawn_boxes
from tlcore.evaluate.detection.matching import confusion_matrix, match
from tlcore.evaluate.detection.threshold import COSTS, DEFAULT, MOST_POINTS, choose_threshold, trade_off

WORLDS = st.builds(
    drawn_boxes,
    seed=st.integers(0, 2**32),
    pictures=st.integers(1, 4),
    classes=st.just(2),
    most=st.integers(1, 5),
    levels=st.sampled_from([3, 10_000]),
)


def misses_and_false_alarms(world: World, threshold: float) -> tuple[int, int]:
    """Each class for itself: objects without a right answer, and answers that are not right."""
    matrix = confusion_matrix(((*pair, match(*pair, threshold)) for pair in zip(*world, strict=True)), 2)
    right = int(np.trace(matrix))
    return int(matrix[:-1].sum()) - right, int(matrix[:, :-1].sum()) - right


@given(WORLDS)
@settings(max_examples=40)
def test_each_point_is_what_its_threshold_does(world: World) -> None:
    curve = trade_off(*world, 2)
    points = list(zip(curve.not_found, curve.false_alarms, strict=True))
    assert points == [misses_and_false_alarms(world, threshold) for threshold in curve.thresholds]
    assert list(curve.thresholds) == sorted(curve.thresholds, reverse=True)
    assert curve.pictures == len(world[0])
    assert curve.objects == sum(map(len, world[0]))


@given(WORLDS, st.sampled_from(COSTS))
@settings(max_examples=40)
def test_no_other_threshold_costs_less(world: World, cost: float) -> None:
    curve = trade_off(*world, 2)
    scores = np.concatenate([found.scores for found in world[1]]).tolist()

    def price(threshold: float) -> float:
        misses, alarms = misses_and_false_alarms(world, threshold)
        return cost * misses + alarms

    if curve.thresholds:
        assert price(choose_threshold(curve, cost)) == pytest.approx(min(map(price, scores)))


def test_dear_misses_lower_the_threshold() -> None:
    curve = trade_off(*drawn_boxes(0, 60, 2), 2)
    chosen = [choose_threshold(curve, cost) for cost in COSTS]
    assert chosen == sorted(chosen, reverse=True)
    assert len(set(chosen)) > 3


def test_a_long_curve_is_thinned_out() -> None:
    world = drawn_boxes(0, 300, 2)
    curve = trade_off(*world, 2)
    assert sum(map(len, world[1])) > 10 * MOST_POINTS
    assert len(curve.thresholds) == len(curve.not_found) == len(curve.false_alarms) <= MOST_POINTS
    assert (
        curve.not_found[0] > 0.9 * curve.objects
        and curve.false_alarms[-1] == misses_and_false_alarms(world, 0.0)[1]
    )


def test_without_answers_there_is_nothing_to_choose_by() -> None:
    for truth, answers in ([[], []], [[NOTHING], [NO_ANSWERS]], [drawn_boxes(0, 1, 2)[0], [NO_ANSWERS]]):
        curve = trade_off(truth, answers, 2)
        assert (curve.thresholds, choose_threshold(curve)) == ((), DEFAULT)


def test_without_objects_only_the_surest_answer_passes() -> None:
    answers = drawn_boxes(0, 3, 2)[1]
    curve = trade_off([NOTHING] * 3, answers, 2)
    scores = np.sort(np.concatenate([found.scores for found in answers]))
    assert scores[-2] < choose_threshold(curve) <= scores[-1]
