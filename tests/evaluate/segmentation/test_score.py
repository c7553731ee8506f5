from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.drawn_areas import Maps, drawn_areas
from tlcore.evaluate.segmentation import score as segmentation
from tlcore.evaluate.segmentation.overlap import areas, count_pixels, intersection_over_union
from tlcore.records import JsonType

LABELS = ("ground", "cat", "dog")
SCORE = JsonType(segmentation.SegmentationScore)


def score_of(maps: Maps) -> segmentation.SegmentationScore:
    examples = [(f"{i:064x}", f"{i}.png") for i in range(len(maps[0]))]
    return segmentation.score("test", LABELS, iter(maps[0]), iter(maps[1]), examples)


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.2, 1.0]))
@settings(max_examples=30)
def test_it_says_what_the_pixels_say(seed: int, ignored: float) -> None:
    maps = drawn_areas(seed, 4, 3, ignored)
    found = score_of(maps)
    assert SCORE.decode(msgspec.json.encode(found)) == found
    true, answered = (np.concatenate([one.ravel() for one in side]) for side in maps)
    counts = count_pixels(true, answered, 3)
    if not counts.any():
        assert (found.miou, found.pixel_accuracy, found.interval) == (None, None, None)
        assert {(one.iou, one.true, one.answered) for one in found.per_class} == {(None, 0.0, 0.0)}
        return
    counted = true != 255
    assert found.pixel_accuracy == pytest.approx((true == answered)[counted].mean())
    iou = intersection_over_union(areas(counts))
    assert found.miou == pytest.approx(np.nanmean(iou))
    assert found.interval and found.interval[0] <= found.miou <= found.interval[1]
    for i, one in enumerate(found.per_class):
        assert one.label == LABELS[i]
        assert one.iou == (None if np.isnan(iou[i]) else pytest.approx(iou[i]))
        assert one.true == pytest.approx((true[counted] == i).mean())
        assert one.answered == pytest.approx((answered[counted] == i).mean())
    assert np.array(found.confusion) == pytest.approx(counts / counts.sum(), abs=1e-6)


def test_each_picture_says_what_its_pixels_say_and_the_worst_come_first() -> None:
    truth, answers = drawn_areas(0, 12, 3)
    found = score_of((truth, answers)).pictures
    scores = [picture.miou for picture in found if picture.miou is not None]
    assert scores == sorted(scores) and len(scores) == 12
    for picture in found:
        i = int(picture.sha256, 16)
        counted = truth[i] != 255
        assert picture.name == f"{i}.png"
        iou = intersection_over_union(areas(count_pixels(truth[i], answers[i], 3)))
        assert picture.miou == pytest.approx(np.nanmean(iou))
        assert [area.number for area in picture.areas] == np.flatnonzero(np.isfinite(iou)).tolist()
        for area in picture.areas:
            assert area.true == pytest.approx((truth[i][counted] == area.number).mean(), abs=1e-6)
            assert area.answered == pytest.approx((answers[i][counted] == area.number).mean(), abs=1e-6)


def test_a_picture_without_a_pixel_that_counts_comes_last_and_counts_for_nothing() -> None:
    truth, answers = drawn_areas(1, 3, 3)
    empty = np.full((2, 2), 255, np.uint8), np.zeros((2, 2), np.uint8)
    found = score_of(([empty[0], *truth], [empty[1], *answers]))
    assert (found.pictures[-1].miou, found.pictures[-1].areas, found.n) == (None, (), 4)
    assert found.miou == score_of((truth, answers)).miou


def test_of_a_large_set_the_worst_pictures_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    maps = drawn_areas(2, 40, 3)
    whole = score_of(maps)
    monkeypatch.setattr(segmentation, "MOST_AREAS", 25)
    found = score_of(maps)
    assert sum(len(picture.areas) for picture in found.pictures) <= 25
    assert 1 < len(found.pictures) < 40 and found.pictures == whole.pictures[: len(found.pictures)]
    assert (found.n, found.miou) == (40, whole.miou)


def test_no_pictures() -> None:
    found = score_of(([], []))
    assert SCORE.decode(msgspec.json.encode(found)) == found
    assert (found.n, found.miou, found.pictures) == (0, None, ())


def test_every_picture_needs_both_maps() -> None:
    truth, answers = drawn_areas(3, 3, 3)
    with pytest.raises(ValueError):
        score_of((truth, answers[:2]))
