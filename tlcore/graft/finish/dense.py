"""The last steps of a run that answers at every place of a picture: score, save, compare, report.

Called by `pipeline.py` once such a run has trained, in place of calibration and the analysis of features.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Protocol, cast

import keras
import numpy as np

from tlcore import system
from tlcore.data.manifest import Task
from tlcore.evaluate import report
from tlcore.graft.inputs.dense_rows import DenseRows
from tlcore.graft.network import saved_model
from tlcore.graft.network.build import Graft
from tlcore.graft.training.phases import TrainingResult

# By task, as everywhere.
MODULES: dict[Task, str] = {
    "detection": "tlcore.graft.finish.detection",
    "segmentation": "tlcore.graft.finish.segmentation",
}


class FinishModule(Protocol):
    """The functions of a task's module."""

    def score(self, result: TrainingResult, inputs: DenseRows) -> report.Score:
        """Score the test split; what has to be chosen for that is chosen on validation."""

    def true_regions(
        self, inputs: DenseRows, row: int, classes: Sequence[str]
    ) -> tuple[np.ndarray, np.ndarray]:
        """The regions that a person drew, (n, 4) in pixels of the view, and their class numbers."""

    def right_regions(
        self, result: TrainingResult, inputs: DenseRows, rows: np.ndarray, raw: np.ndarray
    ) -> list[np.ndarray]:
        """The regions in each of the pictures `rows` (n,) that the model answers rightly, (m, 4) each, from
        the tail's outputs (n, …).
        """


def module_of(task: Task) -> FinishModule:
    """The module of a task."""
    return cast(FinishModule, importlib.import_module(MODULES[task]))


def finish(graft: Graft, result: TrainingResult, inputs: DenseRows) -> None:
    """Score, save, verify, report. The model gets its name once it is proven and its report is there."""
    context, run = result.context, result.context.run
    context.reporter.stage("saving", "Saving the model and checking the saved file")
    test = module_of(context.manifest.task).score(result, inputs)
    file = run.folder / f"{system.part_name('model')}.keras"
    try:
        graft.model.save(file)
        rows = context.rows("test")
        sample = inputs(rows[np.unique(np.linspace(0, len(rows) - 1, saved_model.EXAMPLES).astype(int))])
        saved_model.verify(file, sample, _outputs(graft.model, sample, inputs.size), inputs.size)
        report.write(run.folder / "report.json", _report(result, test, inputs.note))
        system.replace(file, run.model)
    except BaseException:
        file.unlink(missing_ok=True)  # on a full disk it takes room that others need
        raise


def _outputs(model: keras.Model, pictures: np.ndarray, size: int) -> tuple[np.ndarray, ...]:
    """All outputs of the model as it is in memory, boxes as shares of the picture's side."""
    return saved_model.comparable(model(pictures, training=False), size)


def _report(result: TrainingResult, test: report.Score, note: str) -> report.Report:
    best = result.best
    assert best is not None, "there is a model"
    return report.Report(
        test=test,
        validation_accuracy=best["val_accuracy"],
        validation_loss=best["val_loss"],
        validation_n=len(result.context.rows("validation")),
        best_epoch=best["epoch"],
        epochs=sum(phase.epochs for phase in result.phases),
        stopped=result.phases[-1].stopped if result.phases else "",
        phases=result.phases,
        kept=result.best_phase,
        share=result.blend_share,
        note=note,
        map50=test.task_metrics.get("map50"),
        map=test.task_metrics.get("map"),
        miou=test.task_metrics.get("miou"),
    )
