"""The head phase where the head is open: it is solved, not trained step by step, and takes the tail's place.

Called by `phases.py`. Nothing is drawn at random and it takes a second, or some more where terms of texts are
tried, so a run that was killed solves it again and gets the same weights; there are no checkpoints.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import keras
import msgspec
import numpy as np

from tlcore import system
from tlcore.data.task_settings import is_used
from tlcore.evaluate import report, validation_sample
from tlcore.evaluate.folds import stratified_folds
from tlcore.graft.cache.features import FeatureReader
from tlcore.graft.inputs.protocol import Inputs, Tensors
from tlcore.graft.network import count_branch
from tlcore.graft.training import checkpoint
from tlcore.graft.training.out_of_fold import OutOfFold
from tlcore.graft.training.run_context import RunContext, StopRequested
from tlcore.heads import term_choice
from tlcore.heads.solved_head import Examples, SolvedHead, solve
from tlcore.heads.term_choice import TermHead
from tlcore.heads.term_counts import TermCounts
from tlcore.runs.metrics import MetricRow, MetricsLog
from tlcore.runs.run import Run

MOST = 3_000  # examples; with more a hidden layer pays, and steps on small batches are quicker
BEFORE_REFIT = "before_refit.npz"  # in the run's folder: the head that has not learned from validation
MESSAGE = "Training the head"
COUNTS_MESSAGE = "Trying whether words and letters help the head"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OpenHead:
    """A solved head with the examples behind it.

    Attributes:
        terms: that it counts in texts, beside the features; None: none.
        rows: of the training and validation examples, ascending, (n,).
        folds: of each, (n,).
        validation_labels: class numbers of the validation examples, in their order.
    """

    solved: SolvedHead
    rows: np.ndarray
    folds: np.ndarray
    validation_labels: np.ndarray
    terms: TermCounts | None = None
    note: str = ""  # for people: why no terms were tried

    @property
    def history(self) -> list[MetricRow]:
        """A metric row for each pass."""
        return [
            {
                "epoch": epoch,
                "phase": "head",
                "loss": row.loss,
                "accuracy": row.accuracy,
                "val_loss": row.validation_loss,
                "val_accuracy": row.validation_accuracy,
                validation_sample.NAME: validation_sample.pack(self.validation_labels, row.right),
            }
            for epoch, row in enumerate(self.solved.history, start=1)
        ]

    @property
    def answers(self) -> OutOfFold | None:
        """Answers to the examples by heads that have not seen them; None: nothing could be left out."""
        logits = self.solved.logits
        return None if logits is None else OutOfFold(self.rows, logits, self.folds)

    @property
    def choice(self) -> report.HeadChoice:
        """The choice as the report has it."""
        if self.terms is None:
            return report.HeadChoice(penalty=self.solved.penalty)
        return report.HeadChoice(
            penalty=self.solved.penalty, counts=self.terms.kind, terms=len(self.terms.terms)
        )

    @property
    def best(self) -> MetricRow:
        """The row of the pass that was best, before the head learned from the validation examples too."""
        return self.history[self.solved.best - 1]

    def count_beside(self, reader: FeatureReader, inputs: Inputs) -> FeatureReader:
        """The same features; where it counts terms, beside them the logits that it makes of these."""
        terms, kernel = self.terms, self.solved.counts_kernel
        if terms is None or kernel is None:
            return reader

        def read(rows: np.ndarray) -> Tensors:
            counted = count_branch.logits_of(inputs.model_inputs(rows).tolist(), terms, kernel)
            return *reader(rows), counted

        return read


def solve_head(context: RunContext, tail: keras.Model, reader: FeatureReader, inputs: Inputs) -> OpenHead:
    """Solve the head on the features that `reader` gives, and put it into `tail`.

    Raises:
        StopRequested: the person asked to stop.
    """
    context.reporter.stage("training", MESSAGE)
    rows = np.sort(np.concatenate([context.rows("train"), context.rows("validation")]))
    labels, weights = context.class_numbers()[rows], context.class_weights()
    folds = stratified_folds(labels, context.groups()[rows], context.config.seed)
    (features,) = reader(rows)
    examples = Examples(
        features=np.asarray(features, np.float32),
        labels=labels,
        weights=np.ones(len(rows), np.float32) if weights is None else np.array(weights, np.float32)[labels],
        is_held_out=np.isin(rows, context.rows("validation")),
        folds=folds,
        classes=len(context.manifest.classes),
    )
    epochs = context.config.training.epochs
    plain = solve(examples, epochs, context.check_stop)
    chosen = TermHead(plain)
    if context.config.head.counts and is_used("head.counts", context.config, context.manifest.task):
        context.reporter.stage("training", COUNTS_MESSAGE)
        texts = inputs.model_inputs(rows).tolist()
        chosen = _try_terms(context, examples, plain, texts)
    head = OpenHead(chosen.solved, rows, folds, labels[examples.is_held_out], chosen.terms, chosen.reason)
    set_layer(tail, head.solved.layer)
    before = io.BytesIO()
    np.savez(before, *plain.layer_before)  # what goes on from it counts no terms
    system.write_atomic(context.run.folder / BEFORE_REFIT, before.getvalue())
    _report(context, head)
    return head


def _try_terms(context: RunContext, examples: Examples, plain: SolvedHead, texts: Sequence[str]) -> TermHead:
    """The head with the terms that help; `plain`, which is ready, where that is stopped or fails."""
    try:
        return term_choice.choose(examples, plain, texts, context.config.training.epochs, context.check_stop)
    except StopRequested:
        head = msgspec.structs.replace(context.config.head, counts=False)
        context.with_settings(head=head)  # it resumes to the same
    except Exception:  # a lack of memory, say
        log.warning("head: no terms were counted", exc_info=True)
    return TermHead(plain)


def _report(context: RunContext, head: OpenHead) -> None:
    metrics = MetricsLog(context.run.metrics)
    for row in head.history:
        metrics.append(row)
    metrics.close()
    solved = head.solved
    if head.terms is not None:
        log.info("head: counts %d %s beside the features", len(head.terms.terms), head.terms.kind)
    log.info(
        "head: penalty %.3g, best pass %d; validation accuracy %.4f, loss %.4f",
        solved.penalty,
        solved.best,
        head.best["val_accuracy"],
        head.best["val_loss"],
    )


def set_layer(model: keras.Model, layer: tuple[np.ndarray, np.ndarray]) -> None:
    """Give the last layer of a tail, or of a whole network, this kernel and bias."""
    model.get_layer("logits").set_weights(list(layer))


def restore_before_refit(model: keras.Model, earlier: Run) -> None:
    """Give a network that continues from a refit run the head from before: the validation examples are to
    judge what it learns from now on.
    """
    file = earlier.folder / BEFORE_REFIT
    try:
        if not checkpoint.is_plain(file):
            return
        with np.load(file, allow_pickle=False) as stored:
            set_layer(model, (stored["arr_0"], stored["arr_1"]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return  # it was not refit, or the file is spoiled: its model is as good a start
