from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from tlcore.export import make as making
from tlcore.export.make import make
from tlcore.export.model_export import ModelExport
from tlcore.export.proof.proof import Proof
from tlcore.graft.predict.predictor import load
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run


@pytest.fixture(scope="module")
def models() -> Iterator[None]:
    """Each run's model is loaded once for all exports of a file of tests."""
    with pytest.MonkeyPatch.context() as patch:
        load_once = functools.cache(lambda folder: load(Run(folder)))
        patch.setattr(making, "load", lambda run: load_once(run.folder))
        yield


def made(run: Run, format: str) -> Proof:
    export = ModelExport(run, format)
    export.folder.mkdir(parents=True, exist_ok=True)
    proof = make(export, Reporter(export))
    assert proof is not None and proof == export.proof()
    return proof
