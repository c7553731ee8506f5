"""The short list of backbones, from prospects that are made up."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.backbones.catalogue.families import RECOMMENDED
from tlcore.costs.shortlist import Prospect, Shortlist, in_order, shortlist

DEFAULT = "efficientnet_lite0"
LARGE = "dinov2_giant"


def entry(id: str, top1: float | None) -> Backbone:
    return msgspec.structs.replace(catalogue.get(DEFAULT), id=id, top1=top1)


# Quick to slow: accuracy in percent and seconds of the first training.
MADE_UP = {
    "worse": (60.0, 5),
    DEFAULT: (75.0, 10),
    "unknown": (None, 12),
    "hardly_better": (75.9, 15),
    "better": (76.0, 20),
    "file:mine": (None, 21),
    "no_better_and_slower": (75.5, 30),
    "dinov2_small": (70.0, 40),
    "best": (80.0, 700),
    LARGE: (90.0, 800),
}
ENTRIES = {id: entry(id, top1) for id, (top1, _) in MADE_UP.items()}
PROSPECTS = {id: Prospect(seconds, 99 if id == LARGE else 9) for id, (_, seconds) in MADE_UP.items()}


def listed(
    patience: float | None = None, always: Collection[str] = (DEFAULT,), memory: int = 50
) -> Shortlist:
    return shortlist(ENTRIES, PROSPECTS, memory, patience, always)


def test_it_has_what_is_recommended_and_what_is_worth_the_wait() -> None:
    found = listed()
    assert found.ids == (DEFAULT, "dinov2_small", "worse", "better", "best")
    assert (found.too_large, found.too_slow, found.surpassed) == (1, 0, 4)
    assert LARGE in listed(memory=99).ids


def test_an_impatient_person_sees_what_is_quick_and_how_much_is_not() -> None:
    found = listed(25)
    assert found.ids == (DEFAULT, "worse", "better")
    assert (found.too_large, found.too_slow, found.surpassed) == (1, 3, 3)


def test_a_figure_of_larger_pictures_is_not_compared() -> None:
    """It would take longer than what its accuracy is set against."""
    larger = msgspec.structs.replace(ENTRIES["best"], tested_size=288)
    found = shortlist(ENTRIES | {"best": larger}, PROSPECTS, 50, None, (DEFAULT,))
    assert "best" in listed().ids and "best" not in found.ids


def test_figures_of_two_kinds_are_not_compared() -> None:
    """A slower network that was trained on ImageNet's names stays behind one whose features were frozen."""
    frozen = msgspec.structs.replace(entry("frozen", 84.0), family="DINOv2")
    worse = msgspec.structs.replace(entry("worse_frozen", 80.0), family="CLIP")
    entries = {"quick": entry("quick", 75.0), "frozen": frozen, "slow": entry("slow", 78.0), worse.id: worse}
    prospects = {id: Prospect(seconds, 9) for seconds, id in enumerate(entries)}
    found = shortlist(entries, prospects, 50, None, ())
    assert found.ids == ("quick", "frozen", "slow") and found.surpassed == 1


def test_the_recommended_come_from_quick_to_slow_whatever_is_published() -> None:
    tops = {"quicker": 80.0, DEFAULT: 75.0, "dinov2_small": 90.0}
    entries = {id: entry(id, top1) for id, top1 in tops.items()}
    prospects = {id: Prospect(seconds, 9) for seconds, id in enumerate(entries)}
    assert in_order(entries, prospects) == [DEFAULT, "dinov2_small", "quicker"]


def test_what_is_at_hand_or_chosen_stays_whatever_it_takes() -> None:
    found = listed(1, always=(DEFAULT, LARGE, "no_better_and_slower", "file:mine"))
    assert found.ids == (DEFAULT, LARGE, "no_better_and_slower", "file:mine")
    assert (found.too_large, found.too_slow, found.surpassed) == (0, 6, 0)


def test_the_whole_list_begins_with_the_recommended_and_ends_with_ones_own() -> None:
    order = in_order(ENTRIES, PROSPECTS)
    assert order[:5] == [DEFAULT, "dinov2_small", "worse", "better", "best"] and order[-1] == "file:mine"
    assert sorted(order) == sorted(ENTRIES)


def test_the_real_catalogue_becomes_short() -> None:
    for kind in catalogue.FILES:
        entries = catalogue.catalogue(kind)
        prospects = {id: Prospect(one.macs, one.params) for id, one in entries.items()}
        found = shortlist(entries, prospects, 10**12, None, ())
        assert set(RECOMMENDED) & set(entries) <= set(found.ids) and 3 < len(found.ids) < 20
        assert len(found.ids) + found.surpassed == len(entries)
