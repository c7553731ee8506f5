"""Against pycocotools, called plainly, on drawn and on degenerate pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.cocoeval import Params

from tests.fixtures.drawn_boxes import NO_ANSWERS, NOTHING, World, drawn_boxes, plain_evaluation
from tlcore.evaluate.detection import average_precision
from tlcore.evaluate.detection.average_precision import (
    AREAS,
    IOUS,
    RECALLS,
    SIZES,
    average_precisions,
    find_matches,
    mean_average_precisions,
    summarise,
)
from tlcore.evaluate.detection.objects import Detections, Objects
from tlcore.evaluate.statistics import bootstrap
from tlcore.evaluate.statistics.metrics import share_interval

WORLDS = st.builds(
    drawn_boxes,
    seed=st.integers(0, 2**32),
    pictures=st.integers(1, 5),
    classes=st.just(3),
    most=st.integers(0, 6),
    levels=st.sampled_from([3, 10_000]),
)


def none_for_less(values: np.ndarray) -> list[float | None]:
    """pycocotools says −1 where there is nothing to be found."""
    return [None if value < 0 else pytest.approx(value, abs=1e-12) for value in values]


@given(WORLDS)
@settings(max_examples=40)
def test_as_pycocotools_has_it(world: World) -> None:
    plain, ours = plain_evaluation(*world, 3), summarise(*world, 3)
    assert [ours.map, ours.map50, *(size.ap for size in ours.by_size)] == none_for_less(
        plain.stats[[0, 1, 3, 4, 5]]
    )
    of_classes = plain.eval["precision"][:, :, :, 0, -1].mean(axis=1)  # (IoU, class)
    assert list(ours.ap50) == none_for_less(of_classes[0])
    assert list(ours.ap) == none_for_less(of_classes.mean(axis=0))
    assert list(mean_average_precisions(*world, 3)) == none_for_less(plain.stats[[1, 0]])
    counted = [result for result in plain.evalImgs if result is not None]
    for size, area in zip(ours.by_size, AREAS[1:], strict=True):
        of_size = [result for result in counted if tuple(result["aRng"]) == area]
        assert size.objects == sum((result["gtIgnore"] == 0).sum() for result in of_size)


@given(st.integers(0, 2**32), st.lists(st.integers(0, 3), min_size=4, max_size=4).filter(any))
@settings(max_examples=30)
def test_weights_are_pictures_that_come_more_than_once(seed: int, times: list[int]) -> None:
    truth, answers = drawn_boxes(seed, 4, 2)
    weighted = [
        average_precisions(one, np.array([times], float))[0]
        for one in find_matches(truth, answers, 2, IOUS)[0]
    ]
    rows = np.arange(4).repeat(times)
    repeated = plain_evaluation([truth[i] for i in rows], [answers[i] for i in rows], 2)
    for ours, theirs in zip(weighted, repeated.eval["precision"][:, :, :, 0, -1].mean(axis=1).T, strict=True):
        assert [bootstrap.number(value) for value in ours] == none_for_less(theirs)


def test_the_settings_are_those_of_pycocotools() -> None:
    plain = Params("bbox")
    assert (plain.iouThrs == IOUS).all() and (plain.recThrs == RECALLS).all()
    assert np.array_equal(plain.areaRng, AREAS) and tuple(plain.areaRngLbl) == ("all", *SIZES)


def test_many_pictures_go_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    world = drawn_boxes(1, 7, 2, levels=3)
    whole = summarise(*world, 2)
    monkeypatch.setattr(average_precision, "AT_ONCE", 3)
    monkeypatch.setattr(average_precision, "CELLS", 500)
    assert summarise(*world, 2) == whole


def test_the_interval_holds_the_score_and_narrows_with_more_pictures() -> None:
    truth, answers = drawn_boxes(2, 20, 2)
    few, many = (summarise(truth * times, answers * times, 2) for times in (1, 4))
    for summary in (few, many):
        assert summary.map50_interval and summary.map_interval and summary.map and summary.map50
        assert summary.map_interval[0] < summary.map < summary.map_interval[1]
        assert summary.map50_interval[0] < summary.map50 < summary.map50_interval[1]
    widths = [np.ptp(summary.map50_interval) for summary in (few, many)]
    assert widths[1] < 0.7 * widths[0]


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    summarise(*drawn_boxes(3, 2, 2), 2)
    assert capsys.readouterr() == ("", "")


ONE = Objects(np.array([[0.0, 0, 50, 50]]), np.zeros(1, int))
FOUND = Detections(ONE.boxes, np.ones(1), np.zeros(1, int))


@pytest.mark.parametrize(
    ("truth", "answers", "map50", "ap50"),
    [
        pytest.param([], [], None, (None, None), id="no pictures"),
        pytest.param([NOTHING] * 3, [NO_ANSWERS] * 3, None, (None, None), id="empty pictures"),
        pytest.param([NOTHING] * 3, [FOUND] * 3, None, (None, None), id="answers, and nothing there"),
        pytest.param([ONE] * 3, [NO_ANSWERS] * 3, 0.0, (0.0, None), id="no answers, and a class absent"),
        pytest.param([ONE] * 3, [FOUND] * 3, 1.0, (1.0, None), id="all found"),
        pytest.param([ONE], [FOUND], 1.0, (1.0, None), id="one picture"),
    ],
)
def test_every_score_is_a_number_or_none(
    truth: list[Objects], answers: list[Detections], map50: float | None, ap50: tuple[float | None, ...]
) -> None:
    found = summarise(truth, answers, 2)
    assert (found.map50, found.map, found.ap50, found.ap) == (map50, map50, ap50, ap50)
    interval = None if map50 is None or len(truth) < 2 else share_interval(map50, len(truth))
    assert (found.map50_interval, found.map_interval) == (interval, interval)
    assert [size.objects for size in found.by_size] == [0, len(truth) if map50 is not None else 0, 0]
