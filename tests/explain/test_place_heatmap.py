"""Heat of objects and areas: it lies on what was chosen, and is what the definition says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.fixtures.places_workspace import SIZES, draw_objects
from tests.fixtures.tiny_training import Trained
from tlcore.explain.place_heatmap import weigh_area, weigh_object
from tlcore.explain.why import Why
from tlcore.graft.network.dense.detector import places
from tlcore.graft.predict.predictor import load
from tlcore.runs.question import Question

NEW = 9000  # the first seed that no picture was trained on


def pixels(heat: list[list[float]], width: int, height: int) -> np.ndarray:
    """Heat of the square brought to the picture's own pixels, (height, width)."""
    side = max(width, height)
    square = Image.fromarray(np.array(heat, np.float32)).resize((side, side), Image.Resampling.BOX)
    left, top = (side - width) // 2, (side - height) // 2
    return np.asarray(square)[top : top + height, left : left + width]


def new_picture(folder: Path, seed: int) -> tuple[Path, tuple[int, int]]:
    picture, _ = draw_objects(NEW + seed, SIZES[seed % len(SIZES)], 3)
    picture.save(folder / f"{seed}.png")
    return folder / f"{seed}.png", picture.size


def test_the_heat_lies_on_the_chosen_object(trained_detector: Trained, tmp_path: Path) -> None:
    asked = Why(load(trained_detector.run))
    on_it, on_others = [], []
    for seed in range(4):
        path, (width, height) = new_picture(tmp_path, seed)
        _, objects = draw_objects(NEW + seed, (width, height), 3)
        for label, edges in objects:
            answer = asked.answer(Question(path, True, label, tuple(map(float, edges))))
            assert answer["why"]["label"] == label
            heat = pixels(answer["why"]["heat"], width, height)
            for _, one in objects:
                left, top, right, bottom = one
                share = heat[top:bottom, left:right].sum() / max(heat.sum(), 1e-9)
                area = (right - left) * (bottom - top) / (width * height)
                (on_it if one is edges else on_others).append(share / area)
    assert len(on_it) == 12 and np.mean(on_it) > max(2.5, 2 * np.mean(on_others))


@pytest.fixture(scope="module")
def segmenter(trained_segmenter: Trained) -> Why:
    return Why(load(trained_segmenter.run))


def test_the_heat_lies_on_the_area(segmenter: Why, tmp_path: Path) -> None:
    density = []
    for seed in range(4):
        path, (width, height) = new_picture(tmp_path, seed)
        areas = segmenter.answer(Question(path))["areas"]
        label = max(("disc", "square"), key=lambda one: areas[one])
        answer = segmenter.answer(Question(path, True, label))
        heat = pixels(answer["why"]["heat"], width, height)
        assert heat.min() >= 0 and heat.max() <= 1
        red, _, blue = np.moveaxis(np.asarray(Image.open(path), int), -1, 0)
        there = blue - red > 100 if label == "disc" else red - blue > 100
        density.append((heat[there].sum() / heat.sum()) / there.mean())
    assert np.mean(density) > 2


def test_without_a_choice_the_first_answer_is_explained(segmenter: Why, tmp_path: Path) -> None:
    path, _ = new_picture(tmp_path, 0)
    answer = segmenter.answer(Question(path, True))
    assert answer["why"]["label"] == next(iter(answer["areas"]))
    assert "no class" in segmenter.answer(Question(path, True, "zebra"))["error"]


def test_of_several_places_the_one_that_draws_the_box_is_explained() -> None:
    """Two places are sure of the class; one of them draws the box that was chosen."""
    size, classes = 64, 2
    centres, strides = places(size)
    logits = np.full((1, len(centres), classes + 4), -6.0, np.float32)
    near, far = 9, 54
    logits[0, [near, far], 1] = 2.0, 4.0
    logits[0, :, classes:] = 1.0
    box = np.concatenate([centres[near] - strides[near], centres[near] + strides[near]])
    weights = weigh_object(logits, size, 1, box)
    assert weights.sum() == 1 and weights[0, near, 1] == 1
    assert weigh_object(logits, size, 1, None)[0, far, 1] == 1


def test_an_area_is_weighed_against_the_other_classes() -> None:
    logits = np.zeros((1, 4, 4, 3), np.float32)
    logits[0, :2, :, 1] = 1
    weights = weigh_area(logits, 1, (0, 1, 4, 3))
    assert weights.sum() == pytest.approx(0) and not weights[0, [0, 3]].any() and not weights[0, 2].any()
    assert weights[0, 1, :, 1] == pytest.approx(np.full(4, 1 / 4))
    assert weights[0, 1, :, 0] == pytest.approx(np.full(4, -1 / 8))
    nowhere = weigh_area(logits, 2, (0, 0, 4, 4))
    assert nowhere[..., 2] == pytest.approx(np.full((1, 4, 4), 1 / 16))
