"""The evidence of a run, from its folder and those of other runs."""

from __future__ import annotations

from collections.abc import Iterable

from tlcore.coach.case import Evidence
from tlcore.config import RunConfig
from tlcore.data import text_store
from tlcore.data.checks.scripts import foreign_script
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.errors import GraftError
from tlcore.runs.run import Run


def evidence(run: Run, manifest: Manifest, others: Iterable[tuple[Run, RunConfig]]) -> Evidence:
    """The evidence that `run` left behind, and `others` on the same data.

    Raises:
        GraftError: a file of it cannot be read.
    """
    others = list(others)
    return Evidence(
        config=run.config(),
        rows=run.rows()[0],
        report=run.report() if run.has_model else None,
        manifest=manifest,
        tried=tuple(config for _, config in others),
        with_model={config.backbone for other, config in others if other.has_model},
        complete=run.recorded().state == "done",
        script=_script(run.dataset(), manifest),
    )


def _script(dataset: Dataset, manifest: Manifest) -> str:
    """As in `Evidence`; "" where there are no texts."""
    if not text_store.texts_file(dataset.folder):
        return ""
    return foreign_script(text_store.read_texts(dataset.folder), manifest.examples)


def gather_evidence(run: Run, others: Iterable[Run]) -> Evidence:
    """The same with the data set and the configurations read from disk.

    Raises:
        GraftError: the data set is gone, or a file of the run cannot be read.
    """
    data = run.config().data
    same = ((other, config) for other in others if (config := config_of(other)) and config.data == data)
    return evidence(run, run.manifest(), same)


def config_of(run: Run) -> RunConfig | None:
    """The configuration of a run, or None where it cannot be read: it tells nothing then."""
    try:
        return run.config()
    except (GraftError, OSError):
        return None
