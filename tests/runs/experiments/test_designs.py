"""The three designs: which arms they make of a data set, and what their sentences dare to say."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.experiments import LITE, MOBILE, arms, concluded, data
from tlcore.config import RunConfig
from tlcore.data.task_words import WORDS
from tlcore.errors import BackboneError
from tlcore.runs.experiments import DESIGNS
from tlcore.runs.experiments.experiment import Conclusion, ExperimentKind


def test_every_design_is_found_by_its_name_and_speaks_of_the_examples() -> None:
    for name, design in DESIGNS.items():
        assert design.name == name
        for words in WORDS.values():
            shown = (design.titled(words), design.asks(words), design.axis_of(words))
            assert not [text for text in shown if "{" in text]
    assert DESIGNS["amount"].titled(WORDS["texts"]) == "How many texts do I need"


# The race


def test_a_race_has_one_arm_for_each_backbone_and_changes_nothing_else() -> None:
    made = arms("race", data(9, 9), LITE, MOBILE, seed=7)
    assert [(arm.key, arm.label, arm.x) for arm in made] == [
        (LITE, "EfficientNet-Lite0", None),
        (MOBILE, "MobileNetV2", None),
    ]
    assert [arm.config for arm in made] == [RunConfig(backbone=id, seed=7) for id in (LITE, MOBILE)]


@pytest.mark.parametrize(
    ("backbones", "said"),
    [((LITE,), "at least two"), ((LITE, MOBILE, LITE), "takes part once"), ((LITE, "x"), "no such backbone")],
)
def test_a_race_of_fewer_than_two_or_of_one_twice_is_refused(backbones: tuple[str, ...], said: str) -> None:
    with pytest.raises(BackboneError, match=said):
        arms("race", data(9, 9), *backbones)


@pytest.mark.parametrize(
    ("lite", "mobile", "only", "said"),
    [
        (
            0.9,
            0.85,
            (6, 3),
            "By validation accuracy EfficientNet-Lite0 came first and MobileNetV2 second. On 100 test "
            "pictures EfficientNet-Lite0 was right 3.0 points more often than MobileNetV2; that could "
            "still be chance (95 % interval −3.4 to +9.3).",
        ),
        (
            0.9,
            0.85,
            (2, 14),
            "By validation accuracy EfficientNet-Lite0 came first and MobileNetV2 second. On 100 test "
            "pictures MobileNetV2 was right 12.0 points more often than EfficientNet-Lite0; that is "
            "hardly chance (95 % interval +3.9 to +19.6).",
        ),
        (
            0.9,
            0.9,
            (4, 4),
            "EfficientNet-Lite0 and MobileNetV2 have the best validation accuracy, equally good. On 100 "
            "test pictures both got equally many right: they cannot tell which is better (95 % interval "
            "−6.1 to +6.1).",
        ),
    ],
)
def test_a_race_is_decided_by_validation_and_judged_on_the_test_pictures(
    lite: float, mobile: float, only: tuple[int, int], said: str
) -> None:
    made = arms("race", data(9, 9), LITE, MOBILE)
    found = concluded("race", {LITE: lite, MOBILE: mobile}, {(LITE, MOBILE): only}, made, n=100)
    assert found.verdict == said
    assert [(one.first, one.second) for one in found.comparisons] == [(LITE, MOBILE)]


def test_the_better_on_validation_is_first_whatever_the_test_pictures_say() -> None:
    made = arms("race", data(9, 9), LITE, MOBILE)
    found = concluded("race", {LITE: 0.8, MOBILE: 0.9}, {(MOBILE, LITE): (0, 50)}, made)
    assert found.verdict.startswith("By validation accuracy MobileNetV2 came first")


# How much to unfreeze


@pytest.mark.parametrize(
    ("backbone", "amounts"),
    [(LITE, (0, 1, 8, "all", "all")), ("minilm_l6", (0, 1, 3, "all", "all"))],
)
def test_from_nothing_to_everything_and_from_random_weights(
    backbone: str, amounts: tuple[int | str, ...]
) -> None:
    made = arms("unfreeze", data(9, 9), backbone, seed=7)
    assert [arm.config.unfreeze for arm in made] == list(amounts)
    assert [arm.config.pretrained for arm in made] == [True] * 4 + [False]
    assert len({arm.x for arm in made}) == 5 and {arm.config.seed for arm in made} == {7}
    block = "block" if backbone == LITE else "layer"
    assert made[1].label == f"the last {block}"


@pytest.mark.parametrize(
    ("validation", "only", "said"),
    [
        (
            {"nothing": 0.8, "last": 0.82},
            (13, 9),
            "Unfreezing the last block gained 2.0 points on 200 test pictures; that could still be chance "
            "(95 % interval −2.8 to +6.7).",
        ),
        (
            {"nothing": 0.8, "last": 0.82, "half": 0.9, "all": 0.85},
            (31, 3),
            "Unfreezing half of the blocks, the best amount by validation accuracy, gained 14.0 points on "
            "200 test pictures; that is hardly chance (95 % interval +8.4 to +19.4).",
        ),
        (
            {"nothing": 0.95, "last": 0.9, "all": 0.92},
            (1, 3),
            "By validation accuracy it is best to unfreeze nothing. Unfreezing all blocks, the next best, "
            "lost 1.0 point on 200 test pictures; that could still be chance (95 % interval −3.4 to +1.4).",
        ),
        (
            {"nothing": 0.9, "half": 0.9},
            (2, 2),
            "Unfreezing half of the blocks changed nothing on 200 test pictures: equally many were right "
            "(95 % interval −2.4 to +2.4).",
        ),
    ],
)
def test_unfreezing_is_judged_against_the_head_alone(
    validation: dict[str, float], only: tuple[int, int], said: str
) -> None:
    made = arms("unfreeze", data(9, 9), LITE)
    pairs = {(key, "nothing"): only for key in validation}
    assert concluded("unfreeze", validation, pairs, made).verdict == said


def test_what_pretraining_was_worth_stands_besides() -> None:
    made = arms("unfreeze", data(9, 9), "minilm_l6")
    scores = {"nothing": 0.9, "all": 0.9, "random": 0.4}
    pairs = {("all", "nothing"): (0, 0), ("random", "all"): (2, 104)}
    found = concluded("unfreeze", scores, pairs, made)
    assert found.verdict.endswith(
        "Starting from random weights instead of the pretrained ones lost 51.0 points on 200 test texts; "
        "that is hardly chance (95 % interval −57.8 to −43.2)."
    )
    assert len(found.comparisons) == 2
    alone = concluded("unfreeze", {"all": 0.9, "random": 0.4}, pairs, made)
    assert alone.verdict.startswith("Starting from random weights") and len(alone.comparisons) == 1


# How many examples


@pytest.mark.parametrize("kind", list(DESIGNS))
def test_one_arm_or_none_is_no_comparison(kind: ExperimentKind) -> None:
    made = arms(kind, data(40, 40), LITE, *([MOBILE] if kind == "race" else []))
    assert concluded(kind, {}, {}, made) == Conclusion("No run has finished.")
    only = concluded(kind, {made[-1].key: 0.5}, {}, made)
    said = f"Only one run finished, {made[-1].label}, so there is nothing to compare it with."
    assert only == Conclusion(said)


@given(st.data())
def test_a_sentence_always_claims_what_its_interval_shows(draw: st.DataObject) -> None:
    kind = draw.draw(st.sampled_from(list(DESIGNS)))
    made = arms(kind, data(40, 40), LITE, *([MOBILE] if kind == "race" else []))
    finished = draw.draw(st.sets(st.sampled_from([arm.key for arm in made])))
    scores = {key: draw.draw(st.floats(0, 1)) for key in sorted(finished)}
    n = draw.draw(st.integers(1, 5000))
    pairs = _Drawn(lambda: (first := draw.draw(st.integers(0, n)), draw.draw(st.integers(0, n - first))))
    found = concluded(kind, scores, pairs, made, n=n, accuracy=0.5)
    assert found.verdict.endswith((".", ")."))
    surely = sum(not one.could_be_chance for one in found.comparisons)
    maybe = sum(one.could_be_chance and one.gain != 0 for one in found.comparisons)
    assert found.verdict.count("hardly chance") == surely
    assert found.verdict.count("could still be chance") == maybe
    assert found.verdict.count("95 % interval") == len(found.comparisons)


class _Drawn(dict[tuple[str, str], tuple[int, int]]):
    """Numbers for a pair when they are asked for."""

    def __init__(self, draw: Callable[[], tuple[int, int]]) -> None:
        super().__init__()
        self.draw = draw

    def __missing__(self, pair: tuple[str, str]) -> tuple[int, int]:
        self[pair] = self.draw()
        return self[pair]
