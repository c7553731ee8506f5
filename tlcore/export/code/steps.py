"""The steps of a run as code, in one table: the pages show one each, script and notebook all of them.

What one step defines the next ones use, under the same names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tlcore.export.code import closing_steps, data_step, model_step, training_step
from tlcore.export.code.values import CodeValues

StepName = Literal["data", "model", "train", "evaluate", "predict"]


@dataclass(frozen=True)
class CodeStep:
    """One step: its title, a sentence about it, and the function that writes its code."""

    title: str
    about: str
    code: Callable[[CodeValues], str]


STEPS: dict[StepName, CodeStep] = {
    "data": CodeStep(
        "Data",
        "The table split.csv names the pictures, with the class and the part of the split of each.",
        data_step.code,
    ),
    "model": CodeStep(
        "Model",
        "A backbone that has learned from a million photos, and a new head for these classes.",
        model_step.code,
    ),
    "train": CodeStep("Train", "Only what is not frozen learns.", training_step.code),
    "evaluate": CodeStep(
        "Evaluate", "Test pictures were kept back until now.", closing_steps.evaluation_code
    ),
    "predict": CodeStep(
        "Predict", "An answer to a picture, as the model will be used.", closing_steps.answer_code
    ),
}
