"""The answers of a person about a model from elsewhere have to fit it."""

from __future__ import annotations

import msgspec
import pytest

from tlcore.errors import ConfigError
from tlcore.foreign.facts import ModelAnswers, ModelFacts, checked, labels_of, sentence

FACTS = ModelFacts(
    name="model", size=None, outputs=3, ending="softmax", scales=False, whole=False, parameters=12
)
ANSWERS = ModelAnswers(labels=("a", "b", "c"), pixels="unit", size=64)


def test_answers_that_fit_are_taken() -> None:
    assert checked(ANSWERS, FACTS) == ANSWERS
    fixed = msgspec.structs.replace(FACTS, size=32)
    assert checked(ANSWERS, fixed).size == 32
    one = msgspec.structs.replace(FACTS, outputs=1)
    assert checked(msgspec.structs.replace(ANSWERS, labels=("no", "yes")), one).labels == ("no", "yes")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"labels": ("a", "b")}, r"tells 3 classes apart, and 2 labels were given.*Received: a, b"),
        ({"labels": ()}, "0 labels were given"),
        ({"labels": ("a", "b", "a")}, "Two classes have one label"),
        ({"labels": ("a", "b", "\u202ec")}, "cannot be shown"),
        ({"labels": ("a", "b", "c" * 300)}, "cannot be shown"),
        ({"size": 8}, "16 to 1024 pixels"),
    ],
)
def test_others_are_refused_in_a_sentence(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        checked(msgspec.structs.replace(ANSWERS, **change), FACTS)


def test_whole_numbers_are_pixels_as_they_are() -> None:
    whole = msgspec.structs.replace(FACTS, whole=True)
    assert whole.ranges == ("bytes",)
    with pytest.raises(ConfigError, match="pixels are 0 to 255"):
        checked(ANSWERS, whole)


def test_labels_stand_one_in_each_line() -> None:
    assert labels_of(" daisy\r\n\n\u202erose \n") == ("daisy", "rose")


def test_what_was_found_is_said() -> None:
    assert "any size" in sentence(FACTS) and "3 classes apart" in sentence(FACTS)
    other = msgspec.structs.replace(
        FACTS, size=32, outputs=1, ending="sigmoid", scales=True, left_out=("RandomFlip",)
    )
    said = sentence(other)
    assert "32 × 32" in said and "the chance of the second one" in said
    assert "scales pixels by itself" in said and "RandomFlip" in said
