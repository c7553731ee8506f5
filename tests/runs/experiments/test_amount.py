"""How many examples do I need: its sizes, its arms, and what it says of more of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.evidence import manifest
from tests.fixtures.experiments import LITE, arms, concluded, data
from tlcore.config.split import SplitConfig
from tlcore.data.defaults import with_defaults
from tlcore.data.splits import assign
from tlcore.errors import ConfigError, DataError
from tlcore.runs.experiments import amount


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
    assert amount.default_sizes(smallest) == sizes


@given(st.integers(2, 10**6))
def test_the_last_step_is_wide_enough_to_show_something(smallest: int) -> None:
    sizes = amount.default_sizes(smallest)
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
            "still be chance (95 % interval −1.7 to +4.7). These test pictures cannot tell whether "
            "more would help.",
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
            "were right (95 % interval −5.3 to +5.3). Every test picture is right already, so no "
            "further gain can be seen.",
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


BOXED = manifest((10, 20, 10), task="detection")


def test_pictures_with_several_classes_are_counted_together() -> None:
    made = arms("amount", BOXED, LITE)
    assert [arm.label for arm in made[:4]] == [
        *(f"{size} pictures, pretrained" for size in (5, 10, 20)),
        "all 40 pictures, pretrained",
    ]
    assert assign(BOXED, made[0].config.split).count("train") == 5
    few, every = (with_defaults(made[at].config, BOXED).training for at in (0, 3))
    assert few.epochs > every.epochs == 45  # so that all take as many steps
    with pytest.raises(ConfigError, match="pictures to train on, and there are 40"):
        arms("amount", BOXED, LITE, sizes=(40,))
    with pytest.raises(DataError, match="There is one picture to train on"):
        arms("amount", manifest((1, 0, 0), task="detection"), LITE)


@pytest.mark.parametrize(
    ("low", "said"),
    [
        (0.6, "More would probably help further."),
        (0.5, "These test pictures cannot tell whether more would help."),
    ],
)
def test_scores_that_count_no_right_answers_are_judged_by_their_intervals(low: float, said: str) -> None:
    made = arms("amount", BOXED, LITE, task="detection")
    scores = {"20-pretrained": (0.5, (0.4, 0.55)), "all-pretrained": (0.7, (low, 0.8))}
    pairs = {("all-pretrained", "20-pretrained"): (0, 0)}
    found = concluded("amount", dict.fromkeys(scores, 0.7), pairs, made, n=0, scores=scores)
    assert found.verdict.startswith("Going from 20 to 40 pictures: 0.700 mAP at IoU 0.5")
    assert found.verdict.endswith(said)
