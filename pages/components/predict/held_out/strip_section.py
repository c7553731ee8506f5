"""Something to try: a strip of held-out examples, one click each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.components.browser.strip.strip import Outcome, strip
from pages.components.predict.held_out import choice
from pages.components.predict.held_out.trial import Trial, key_of_example, trial_of
from pages.components.shared.selection.keys import key_of
from pages.components.shared.viewers.viewer import Viewer
from tlcore.data.dataset import Dataset
from tlcore.evaluate.report import Prediction
from tlcore.runs.run import Run

INVITATION = "**Click one** to see the model's answer: {many} that it has not learned from."
OF_A_FILE = "**Click one** to see the model's answer. What it was trained on, nobody can tell."


@dataclass(frozen=True, kw_only=True)
class HeldOutKind:
    """How held-out examples of a task are shown.

    Attributes:
        viewer: their previews.
        most: on the strip at once.
        has: tells whether the data set still has an example, by its SHA-256.
        read: its content.
    """

    viewer: Viewer
    most: int
    has: Callable[[Dataset, str], bool]
    read: Callable[[Dataset, str], bytes]


def on_strip(run: Run, kind: HeldOutKind) -> list[Prediction]:
    """The examples of this turn that the data set still has."""
    dataset, turn = run.dataset(), trial_of(run).turn
    chosen = choice.choose(choice.held_out(run), kind.most, turn, run.id)
    return [example for example in chosen if kind.has(dataset, example.sha256)]


def shown(run: Run, kind: HeldOutKind) -> Prediction | None:
    """The example whose answer is shown; None where something else is, or where it is gone."""
    example = trial_of(run).shown
    return example if example and kind.has(run.dataset(), example.sha256) else None


def show(run: Run, kind: HeldOutKind, on_pick: Callable[[], None], beside: Callable[[], None]) -> None:
    """The strip; nothing is asked before a click.

    Args:
        on_pick: called when an example is picked, before the page is drawn.
        beside: draws what stands beside the heading.
    """
    examples, trial, words = on_strip(run, kind), trial_of(run), run.words
    if not examples:
        if choice.held_out(run):
            st.caption(f"The data set is gone, so there are no held-out {words.many} to try.")
        return
    _heading(run, kind, beside)

    def pick(at: int) -> None:
        trial.shown = examples[at]
        on_pick()

    strip(
        kind.viewer.glimpses(run.dataset(), [example.sha256 for example in examples]),
        [f"Test {words.one} {number}" for number in range(1, len(examples) + 1)],
        [_mark(trial, example) for example in examples],
        _place_of(trial.shown, examples),
        pick,
        key=key_of("held_out", run.id),
        of=str(trial.turn),
    )


def _place_of(shown: Prediction | None, examples: Sequence[Prediction]) -> int:
    """The place of the example that is shown, -1 for none; its answer may have become known meanwhile."""
    keys = [key_of_example(one) for one in examples]
    return keys.index(key_of_example(shown)) if shown and key_of_example(shown) in keys else -1


def _heading(run: Run, kind: HeldOutKind, beside: Callable[[], None]) -> None:
    many = run.words.many
    with st.container(horizontal=True, vertical_alignment="center", key="try_heading"):
        invitation = OF_A_FILE if run.is_from_elsewhere else INVITATION
        st.markdown(invitation.format(many=many), width="content")
        beside()
        if choice.turns(choice.held_out(run), kind.most) > 1:
            st.button(
                f"Other {many}",
                icon=":material/refresh:",
                type="tertiary",
                key="other_held_out",
                on_click=next_turn,
                args=(run, kind),
            )


def next_turn(run: Run, kind: HeldOutKind) -> None:
    """Go on to other examples; after the last ones the first come again."""
    trial = trial_of(run)
    trial.turn = (trial.turn + 1) % choice.turns(choice.held_out(run), kind.most)


def _mark(trial: Trial, example: Prediction) -> Outcome:
    """The mark of an example: whether the model has answered it right in this session."""
    answer = trial.answers.get(key_of_example(example), "")
    return "" if not answer else "right" if answer == example.label else "wrong"
