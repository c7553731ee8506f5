"""The split of each example for a run: training, validation or test.

A run that continues from an earlier one has seen that one's pictures. They keep their places, also when the
data set has grown since and a fresh draw would move some of them into the test split and flatter the score.
"""

from __future__ import annotations

from pathlib import Path

from tlcore.config import RunConfig
from tlcore.data.dataset import manifest_for
from tlcore.data.examples.rows import are_placed
from tlcore.data.examples.summary import label_counts
from tlcore.data.manifest import Manifest, SplitName
from tlcore.data.splits import assign
from tlcore.errors import GraftError
from tlcore.runs.run import Run


def assign_splits(config: RunConfig, manifest: Manifest) -> tuple[SplitName, ...]:
    """The split of each example of `manifest` for a run with this configuration.

    Raises:
        DataError: nothing to train on, or the data of the run it continues from are gone.
    """
    drawn = assign(manifest, config.split)
    if not (kept := _earlier(config)):
        return drawn
    return tuple(kept.get(e.sha256, split) for e, split in zip(manifest.examples, drawn, strict=True))


def splits_by_content(config: RunConfig) -> dict[str, SplitName]:
    """The split of each picture, by its SHA-256, in the run with this configuration and in all that it goes
    on from: what a model learned from first it has seen, also where the data of a later run have it not.

    Raises:
        DataError: a data set is gone. RunError: a run that it goes on from is.
    """
    manifest = manifest_for(config)
    if not manifest.examples:  # of a model from elsewhere nobody knows what it learned from
        return {}
    kept = _earlier(config)
    drawn = zip(manifest.examples, assign(manifest, config.split), strict=True)
    return {e.sha256: split for e, split in drawn} | kept


def commonest_class(run: Run) -> str | None:
    """The commonest class of what a finished run was trained on: the best guess that needs no model.

    None where nobody knows it: its report is an earlier version's, and its data are gone.
    """
    test = run.report().test
    if test.baseline_from == "training":
        return test.baseline_label
    try:
        config = run.config()
        manifest = manifest_for(config)
        places = assign_splits(config, manifest)
    except GraftError:
        return None
    count = label_counts(manifest.examples, are_placed(places, "train"))
    return max(manifest.classes, key=count.__getitem__, default=None)


def _earlier(config: RunConfig) -> dict[str, SplitName]:
    """The splits of what earlier runs used."""
    if not config.start_from:
        return {}
    earlier = splits_by_content(Run.existing(Path(config.start_from)).config())
    return {sha256: place for sha256, place in earlier.items() if place != "unused"}
