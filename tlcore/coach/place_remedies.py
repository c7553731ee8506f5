"""Changes for models that say where things are: how large pictures enter, and how wide the pyramid is."""

from __future__ import annotations

from tlcore.coach.case import Case, Idea, with_settings

SIZES = (256, 320, 416, 512, 640, 768, 1024)  # pixels; each takes about half as long again
NARROWEST = 24  # channels of a pyramid: a quarter of what is recommended


def larger_input(case: Case) -> list[Idea]:
    """The next larger size, as long as the pictures themselves have more pixels."""
    old = case.size
    new = next((size for size in SIZES if size > old), None)
    if new is None or old >= case.picture_side:
        return []
    advice = f"Let pictures enter at {new} × {new} pixels instead of {old} × {old}."
    longer = f"{(new / old) ** 2:.1f} times as long"
    why = f"Everything then covers more cells of the network's maps. An epoch takes about {longer}."
    return [Idea(advice, with_settings(case.base, input_size=new), why)]


def narrower_pyramid(case: Case) -> list[Idea]:
    """Half as many channels."""
    old = case.base.hidden[0] if case.base.hidden else 0
    new = max(NARROWEST, old // 2)
    if new >= old:
        return []
    advice = f"Make the head narrower: {new} channels instead of {old}."
    config = with_settings(case.base, "head", hidden=(new,))
    return [Idea(advice, config, "There is less room to learn by heart.")]
