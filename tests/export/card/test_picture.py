"""The picture of a confusion matrix: any number of classes, any names, small."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.fixtures.card_run import HOSTILE
from tlcore.export.card import picture
from tlcore.export.card.class_scores import ConfusionTable
from tlcore.export.card.picture import RIGHT, WRONG, draw


def table(names: tuple[str, ...], cells: np.ndarray) -> ConfusionTable:
    return ConfusionTable(names, names, tuple(map(tuple, cells.tolist())))


def pixels(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as drawn:
        return np.asarray(drawn.convert("RGB")).astype(int)


def near(drawn: np.ndarray, colour: tuple[int, int, int]) -> int:
    """How many pixels have this colour, but for what a palette rounds."""
    return int((np.abs(drawn - np.array(colour)).max(-1) <= 12).sum())


def test_right_answers_are_blue_and_wrong_ones_orange() -> None:
    right = pixels(draw(table(("a", "b"), np.diag([5, 5]))))
    wrong = pixels(draw(table(("a", "b"), np.diag([5, 5])[::-1])))
    assert near(right, RIGHT) > 10_000 and near(right, WRONG) == 0
    assert near(wrong, WRONG) > 10_000 and near(wrong, RIGHT) == 0


@pytest.mark.parametrize("classes", [1, 30, 100, 101, 1300])
def test_any_number_of_classes_fits(classes: int) -> None:
    content = draw(table(tuple(f"class {n}" for n in range(classes)), np.eye(classes, dtype=int)))
    with Image.open(io.BytesIO(content)) as drawn:
        assert max(drawn.size) < 3200 and len(content) < 200_000


def test_names_that_no_font_has_are_told_by_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    name = picture._name

    def spy(*given: object) -> object:
        drawn.append(name(*given)[0])  # type: ignore[arg-type]
        return name(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(picture, "_name", spy)
    draw(table((*HOSTILE, "rosé"), np.ones((len(HOSTILE) + 1, len(HOSTILE) + 1), dtype=int)))
    told = dict(zip((*HOSTILE, "rosé"), drawn, strict=False))
    assert told["---"] == "---" and told[""] == "class 9" and told[HOSTILE[5]] == "class 6"
    assert told["x" * 200].endswith("x…") and len(told["x" * 200]) < picture.MOST_LETTERS
    assert "\n" not in "".join(drawn)


def test_shares_stand_in_percent_and_an_empty_row_stays_white() -> None:
    cells = np.array([[0.25, 0.25], [0.0, 0.0]])
    assert not table(("a", "b"), cells).counts and table(("a", "b"), np.eye(2, dtype=int)).counts
    drawn = pixels(draw(table(("a", "b"), cells)))
    assert near(drawn[-200:, -200:], (255, 255, 255)) > 0.9 * 200 * 100
