"""Signs in data with boxes or areas: objects too small for the network, classes of which there are few."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from tlcore.coach import remedies
from tlcore.coach.case import Case, Finding, Idea, counted_classes
from tlcore.coach.format import begin_lower, percent
from tlcore.coach.place_remedies import larger_input

SMALL = 16.0  # pixels as the network sees them: two cells of its finest map, from which boxes are drawn
MANY_SMALL = 0.1  # share of the objects from which it pays to let pictures enter larger
FEW = {"detection": 50, "segmentation": 20}  # boxes of a class, or pictures that show it: single ones decide
MORE = "More pictures with it would help most. Until then: "
COARSE = 2.0  # times as long as the input is a picture whose borders get lost


def small_objects(case: Case) -> Finding | None:
    """Many objects cover hardly any cell of the maps."""
    sides = list(_sides(case))
    small = sum(side < SMALL for side in sides)
    if not sides or small < MANY_SMALL * len(sides):
        return None
    finding = (
        f"{percent(small / len(sides))} of the {len(sides):,} objects to learn from are less than "
        f"{SMALL:.0f} pixels wide or high once a picture is laid into {case.size} × {case.size} pixels. The "
        "network looks for objects on a grid of 8 pixels, so it easily misses these."
    )
    return Finding(finding, larger_input(case))


def _sides(case: Case) -> Iterator[float]:
    """The shorter side of each box to learn from, in pixels of the letter-boxed picture."""
    for example in case.training:
        scale = case.size / max(1, example.width, example.height)
        for box in example.boxes or ():
            yield scale * min(box.right - box.left, box.bottom - box.top)


def few_of_a_class(case: Case) -> Finding | None:
    """Of a class there is so little that single objects decide."""
    if not case.counts or (fewest := min(case.counts)) >= FEW[case.task]:
        return None
    rarest = counted_classes(case.evidence.manifest)[case.counts.index(fewest)]
    what = "boxes of it" if case.task == "detection" else "pictures with it"
    finding = (
        f"The rarest class is “{rarest}”: there are {fewest:,} {what} to learn from, so single ones decide. "
        f"Of the middle class there are {statistics.median(case.counts):,.0f}."
    )
    ideas = [
        Idea(f"{MORE}{begin_lower(idea.advice)}", idea.config, idea.why)
        for way in remedies.KINDS[case.task].changed_examples
        for idea in way(case)
    ]
    return Finding(finding, ideas)


def coarse_areas(case: Case) -> Finding | None:
    """Pictures have far more pixels than enter, and the borders of areas are as fine as what enters."""
    if case.task != "segmentation" or case.picture_side < COARSE * case.size:
        return None
    finding = (
        f"Half of the pictures are {case.picture_side:,.0f} pixels long or longer, and all enter at "
        f"{case.size} × {case.size}: what is finer than that in the borders of areas is lost."
    )
    return Finding(finding, larger_input(case))
