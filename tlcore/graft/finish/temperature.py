"""The temperature of a finished run's model: what decides it, and whether it may be believed.

Called by `pipeline.py` between training and saving. Where the whole backbone is frozen it is fitted on all
that the run has seen, answered out of fold; where blocks were unfrozen, on the model's validation answers.
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
from tlcore.evaluate import calibration, metrics, report
from tlcore.graft.cache.features import FeatureReader
from tlcore.graft.finish import cross_fit
from tlcore.graft.finish.cross_fit import OutOfFold
from tlcore.graft.training.batches import Inference, TrainingBatches
from tlcore.graft.training.phases import TrainingResult
from tlcore.graft.training.run_context import RunContext
from tlcore.runs.run import Run

# How much larger the loss on validation may get (nats) by a temperature that was fitted out of fold. A few
# examples more or less make such a difference; above it the heads do not stand for the model.
MOST_LOSS_INCREASE = 0.05


@dataclass(frozen=True)
class TemperatureFit:
    """A temperature, the examples that decided it, and what a person should know of it."""

    temperature: float
    fitted_on: Literal["out-of-fold", "validation"]
    n: int
    note: str = ""
    refused: float | None = None

    def report(self, true: np.ndarray, logits: np.ndarray) -> report.Calibration:
        """What it changes on test examples: class numbers (n,) and the model's logits (n, classes)."""
        found = calibration.calibrate(true, logits, self.temperature, self.fitted_on, self.n)
        return msgspec.structs.replace(found, refused=self.refused)


def out_of_fold_answers(result: TrainingResult, head: keras.Model) -> OutOfFold | None:
    """Answers to all that the run has trained and validated on, by heads that have not seen it.

    Args:
        head: features → logits, as the run's first phase had it.

    Returns:
        None where no head learned on features that are frozen and know none of the examples.

    Raises:
        Stopped: the person asked to stop.
    """
    context, reader = result.context, result.head_reader
    epochs = _head_epochs(result)
    if reader is None or epochs is None:
        return None
    many = WORDS[context.manifest.task].many
    message = f"Finding out how sure it may be: training heads that have not seen some of the {many}"
    context.reporter.stage("out-of-fold", message)
    known = np.sort(np.concatenate([context.rows("train"), context.rows("validation")]))
    return cross_fit.cross_fit(
        _fold_batches(context, reader, known),
        context.groups()[known],
        head,
        context.config,
        epochs,
        context.reporter.progress,
        context.check_stop,
    )


def _fold_batches(context: RunContext, reader: FeatureReader, known: np.ndarray) -> TrainingBatches:
    """The examples `known` (n,), those that were trained on in their views; the others have none."""
    batches = context.training_batches(reader, known, views=True)
    if batches.rows.ndim == 1:
        return batches
    unchanged = np.isin(known, context.rows("validation"))[:, None]
    return replace(batches, rows=np.where(unchanged, batches.rows[:, :1], batches.rows))


def _head_epochs(result: TrainingResult) -> int | None:
    """As many as brought the head to where it is, in this run and in all that it goes on from.

    None: that cannot be told, or an earlier run trained more than the head: its features know the examples.
    """
    epochs = sum(phase.best_epoch for phase in result.phases if phase.name == "head")
    config = result.context.config
    while config.start_from:
        before = Run(Path(config.start_from))
        try:
            config, reported = before.config(), before.report()
        except GraftError:
            return None
        if config.phases != ("head",):
            return None
        epochs += reported.best_epoch
    return epochs or result.context.config.training.epochs


def fit(result: TrainingResult, answers: OutOfFold | None) -> TemperatureFit:
    """The temperature for what was taught; 1 where the one found does not hold on validation."""
    context, labels = result.context, result.context.class_numbers()
    held = context.rows("validation")
    logits, true = Inference(result.model.tail)(context.batches(result.reader, held)), labels[held]
    if answers is None or context.config.phases != ("head",):
        return TemperatureFit(calibration.cautious_temperature(logits, true), "validation", len(held))
    n, found = len(answers.rows), calibration.cautious_temperature(answers.logits, labels[answers.rows])
    before, after = (metrics.log_loss(true, calibration.probabilities(logits, t)) for t in (1.0, found))
    if after <= before + MOST_LOSS_INCREASE:
        return TemperatureFit(found, "out-of-fold", n)
    many = WORDS[context.manifest.task].many
    note = (
        f"How sure the model says it is was left as it came out of training: the correction that was found "
        f"(a temperature of {found:.2g}) would have made it less believable on the validation {many}."
    )
    return TemperatureFit(1.0, "out-of-fold", n, note, found)
