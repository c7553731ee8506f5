"""The three designs: which arms they make of a data set, and what their sentences dare to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.config import RunConfig, SplitConfig
from tlcore.data.manifest import Example, Manifest, Task
from tlcore.data.words import WORDS
from tlcore.errors import BackboneError, ConfigError, DataError
from tlcore.evaluate.metrics import paired_difference_interval
from tlcore.runs.designs import DESIGNS, Options, amount
from tlcore.runs.experiment import Arm, Asked, Comparison, Conclusion, Entry, Kind, Record

LITE, MOBILE = "efficientnet_lite0", "mobilenet_v2"


def data(*counts: int, task: Task = "images") -> Manifest:
    """A data set with so many different examples of each class."""
    examples = [
        Example(f"{label}x{number}", f"{label}/{number}", f"class {label}")
        for label, count in enumerate(counts)
        for number in range(count)
    ]
    return Manifest(
        name="data",
        task=task,
        classes=tuple(f"class {label}" for label in range(len(counts))),
        examples=tuple(examples),
    )


def arms(
    kind: Kind, manifest: Manifest, *backbones: str, sizes: tuple[int, ...] = (), **changes: object
) -> tuple[Arm, ...]:
    config = RunConfig(backbone=backbones[0], **changes)  # type: ignore[arg-type]
    return DESIGNS[kind].arms(config, manifest, Options(backbones, sizes))


def concluded(
    kind: Kind,
    validation: Mapping[str, float],
    pairs: Mapping[tuple[str, str], tuple[int, int]],
    made: tuple[Arm, ...],
    n: int = 200,
    **known: object,
) -> Conclusion:
    """What is said where the arms of `validation` have finished.

    Args:
        pairs: how many only the first and only the second of two arms got right, of `n`.
    """

    def entry(arm: Arm) -> Entry:
        if arm.key not in validation:
            return Entry(arm=arm.key, state="failed", error="no weights")
        score = validation[arm.key]
        return Entry(arm=arm.key, state="done", validation_accuracy=score, n=n, **known)  # type: ignore[arg-type]

    def versus(first: str, second: str) -> Comparison:
        only = pairs[first, second]
        return Comparison(first, second, n, *only, paired_difference_interval(*only, n))

    record = Record(Asked(kind, RunConfig(), made), tuple(map(entry, made)))
    return DESIGNS[kind].conclude(record, versus)


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


@pytest.mark.parametrize(
    ("smallest", "sizes"),
    [
        (1, ()),
        (2, (1,)),
        (6, (3,)),
        (7, (3,)),
        (8, (5,)),
        (14, (5,)),
        (15, (5, 10)),
        (28, (5, 10)),
        (35, (5, 10, 20)),
        (60, (5, 10, 20, 40)),
        (150, (5, 10, 40, 80)),
        (5000, (5, 40, 320, 2560)),
    ],
)
def test_sizes_are_few_and_fit_the_smallest_class(smallest: int, sizes: tuple[int, ...]) -> None:
    assert amount.fitting(smallest) == sizes


@given(st.integers(2, 10**6))
def test_the_last_step_is_wide_enough_to_show_something(smallest: int) -> None:
    sizes = amount.fitting(smallest)
    assert 1 <= len(sizes) <= 4 and list(sizes) == sorted(set(sizes))
    assert smallest / 3.5 <= sizes[-1] <= smallest / amount.STEP


def test_each_size_is_tried_pretrained_and_from_random_weights() -> None:
    made = arms("amount", data(24, 50), LITE, split=SplitConfig(validation=0.25, test=0.25))
    assert [(arm.key, arm.x, arm.config.split.most_per_class) for arm in made] == [
        ("5-pretrained", 5, 5),
        ("all-pretrained", 18.0, None),
        ("5-random", 5, 5),
        ("all-random", 18.0, None),
    ]
    assert [arm.label for arm in made][:2] == [
        "5 per class, pretrained",
        "all 18 per class, pretrained",
    ]
    assert {(arm.series, arm.config.pretrained, arm.config.unfreeze) for arm in made} == {
        ("pretrained", True, 0),
        ("random", False, "all"),
    }


def test_own_sizes_are_kept_and_what_the_classes_cannot_give_is_counted() -> None:
    split = SplitConfig(validation=0.25, test=0.25, most_per_class=20)
    made = arms("amount", data(24, 50), LITE, sizes=(16, 4, 4), split=split)
    assert [(arm.x, arm.config.split.most_per_class) for arm in made[:3]] == [(4, 4), (14, 16), (16, 20)]


@pytest.mark.parametrize(
    ("counts", "sizes", "error", "said"),
    [
        ((24, 50), (5, 24), ConfigError, "largest class has 24"),
        ((24, 50), (0,), ConfigError, "from 1 to 23"),
        ((3, 50), (), DataError, "smallest class has one picture"),
    ],
)
def test_sizes_that_the_data_do_not_have_are_refused(
    counts: tuple[int, ...], sizes: tuple[int, ...], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        arms("amount", data(*counts), LITE, sizes=sizes, split=SplitConfig(validation=0.25, test=0.25))


@pytest.mark.parametrize(
    ("only", "accuracy", "n", "said"),
    [
        (
            (25, 5),
            0.8,
            200,
            "Going from 10 to 28 pictures per class gained 10.0 points on 200 test pictures; that is "
            "hardly chance (95 % interval +4.6 to +15.2). More would probably help further.",
        ),
        (
            (6, 3),
            0.8,
            200,
            "Going from 10 to 28 pictures per class gained 1.5 points on 200 test pictures; that could "
            "still be chance (95 % interval −1.7 to +4.7). Whether more would help, these test pictures "
            "cannot tell.",
        ),
        (
            (2, 1),
            0.99,
            2000,
            "Going from 10 to 28 pictures per class gained 0.1 points on 2,000 test pictures; that could "
            "still be chance (95 % interval −0.2 to +0.3). More would hardly help.",
        ),
        (
            (0, 0),
            1.0,
            50,
            "Going from 10 to 28 pictures per class changed nothing on 50 test pictures: equally many "
            "were right (95 % interval −5.3 to +5.3). Every test picture is right already, so what more "
            "would bring cannot be seen.",
        ),
    ],
)
def test_the_last_step_says_whether_more_would_help(
    only: tuple[int, int], accuracy: float, n: int, said: str
) -> None:
    made = arms("amount", data(40, 40), LITE)
    scores = {"5-pretrained": 0.7, "10-pretrained": 0.8, "all-pretrained": 0.9}
    pairs = {("all-pretrained", "10-pretrained"): only}
    assert concluded("amount", scores, pairs, made, n=n, accuracy=accuracy).verdict == said


def test_pretraining_is_judged_at_the_most_examples_that_both_were_given() -> None:
    made = arms("amount", data(40, 40), LITE)
    found = concluded(
        "amount", {"5-pretrained": 0.7, "5-random": 0.3}, {("5-pretrained", "5-random"): (90, 2)}, made
    )
    assert found.verdict == (
        "With 5 pictures per class, pretrained weights gained 44.0 points over random ones on 200 test "
        "pictures; that is hardly chance (95 % interval +36.3 to +50.8)."
    )


# Whatever finishes


@pytest.mark.parametrize("kind", list(DESIGNS))
def test_one_arm_or_none_is_no_comparison(kind: Kind) -> None:
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
