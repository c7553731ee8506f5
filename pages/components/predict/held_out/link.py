"""A link from another page to one held-out example, such as a mistake on Evaluate."""

from __future__ import annotations

from pages.components.predict.held_out import choice, guessing
from pages.components.predict.held_out.trial import trial_of
from pages.components.shared.selection import addresses
from tlcore.runs.run import Run


def follow(run: Run) -> None:
    """Show the example that a link to this page names, once, with the model's answer: a person goes on to
    others. One that is not there changes nothing.
    """
    sha256 = addresses.current_id("example")
    if not sha256:
        return
    addresses.remember("example", "")
    example = choice.find(run, sha256)
    if example is not None:
        guessing.set_mode(run, guess_first=False)
        trial_of(run).shown = example
