"""The steps of a run that tells classes apart as code, in one table."""

from __future__ import annotations

from tlcore.export.code.classes import closing_steps, data_step, model_step, training_step
from tlcore.export.code.classes.kinds import kind_of
from tlcore.export.code.common.code_step import CodeStep, CodeSteps
from tlcore.export.code.common.values import CodeValues


def _about_model(values: CodeValues) -> str:
    if values.config.start_from:
        return "The network of the run that this one went on from, with what it had learned."
    if not values.config.pretrained:
        return "A backbone that has learned nothing yet, and a new head for these classes."
    return f"A backbone that has learned {kind_of(values).learned}, and a new head for these classes."


STEPS: CodeSteps = {
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
