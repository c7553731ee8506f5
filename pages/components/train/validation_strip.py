"""A few validation examples, turning right and wrong as epochs go by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from pages.components.browser.strip.strip import strip
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.selection import manifest_of
from pages.components.tasks.tasks import VIEWS
from tlcore.data.examples.rows import are_placed, only
from tlcore.data.examples.summary import columns_of
from tlcore.data.manifest import Example
from tlcore.errors import GraftError
from tlcore.evaluate import validation_sample
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits


def show(run: Run, ended: list[dict[str, Any]], key: str) -> None:
    """The sample with the model's answers after the last of these epochs; nothing before the first, or where
    the run's data are gone.
    """
    number = ended[-1].get(validation_sample.NAME) if ended else None
    if not isinstance(number, int):
        return
    config = run.config()
    try:
        examples = _sample(str(run.folder), config.data_version)
    except GraftError:
        return
    right = validation_sample.unpack(number, len(examples))
    st.markdown(
        f"**{sum(right)} of {len(right)} right** after epoch {len(ended)}: {run.words.many} that it does not "
        "learn from, held out to check each epoch."
    )
    viewer, one = VIEWS[run.task].data.viewer, run.words.one
    strip(
        viewer.glimpses(run.dataset(), [example.sha256 for example in examples]),
        [f"Validation {one} {number}" for number in range(1, len(examples) + 1)],
        ["right" if is_right else "wrong" for is_right in right],
        key=key_of(key, run.id),
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _sample(folder: str, version: int) -> list[Example]:
    """The sample of a run; its settings and that version of its data never change."""
    run = Run.existing(Path(folder))
    manifest = manifest_of(run.dataset(), version)
    places = assign_splits(run.config(), manifest)
    validation = only(manifest.examples, are_placed(places, "validation"))
    own = columns_of(validation)
    number = np.array([manifest.classes.index(label) for label in own.labels], np.int64)
    return [validation[place] for place in validation_sample.positions(number[own.label])]
