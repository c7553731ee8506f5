"""The heavy part of `prepare`: the frozen part run on a data set, into the cache where every run finds it."""

from __future__ import annotations

import numpy as np

from tlcore.data.dataset import Dataset
from tlcore.evaluate.estimate.record import ExampleFeatures
from tlcore.graft import pipeline
from tlcore.graft.training import precompute
from tlcore.graft.training.run_context import RunContext, StopRequested
from tlcore.runs.job import Reporter
from tlcore.runs.preparation import Preparation

GROUP = 512  # examples between two looks at whether to stop


def head_features(
    preparation: Preparation, dataset: Dataset, reporter: Reporter, rows: np.ndarray
) -> ExampleFeatures | None:
    """Run the frozen part on all examples, as a training of the head will want it.

    Args:
        rows: (n,) the examples whose features are wanted, by row of the manifest.

    Returns:
        their features; None where it was stopped before: what was computed until then is in the cache.

    Raises:
        GraftError: a person can do something about it.
    """
    config = preparation.config()
    try:
        context = RunContext(preparation, config, dataset, dataset.read(config.data_version), reporter)
        context, inputs, device, graft = pipeline.load(context)
        front = graft.phase_models[0].front
        reader, context = precompute.feature_reader(context, front, 0, inputs, device)
        parts = []
        for at in range(0, len(rows), GROUP):
            context.check_stop()
            parts.append(reader(rows[at : at + GROUP])[0].astype(np.float32))
    except StopRequested:
        return None
    contents = np.array([context.manifest.examples[row].sha256 for row in rows])
    size_from_data = context.config.input_size != config.input_size
    return ExampleFeatures(contents, np.concatenate(parts), size_from_data)
