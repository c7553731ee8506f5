"""Areas that teach little: pictures of a single class, and classes that cover next to nothing."""

from __future__ import annotations

from tlcore.data.checks.pixel_shares import pixel_shares
from tlcore.data.checks.problem import SET_ASIDE, CheckInput, Problem, keys, quoted, set_aside

RARE = 0.001  # of all pixels


def one_class(data: CheckInput) -> Problem | None:
    """Pictures without an edge between two classes."""
    found = [e for e in data.manifest.examples if e.mask and len(e.areas) < 2]
    if not found:
        return None
    return Problem(
        "one_class",
        f"{data.words.many.capitalize()} of a single class",
        f"{data.counted(len(found))} with one class only: no edge can be learned there. A few of them show a "
        "model what to leave alone; many make it answer that one class.",
        (keys(found),),
        set_aside(found),
        SET_ASIDE,
    )


def rare(data: CheckInput) -> Problem | None:
    """Classes that cover next to nothing, by some of the class maps."""
    if data.dataset is None:
        return None
    shares = pixel_shares(data.dataset, data.manifest)
    small = [label for label, share in shares.items() if 0 < share < RARE]
    if not small:
        return None
    found = [e for e in data.manifest.examples if e.labels & set(small)]
    return Problem(
        "rare_area",
        "A class that covers next to nothing",
        f"{quoted(small)} {'has' if len(small) == 1 else 'have'} less than {RARE:.1%} of all pixels. A model "
        f"that never answers so is right nearly everywhere. Bring {data.words.many} with more of it.",
        (keys(found),),
    )
