from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.drawn_boxes import NO_ANSWERS, NOTHING, World, drawn_boxes
from tlcore.evaluate.detection import score as detection
from tlcore.evaluate.detection.average_precision import summarise
from tlcore.evaluate.detection.matching import INVENTED, LEFT_OUT
from tlcore.evaluate.detection.objects import Detections
from tlcore.evaluate.detection.threshold import trade_off
from tlcore.records import JsonType

LABELS = ("platelet", "red cell", "white cell")
SCORE = JsonType(detection.DetectionScore)
CURVE = trade_off(*drawn_boxes(9, 5, 3), 3)


def score_of(world: World, threshold: float = 0.4) -> detection.DetectionScore:
    examples = [(f"{i:064x}", f"{i}.jpg") for i in range(len(world[0]))]
    return detection.score("test", LABELS, *world, examples, CURVE, threshold)


@given(st.integers(0, 2**32), st.sampled_from([0.01, 0.4, 0.9]))
@settings(max_examples=10)
def test_the_boxes_behind_each_cell_are_as_many_as_it_says(seed: int, threshold: float) -> None:
    found = score_of(drawn_boxes(seed, 3, 3), threshold)
    names = [*LABELS, None]
    counts = [[len(found.boxes_of(row, column)) for column in names] for row in names]
    assert counts == [list(row) for row in found.confusion]
    assert SCORE.decode(msgspec.json.encode(found)) == found


def test_it_says_what_its_parts_say() -> None:
    world = drawn_boxes(1, 12, 3)
    found, summary = score_of(world), summarise(*world, 3)
    assert (found.split, found.n, found.labels) == ("test", 12, LABELS)
    assert found.objects == sum(map(len, world[0])) == sum(one.objects for one in found.per_class)
    assert (found.map50, found.map, found.by_size) == (summary.map50, summary.map, summary.by_size)
    assert (found.map50_interval, found.map_interval) == (summary.map50_interval, summary.map_interval)
    for i, one in enumerate(found.per_class):
        assert (one.label, one.ap50, one.ap) == (LABELS[i], summary.ap50[i], summary.ap[i])
        assert one.found == found.confusion[i][i] > 0
        assert one.precision == pytest.approx(one.found / one.answers)
        assert one.recall == pytest.approx(one.found / one.objects)
        assert one.f1 == pytest.approx(2 * one.found / (one.answers + one.objects))


def test_the_threshold_is_the_one_that_was_chosen_before_whatever_the_answers() -> None:
    for seed in range(3):
        found = score_of(drawn_boxes(seed, 4, 3), 0.77)
        assert (found.threshold, found.curve) == (0.77, CURVE)


def test_every_box_can_be_drawn_without_the_model() -> None:
    truth, answers = drawn_boxes(2, 6, 3)
    found = score_of((truth, answers))
    assert sorted(picture.sha256 for picture in found.pictures) == [f"{i:064x}" for i in range(6)]
    for picture in found.pictures:
        i = int(picture.sha256, 16)
        assert (
            np.array([one.box for one in picture.objects]).reshape(-1, 4).tolist() == truth[i].boxes.tolist()
        )
        assert [one.number for one in picture.objects] == truth[i].classes.tolist()
        strongest = answers[i].strongest(detection.LEAST_SCORE)
        assert [one.score for one in picture.answers] == strongest.scores.tolist()
        assert [one.box for one in picture.answers] == [tuple(box) for box in strongest.boxes.tolist()]
        assert all((one.object == LEFT_OUT) == (one.score < 0.4) for one in picture.answers)


def test_answers_with_a_low_score_are_kept_where_the_threshold_is_lower() -> None:
    weak = Detections(np.array([[0.0, 0, 9, 9]] * 2), np.array([0.04, 0.01]), np.zeros(2, int))
    kept = [score_of(([NOTHING], [weak]), threshold).pictures[0].answers for threshold in (0.4, 0.03)]
    assert [len(answers) for answers in kept] == [0, 1]
    assert kept[1][0].object == INVENTED


def test_of_a_large_set_the_pictures_with_the_most_mistakes_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    world = drawn_boxes(3, 30, 3)
    whole = score_of(world)
    mistakes = [sum(one is None or other is None or one.number != other.number for one, other in p.cells())
                for p in whole.pictures]  # fmt: skip
    assert mistakes == sorted(mistakes, reverse=True) and mistakes[0] > mistakes[-1]
    monkeypatch.setattr(detection, "MOST_BOXES", 60)
    found = score_of(world)
    assert sum(len(picture.objects) + len(picture.answers) for picture in found.pictures) <= 60
    assert 1 < len(found.pictures) < 30 and found.pictures == whole.pictures[: len(found.pictures)]
    assert (found.n, found.confusion) == (30, whole.confusion)


def test_a_box_takes_few_bytes() -> None:
    random = np.random.default_rng(0)
    boxes = np.sort(random.random((100, 2, 2)) * 5000, axis=1).reshape(-1, 4).astype(np.float32)
    scores = random.random(100).astype(np.float32)
    found = score_of(([NOTHING], [Detections(boxes, scores, np.zeros(100, int))]), 0.0)
    assert len(msgspec.json.encode(found.pictures)) < 75 * 100


def test_surest_mistakes_come_first() -> None:
    found = score_of(drawn_boxes(4, 30, 3)).boxes_of(None, "red cell")
    scores = [cell.answer.score for cell in found if cell.answer]
    assert len(scores) == len(found) > 3 and scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(([], []), id="no pictures"),
        pytest.param(([NOTHING], [NO_ANSWERS]), id="nothing there"),
        pytest.param(
            ([NOTHING] * 2, [Detections(np.full((3, 4), np.nan), np.full(3, np.nan), np.zeros(3, int))] * 2),
            id="a training that went wrong",
        ),
    ],
)
def test_nothing_to_score(world: World) -> None:
    found = score_of(world)
    assert SCORE.decode(msgspec.json.encode(found)) == found
    assert (found.map50, found.map, found.map50_interval, found.map_interval) == (None, None, None, None)
    assert {(one.ap50, one.precision, one.recall, one.f1) for one in found.per_class} == {(None, 0, 0, 0)}
