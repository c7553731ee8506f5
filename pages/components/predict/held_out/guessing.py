"""Guess first: a person says the class of a held-out example, then the model does; both are counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from pages.components.browser.answer.answer import Asked, Panel, show_answer
from pages.components.predict.held_out import choice
from pages.components.predict.held_out.strip_section import HeldOutKind, next_turn, on_strip
from pages.components.predict.held_out.trial import Trial, key_of_example, trial_of
from pages.components.shared.answers.panels import truth_text
from pages.components.shared.selection.chooser import choose_or_none
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.text import plain
from tlcore.errors import printable
from tlcore.evaluate.report import Prediction
from tlcore.runs.run import Run

MOST_BUTTONS = 12  # of more classes one is chosen from a box
DIGITS = "1234567890"
RULES = "You say what it is, then the model does. Each counts the right answers."


def toggle(run: Run) -> None:
    """The switch between asking the model and guessing first."""
    st.session_state[_switch(run)] = is_on(run)
    st.toggle("Guess first", key=_switch(run), help=RULES, on_change=_switched, args=(run,))


def _switched(run: Run) -> None:
    set_mode(run, st.session_state[_switch(run)])


def is_on(run: Run) -> bool:
    return bool(st.session_state.get(_mode(run)))


def set_mode(run: Run, guess_first: bool) -> None:
    """Turn guessing first on or off, before the switch is drawn."""
    st.session_state[_mode(run)] = guess_first


def _mode(run: Run) -> str:
    """Where it is kept. A browser that has not drawn the switch anew, as a presentation set it, still sends
    what it said before: whoever pressed a key at once had no score.
    """
    return key_of("guess_first", run.id)


def _switch(run: Run) -> str:
    return key_of("guess_first_switch", run.id)


def is_waiting(run: Run, example: Prediction) -> bool:
    """True while the person has to answer before the model."""
    trial, key = trial_of(run), key_of_example(example)
    return is_on(run) and key not in trial.answers and key not in trial.guesses


def ask_person(run: Run, example: Prediction, asked: Asked) -> None:
    """The example, and beside it a button for each class."""
    question = Panel(headline="What is it?", note="You first. Then the model answers.", bars=())
    example_side, answer_side = st.container(border=True, key="guess").columns([2, 3])
    with example_side:
        show_answer([], "guess_example", asked)
    with answer_side:
        show_answer([question], "guess_question")
        labels = class_labels(run.labels(), most=40)
        if len(labels) > MOST_BUTTONS:
            guess = choose_or_none("Your guess", labels, key=key_of("guess_box", example.sha256))
            st.button("That is my guess", disabled=guess is None, on_click=_note, args=(run, example, guess))
            return
        with st.container(horizontal=True, key="guesses"):
            keys = shortcuts(run.labels())
            for label, name in labels.items():
                st.button(
                    plain(name),
                    key=key_of("guess", label),
                    shortcut=keys.get(label),
                    on_click=_note,
                    args=(run, example, label),
                )


def shortcuts(labels: Sequence[str]) -> Mapping[str, str]:
    """A digit key for each class: the last letter of its name where that tells them apart, else its place."""
    ends = [label[-1:] for label in labels]
    is_own = set(ends) <= set(DIGITS) and len(set(ends)) == len(ends)
    return dict(zip(labels, ends if is_own else DIGITS, strict=False))


def _note(run: Run, example: Prediction, guess: str) -> None:
    trial_of(run).guesses[key_of_example(example)] = guess


def person_panel(run: Run, example: Prediction) -> tuple[Panel, ...]:
    """The person's guess beside the model's answer; empty if there was none."""
    guess = trial_of(run).guess_of(example)
    if not guess:
        return ()
    truth = truth_text(example.label, guess)
    name = printable(guess, 40)
    return (Panel(title="You", headline=name, truth=truth, is_right=guess == example.label, bars=()),)


def show_score(run: Run, kind: HeldOutKind, on_pick: Callable[[], None]) -> None:
    """Both scores, and the buttons to go on and to start again; nothing while guessing is off.

    Args:
        on_pick: called when another example is shown, before the page is drawn.
    """
    if not is_on(run) or not on_strip(run, kind):
        return
    trial, one = trial_of(run), run.words.one
    person, model, count = trial.score()
    with st.container(horizontal=True, vertical_alignment="center", key="score"):
        st.markdown(f"## You {person} · Model {model}" + (f" of {count}" if count else ""), width="content")
        st.button(
            f"Next {one}" if trial.shown else f"First {one}",
            icon=":material/arrow_forward:",
            shortcut="N",
            key="next_held_out",
            on_click=_go_on,
            args=(run, kind, on_pick),
        )
        if count:
            st.button(
                "Start again",
                icon=":material/restart_alt:",
                type="tertiary",
                key="restart_guessing",
                on_click=_restart,
                args=(trial,),
            )


def _go_on(run: Run, kind: HeldOutKind, on_pick: Callable[[], None]) -> None:
    """Show the next example that the model has not answered yet."""
    trial = trial_of(run)
    for _ in range(choice.turns(choice.held_out(run), kind.most)):
        rest = [one for one in on_strip(run, kind) if key_of_example(one) not in trial.answers]
        if rest:
            trial.shown = rest[0]
            on_pick()
            return
        next_turn(run, kind)


def _restart(trial: Trial) -> None:
    """Forget the score and all answers, so that every example can be guessed again."""
    trial.rounds.clear()
    trial.guesses.clear()
    trial.answers.clear()
    trial.shown = None
