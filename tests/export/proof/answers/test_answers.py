"""What counts as the same answer: of classes, boxes and areas."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.tiny_training import Trained
from tlcore.data.manifest import Example
from tlcore.export.proof.answers import areas, boxes, classes
from tlcore.export.proof.examples import ProofExamples
from tlcore.runs.run import Run


def held_out(trained: Trained, most: int = 2) -> tuple[Run, list[Example]]:
    return trained.run, ProofExamples(trained.run).asked["test"][:most]


def test_of_two_classes_as_good_as_alike_either_may_come_first(trained: Trained) -> None:
    run, examples = held_out(trained, 1)
    examples *= 3
    label = run.labels().index(examples[0].label)
    before = np.roll([[0.5005, 0.4995, 0], [0.6, 0.4, 0], [0.5, 0.5, 0]], label, axis=1)
    after = np.roll([[0.4995, 0.5005, 0], [0.4, 0.6, 0], [0.5, 0.5, 0]], label, axis=1)
    found = classes.agreement(run, examples, after, before)
    assert (found.n, found.same) == (3, 2)
    assert found.largest == pytest.approx(0.2)
    assert found.score < found.score_before == 1
    broken = classes.agreement(run, examples, np.full((3, 3), np.nan), before)
    assert broken.largest == float("inf")


def drawn(*rows: tuple[float, ...]) -> np.ndarray:
    """An answer with these boxes: left, top, right, bottom, score, class."""
    answer = np.zeros((100, 6), np.float32)
    answer[: len(rows)] = rows
    return answer


def test_a_box_needs_its_partner_unless_it_hardly_counts(trained_detector: Trained) -> None:
    run, examples = held_out(trained_detector, 1)
    detection = run.report().test.detection
    assert detection and run.threshold() == detection.threshold > 0
    sure, close = 0.95, detection.threshold + 0.001
    first, second = (10, 10, 60, 60, sure, 0), (80, 80, 120, 120, sure, 0)
    before = drawn(first, second)[None]

    def same(*rows: tuple[float, ...]) -> int:
        return boxes.agreement(run, examples, drawn(*rows)[None], before).same

    assert same(first, second) == same(second, first) == same(first, second, (5, 5, 9, 9, close, 0)) == 1
    assert same(first) == same(first, second, (5, 5, 9, 9, sure, 0)) == 0
    assert same(first, (80, 80, 120, 120, sure, 1)) == same(first, (70, 80, 120, 120, sure, 0)) == 0
    moved = boxes.agreement(run, examples, drawn(first, (80, 80, 121.28, 120, sure, 0))[None], before)
    assert moved.same == 1 and moved.largest == pytest.approx(0.01, rel=1e-3)


def test_areas_may_differ_in_a_pixel_of_a_thousand(trained_segmenter: Trained) -> None:
    run, examples = held_out(trained_segmenter, 1)
    before = np.zeros((1, 128, 128, len(run.labels())), np.float32)
    before[..., 0] = 1
    few, many = before.copy(), before.copy()
    few[0, 64, 64] = np.roll(few[0, 64, 64], 1)
    many[0, 40:90, 40:90] = np.roll(before[0, 40:90, 40:90], 1, axis=-1)
    assert areas.agreement(run, examples, few, before).same == 1
    found = areas.agreement(run, examples, many, before)
    assert found.same == 0 and found.largest == 1 and 0 <= found.score != found.score_before
