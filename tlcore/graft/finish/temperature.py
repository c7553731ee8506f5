"""The temperature of a finished run's model, and its check on the validation split.

Called by `pipeline.py` between training and saving. Where the whole backbone is frozen it is fitted on
out-of-fold answers to the training and validation examples; where blocks were unfrozen, on the model's
answers to the validation split.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import keras
import msgspec
import numpy as np

from tlcore.data.task_words import WORDS
from tlcore.errors import GraftError
from tlcore.evaluate import calibration
from tlcore.evaluate.reliability import Calibration
from tlcore.evaluate.statistics import metrics
from tlcore.graft.cache.features import FeatureReader
from tlcore.graft.finish import cross_fit
from tlcore.graft.training.batches import Inference, TrainingBatches
from tlcore.graft.training.out_of_fold import OutOfFold
from tlcore.graft.training.phases import TrainingResult
from tlcore.graft.training.run_context import RunContext
from tlcore.runs.run import Run

# By which a temperature fitted out of fold may raise the loss on validation, in nats. A few examples more or
# less make such a difference; above it the heads do not stand for the model.
MOST_LOSS_INCREASE = 0.05


@dataclass(frozen=True)
class TemperatureFit:
    """A temperature, the examples that it was fitted on, and a note for people."""

    temperature: float
    fitted_on: Literal["out-of-fold", "validation"]
    n: int
    note: str = ""
    refused: float | None = None

    def report(self, true: np.ndarray, logits: np.ndarray) -> Calibration:
        """Its effect on test examples: class numbers (n,) and the model's logits (n, classes)."""
        effect = calibration.calibrate(true, logits, self.temperature, self.fitted_on, self.n)
        return msgspec.structs.replace(effect, refused=self.refused)


def out_of_fold_answers(result: TrainingResult, head: keras.Model) -> OutOfFold | None:
    """Answers to the training and validation examples, by heads that have not seen them.

    Args:
        head: features → logits, as in the run's first phase.

    Returns:
        None where no head learned on frozen features that know none of the examples.

    Raises:
        StopRequested: the person asked to stop.
    """
    context, reader, solved = result.context, result.head_reader, result.open_head
    if solved is not None:
        return solved.answers
    epochs = _head_epochs(result)
    if reader is None or epochs is None:
        return None
    many = WORDS[context.manifest.task].many
    message = f"Calibrating: training heads, each without some of the {many}"
    context.reporter.stage("out-of-fold", message)
    rows = np.sort(np.concatenate([context.rows("train"), context.rows("validation")]))
    return cross_fit.cross_fit(
        _fold_batches(context, reader, rows),
        context.groups()[rows],
        head,
        context.config,
        epochs,
        context.reporter.progress,
        context.check_stop,
    )


def _fold_batches(context: RunContext, reader: FeatureReader, rows: np.ndarray) -> TrainingBatches:
    """The examples `rows` (n,), the training ones in their views; the others have none."""
    batches = context.training_batches(reader, rows, views=True)
    if batches.rows.ndim == 1:
        return batches
    has_no_views = np.isin(rows, context.rows("validation"))[:, None]
    return replace(batches, rows=np.where(has_no_views, batches.rows[:, :1], batches.rows))


def _head_epochs(result: TrainingResult) -> int | None:
    """Epochs behind the head, in this run and in all that it goes on from.

    None: unknown, as of a head that came in a file, or an earlier run trained more than the head: its
    features know the examples.
    """
    epochs = sum(phase.best_epoch for phase in result.phases if phase.name == "head")
    config = result.context.config
    while config.start_from:
        earlier = Run(Path(config.start_from))
        try:
            config, best_epoch, is_brought = earlier.config(), earlier.report().best_epoch, earlier.is_brought
        except GraftError:
            return None
        if is_brought or config.phases != ("head",):
            return None
        epochs += best_epoch
    return epochs or result.context.config.training.epochs


def fit(result: TrainingResult, answers: OutOfFold | None) -> TemperatureFit:
    """The temperature for a trained model; 1 where the fitted one does not hold on validation."""
    context, labels = result.context, result.context.class_numbers()
    rows = context.rows("validation")
    logits, true = _validation_logits(result), labels[rows]
    if answers is None or context.config.phases != ("head",):
        return TemperatureFit(calibration.cautious_temperature(logits, true), "validation", len(rows))
    n, temperature = len(answers.rows), calibration.cautious_temperature(answers.logits, labels[answers.rows])
    before, after = (metrics.log_loss(true, calibration.probabilities(logits, t)) for t in (1.0, temperature))
    if after <= before + MOST_LOSS_INCREASE:
        return TemperatureFit(temperature, "out-of-fold", n)
    many = WORDS[context.manifest.task].many
    note = (
        f"The model's confidence was not corrected: the temperature that was found ({temperature:.2g}) would "
        f"have made it less reliable on the validation {many}."
    )
    return TemperatureFit(1.0, "out-of-fold", n, note, temperature)


def _validation_logits(result: TrainingResult) -> np.ndarray:
    """Answers to the validation examples by a model that has not learned from them, (n, classes)."""
    if result.open_head is not None:
        return result.open_head.solved.validation_logits
    context = result.context
    return Inference(result.model.tail)(context.batches(result.reader, context.rows("validation")))
