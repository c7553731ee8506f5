"""The line of a run that came from somebody else: whether its examples came with it, and what to do."""

from __future__ import annotations

import streamlit as st

from tlcore.export.hand_on import bundle
from tlcore.runs.run import Run

WITH_EXAMPLES = "This run came from somebody else, with its {many}."
SMALL = "This run came from somebody else, with small {many} only."
WITHOUT_EXAMPLES = (
    "This run came from somebody else, without its {many}. To see them here, bring the same data set, then "
    "open the file or copy the run again. To train the model further, choose a data set with the same "
    "classes."
)


FROM_FILE = (
    "This model came from a file, and nobody can tell what it was trained on. Test it on your own {many} "
    "on the Evaluate page. To train it further, choose a data set with the same classes."
)


def has_own_data(run: Run) -> bool:
    """Tell whether what is here of its data came with it; errors as for `Run.config`."""
    return run.dataset().folder == run.folder / bundle.DATA


def show(run: Run) -> None:
    """The line; nothing for a run of this workspace's data."""
    if run.is_from_elsewhere:
        if not run.report().test.n:
            st.caption(f":material/move_to_inbox: {FROM_FILE.format(many=run.words.many)}")
    elif has_own_data(run):
        dataset = run.dataset()
        has_small = (dataset.folder / "thumbs").is_dir()
        said = WITH_EXAMPLES if dataset.is_ready else SMALL if has_small else WITHOUT_EXAMPLES
        st.caption(f":material/move_to_inbox: {said.format(many=run.words.many)}")
