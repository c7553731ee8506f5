"""The coach's card: after a run, one thing to try next, the reason, and a button that starts it.

It is worked out again only when a file that it depends on changes; of other runs these are only
`config.json` and the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.components.shared.runs.start_run import start
from pages.components.shared.selection.addresses import join_ids
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.selection import all_runs, manifest_of
from pages.components.shared.text import plain, rough_duration, show_error
from tlcore.coach import gather
from tlcore.coach.suggestion import Suggestion, no_suggestion, positions_of_followers, suggest
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.errors import GraftError
from tlcore.plan import plan
from tlcore.runs.job import ALIVE
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

AFTER = "after"  # in a run's address: the id of the run whose card started it
INPUT_FILES = ("config.json", "metrics.jsonl", "report.json", "status.json")
HELP = "Rules of thumb for this run's curves and data. It never suggests what you have already tried."


@dataclass(frozen=True)
class Advice:
    """The content of the card.

    Attributes:
        reason: why there is no suggestion.
        seconds: an estimate for all epochs of the suggested run.
        followers: ids of runs that have tried what this run suggests.
    """

    suggestion: Suggestion | None
    reason: str
    seconds: float = 0.0
    followers: tuple[str, ...] = ()


def show(run: Run) -> None:
    """The card; nothing for a run at work, one without data, or a failed one without a suggestion."""
    dataset = run.dataset()
    state = BACKEND.status(run).state
    if state in ALIVE or state == "new" or not dataset.is_ready:
        return
    same = {other.id: other for other in all_runs() if _data_of(other) == str(dataset.folder)}  # newest first
    others = [other for id, other in same.items() if id != run.id]
    try:
        advice = _advice(str(run.folder), tuple(str(other.folder) for other in others), _stamp(run, others))
    except GraftError:  # without its backbone no such run can be started
        return
    if advice.suggestion is None and not run.has_model:
        return
    place = list(same).index(run.id)
    newer, older = list(same)[:place], list(same)[place + 1 :]
    with st.container(border=True, key="coach"):
        st.header("One thing to try next", anchor=False, help=HELP)
        if advice.suggestion is None:
            st.markdown(plain(advice.reason))
        else:
            _suggestion(run, dataset, advice.suggestion, advice.seconds)
        before = [id for id in older if id == st.query_params.get(AFTER)]
        _compare(run, before, [id for id in newer if id in advice.followers])


def _suggestion(run: Run, dataset: Dataset, suggestion: Suggestion, seconds: float) -> None:
    st.markdown(plain(suggestion.finding))
    st.markdown(f"**{plain(suggestion.advice)}** {plain(suggestion.why)}")
    st.markdown(
        "\n".join(
            f"- {plain(change.setting)}: {plain(change.old)} → **{plain(change.new)}**"
            for change in suggestion.changes
        )
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Start this run", icon=":material/play_arrow:", key=key_of("coach", run.id))
        st.caption(
            f"Everything else stays the same. At most {rough_duration(seconds)}. This run stays as it is.",
            width="stretch",
        )
    if pressed:
        try:
            start(dataset, suggestion.config, **{AFTER: run.id})
        except GraftError as error:
            show_error(error)


def _compare(run: Run, before: list[str], after: list[str]) -> None:
    """A link to Compare with this run, the run before it and the runs that followed it."""
    if before or after:
        st.page_link(
            "pages/compare.py",
            label="Compare with the runs that followed" if after else "Compare with the run before it",
            query_params={"runs": join_ids([*before, run.id, *reversed(after)])},
            icon=":material/compare_arrows:",
        )


def _data_of(run: Run) -> str:
    """The folder of a run's data set; "" if its settings cannot be read."""
    config = _config(str(run.folder), _modified(run.folder / "config.json"))
    return config.data if config else ""


@st.cache_resource(max_entries=2000, show_spinner=False)
def _config(folder: str, modified: int) -> RunConfig | None:
    return gather.config_of(Run(Path(folder)))


def _stamp(run: Run, others: list[Run]) -> tuple[int, ...]:
    own = [run.folder / name for name in INPUT_FILES]
    data = run.dataset().manifest(run.config().data_version)
    theirs = [path for other in others for path in (other.folder / "config.json", other.model)]
    return tuple(map(_modified, [*own, data, *theirs]))


def _modified(path: Path) -> int:
    """The time of a file's last change in nanoseconds; 0 if there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@st.cache_data(max_entries=100, show_spinner=False)
def _advice(folder: str, others: tuple[str, ...], stamp: tuple[int, ...]) -> Advice:
    """Advice for the run in `folder`, given the other runs on its data; `stamp` changes with their files."""
    run = Run(Path(folder))
    manifest = manifest_of(run.dataset(), run.config().data_version)
    configs = [(Run(Path(it)), _config(it, _modified(Path(it) / "config.json"))) for it in others]
    tried = [(other, config) for other, config in configs if config]
    evidence = gather.evidence(run, manifest, tried)
    followers = tuple(tried[place][0].id for place in positions_of_followers(evidence))
    suggestion = suggest(evidence)
    if suggestion is None:
        return Advice(None, no_suggestion(evidence), followers=followers)
    return Advice(suggestion, "", plan(suggestion.config, manifest, Workspace()).seconds, followers)
