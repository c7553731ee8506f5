"""A person's trial of one model: the example that is shown, guesses and answers. It lives in the session."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from pages.components.shared.selection.keys import key_of
from tlcore.evaluate.report import Prediction
from tlcore.runs.run import Run


@dataclass(frozen=True)
class Round:
    """One example of the game: a person's guess, the model's answer, the true class."""

    guess: str
    answer: str
    truth: str


@dataclass
class Trial:
    """The state of the strip.

    Attributes:
        turn: of the examples shown.
        shown: the example whose answer is shown; None: something else is.
        answers: the model's answers so far, by example.
        guesses: a person's guesses that the model has not answered yet, by example.
        rounds: of the game, by example.
    """

    turn: int = 0
    shown: Prediction | None = None
    answers: dict[tuple[str, str], str] = field(default_factory=dict)
    guesses: dict[tuple[str, str], str] = field(default_factory=dict)
    rounds: dict[tuple[str, str], Round] = field(default_factory=dict)

    def note_answer(self, label: str) -> None:
        """Note the model's answer to what is shown, "" if it gave none; with a guess it ends a round."""
        if self.shown is None or not label:
            return
        key = key_of_example(self.shown)
        self.answers[key] = label
        guess = self.guesses.pop(key, "")
        if guess and key not in self.rounds:
            self.rounds[key] = Round(guess, label, self.shown.label)

    def guess_of(self, example: Prediction) -> str:
        """A person's guess at an example; "" if there is none."""
        key = key_of_example(example)
        return self.rounds[key].guess if key in self.rounds else self.guesses.get(key, "")

    def score(self) -> tuple[int, int, int]:
        """Rounds won by the person and by the model, and their number."""
        ended = self.rounds.values()
        person = sum(one.guess == one.truth for one in ended)
        return person, sum(one.answer == one.truth for one in ended), len(ended)


def key_of_example(example: Prediction) -> tuple[str, str]:
    return example.sha256, example.name


def trial_of(run: Run) -> Trial:
    """The trial of this run in this session."""
    trial: Trial = st.session_state.setdefault(key_of("trial", run.id), Trial())
    return trial
