"""Words behind the answer to a text: pieces in every script, and the effect of leaving one out."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.tiny_texts import NASTY
from tlcore.explain import text_occlusion
from tlcore.explain.text_occlusion import MOST, PieceEffects, split_pieces
from tlcore.graft.predict.predictor import LoadedModel


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("A man is eating.", ["A ", "man ", "is ", "eating."]),
        ("two  spaces\nand a line", ["two  ", "spaces\n", "and ", "a ", "line"]),
        ("自然 语言", ["自", "然 ", "语", "言"]),
        ("ひらカナ。end", ["ひ", "ら", "カ", "ナ", "。end"]),
        ("ภาษาไทย", ["ภาษ", "าไท", "ย"]),
        ("tiê\u0301ng 👩‍👩‍👧 x", ["tiê\u0301ng ", "👩‍👩‍👧 ", "x"]),
        ("שלום עולם", ["שלום ", "עולם"]),
        (" a", [" ", "a"]),
        ("", []),
    ],
)
def test_pieces_are_words_or_letters(text: str, parts: list[str]) -> None:
    assert split_pieces(text) == parts


@given(st.text() | st.sampled_from(list(NASTY.values())))
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(split_pieces(text)) == text
    assert all(split_pieces(text))


class Counting:
    """Answers for two classes: the chance of the second grows with each "good" and falls with each "bad"."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        self.asked.append(len(batch))
        score = np.array([0.2 * text.count("good") - 0.1 * text.count("bad") for text in batch])
        return np.stack([0.5 - score, 0.5 + score], axis=1)


def explained(text: str, number: int = 1) -> tuple[dict[str, float], int, Counting]:
    answerer = Counting()
    said = PieceEffects(cast(LoadedModel, answerer))(text, number)
    assert "".join(piece["text"] for piece in said["pieces"]) == text[: len(text) - said["rest"]]
    return {piece["text"]: piece["change"] for piece in said["pieces"]}, said["rest"], answerer


def test_a_word_that_speaks_for_a_class_is_positive_and_one_against_it_negative() -> None:
    changes, rest, _ = explained("a good and bad day")
    assert changes == pytest.approx({"a ": 0, "good ": 0.2, "and ": 0, "bad ": -0.1, "day": 0})
    assert rest == 0
    assert explained("a good and bad day", 0)[0]["good "] == pytest.approx(-0.2)


def test_a_long_text_costs_no_more_than_its_beginning() -> None:
    text = "word " * (MOST - 1) + "good " + "bad " * 5000
    changes, rest, answerer = explained(text.strip())
    assert changes["good "] == pytest.approx(0.2) and "bad " not in changes
    assert rest == len("bad " * 5000) - 1
    assert sum(answerer.asked) == MOST + 1 and max(answerer.asked) <= text_occlusion.BATCH_SIZE


@pytest.mark.parametrize("text", NASTY.values(), ids=list(NASTY))
def test_no_text_breaks_it(text: str) -> None:
    explained(text)
