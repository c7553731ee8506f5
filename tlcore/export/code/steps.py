"""The steps of a run as code, in one table: the pages show one each, script and notebook all of them.

What one step defines the next ones use, under the same names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tlcore.export.code import closing_steps, data_step, model_step, training_step
from tlcore.export.code.kinds import kind_of
from tlcore.export.code.values import CodeValues

StepName = Literal["data", "model", "train", "evaluate", "predict"]


@dataclass(frozen=True)
class CodeStep:
    """One step: its title, a sentence about it, and the function that writes its code."""

    title: str
    about: Callable[[CodeValues], str]
    code: Callable[[CodeValues], str]


def _about_model(values: CodeValues) -> str:
    if values.config.start_from:
        return "The network of the run that this one went on from, with what it had learned."
    if not values.config.pretrained:
        return "A backbone that has learned nothing yet, and a new head for these classes."
    return f"A backbone that has learned {kind_of(values).learned}, and a new head for these classes."


STEPS: dict[StepName, CodeStep] = {
    "data": CodeStep("Data", lambda values: kind_of(values).listed, data_step.code),
    "model": CodeStep("Model", _about_model, model_step.code),
    "train": CodeStep("Train", lambda values: "Only what is not frozen learns.", training_step.code),
    "evaluate": CodeStep(
        "Evaluate",
        lambda values: f"Test {values.words.many} were kept back until now.",
        closing_steps.evaluation_code,
    ),
    "predict": CodeStep(
        "Predict",
        lambda values: f"An answer to a {values.words.one}, as the model will be used.",
        closing_steps.answer_code,
    ),
}
