"""Pictures of which nobody has said where things are."""

from __future__ import annotations

from tlcore.data.checks.problem import CheckInput, Problem, keys


def unannotated(data: CheckInput) -> Problem | None:
    """Pictures that wait for somebody to draw on them."""
    found = [example for example in data.manifest.aside if not example.is_labelled]
    if not found:
        return None
    marks = data.words.marks
    return Problem(
        "unannotated",
        f"{data.words.many.capitalize()} without {marks}",
        f"{data.counted(len(found))} without {marks}: a model does not learn from them. Draw on them; where "
        "nothing is to be found, save them as they are.",
        (keys(found),),
    )
