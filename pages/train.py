"""Train: one run, live while it works; at its end what it reached, and the way to try it or take it home."""

from __future__ import annotations

from pathlib import Path

import msgspec
import streamlit as st

from pages.components.shared.runs import coach, results, runs_list
from pages.components.shared.runs.start_run import start
from pages.components.shared.selection.chooser import choose_or_none
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.run_names import run_label, run_names
from pages.components.shared.selection.selection import (
    all_runs,
    choose_run,
    dataset_name,
    dataset_names,
    ready_datasets,
    summary,
)
from pages.components.shared.text import isolated, page_header, plain, show_error
from pages.components.shared.trash import delete, notices
from pages.components.tasks.tasks import task_of, words_of
from pages.components.train import training_curves
from tlcore.data.dataset import Dataset
from tlcore.errors import GraftError
from tlcore.export.take_home import bundle
from tlcore.runs.backend import LocalBackend, tail
from tlcore.runs.job import ALIVE
from tlcore.runs.queue import waiting_names
from tlcore.runs.run import Run
from tlcore.workspace import Workspace, slug

PURPOSE = "Watch a model learn, stop it when you like, and see what it reached."
EXPLANATION = """
In each **epoch** the model sees every training example once. The **loss** says how far its answers are from
the right ones: it should fall. **Validation** examples are held out: when their loss stops falling while the
training loss goes on, the model has begun to learn them by heart. Training stops by itself then and
keeps the best epoch.

You may close this page: the run goes on, and its address brings you back.
"""


def main() -> None:
    """The page."""
    page_header("Train", PURPOSE, EXPLANATION, label="What do the curves say?")
    notices.above("train")
    run = choose_run(all_runs())
    if run is None:
        st.info("Nothing has been trained yet. Set up a model first.", icon=":material/info:")
        if st.button("Go to Model", type="primary"):
            st.switch_page("pages/model.py")
        return
    try:
        _show(run)
    except GraftError as error:
        show_error(error)
    _details(run)


def _show(run: Run) -> None:
    _its_data(run)
    status = run.status()
    if status.state in ALIVE:
        _queue(run)
        training_curves.watch(run)
        return
    _ended(run)
    if run.has_model:
        results.show(run, run.report())
    coach.show(run)
    if run.has_model:
        with st.expander("Curves", icon=":material/show_chart:", expanded=True):
            training_curves.watch(run)


def _its_data(run: Run) -> None:
    """Which data set it is trained on, and which version of it: there may be newer ones."""
    config = run.config()
    dataset = Dataset(Path(config.data))
    if not config.data or not dataset.is_ready:
        return
    newest = f" (the newest is {dataset.latest})" if dataset.latest > config.data_version else ""
    st.page_link(
        "pages/data.py",
        label=f"{isolated(dataset_name(dataset))}, version {config.data_version}{newest}",
        icon=":material/photo_library:",
        query_params={"data": dataset.id},
    )


def _queue(run: Run) -> None:
    try:
        names = waiting_names(Workspace().queue)
    except (GraftError, OSError):  # the line is kept with locks, and nobody may make one here
        return
    if run.id in names and len(names) > 1:
        called = run_names()
        labels = {id: run_label(id, called.get(id, "")) for id in names}
        line = " → ".join(f"**{label}**" if id == run.id else label for id, label in labels.items())
        st.info(f"One run trains at a time. In line: {line}", icon=":material/hourglass_empty:")


def _ended(run: Run) -> None:
    status = run.status()
    with st.container(horizontal=True, vertical_alignment="center"):
        runs_list.badge(status)
        if run.has_model and st.button("Evaluate", type="primary", icon=":material/monitoring:"):
            st.switch_page("pages/evaluate.py", query_params={"run": run.id})
        if run.has_model and st.button("Try it", icon=":material/search:"):
            st.switch_page("pages/predict.py", query_params={"run": run.id})
        if run.has_model:
            st.download_button(
                "Take it home",
                data=lambda: bundle(run).open("rb"),
                file_name=f"{slug(run.id, 'model', 100)}.zip",
                mime="application/zip",
                icon=":material/download:",
                on_click="ignore",
                help="model.keras, labels.json and a short predict.py that answers the same without Graft. "
                "Only whether something is like nothing it was trained on, it does not tell.",
            )
            _continue(run)
        if status.state in ("lost", "failed", "cancelled", "new"):
            label = "Start" if status.state == "new" else "Go on"
            if st.button(
                label, icon=":material/play_arrow:", type="secondary" if run.has_model else "primary"
            ):
                LocalBackend().submit(run)
                st.rerun()
    if status.state == "failed":
        show_error(GraftError(status.error or "The run failed."))
    if status.state == "lost":
        st.warning(
            "The run was interrupted: its process is gone. What was finished is kept; go on when you like.",
            icon=":material/power_off:",
        )
    if status.message and status.state == "cancelled":
        st.caption(f"{plain(status.message)}.")


def _continue(run: Run) -> None:
    with st.popover("Train further", icon=":material/forward:"):
        st.caption("A new run starts from this model's weights; this run stays as it is.")
        more = st.number_input("More epochs at most", 1, 1000, 10, key=key_of("more", run.id))
        same = {d.id: d for d in _fitting_datasets(run)}
        names = dataset_names()
        chosen = choose_or_none(
            words_of(run).many.capitalize(),
            {id: names.get(id, id) for id in same},
            next(iter(same), None),
            key=key_of("on", run.id),
        )
        if (
            st.button("Train further", type="primary", key=key_of("further", run.id), disabled=not same)
            and chosen
        ):
            config = run.config()
            config = msgspec.structs.replace(
                config,
                start_from=str(run.folder),
                training=msgspec.structs.replace(config.training, epochs=int(more)),
                fine_tuning=msgspec.structs.replace(config.fine_tuning, epochs=int(more)),
            )
            start(same[chosen], config)


def _fitting_datasets(run: Run) -> list[Dataset]:
    """Data sets of this run's task and classes, its own first."""
    own, wanted = Path(run.config().data), (task_of(run), run.labels())
    fitting = [d for d in ready_datasets() if (summary(d).task, summary(d).classes) == wanted]
    return sorted(fitting, key=lambda d: d.folder != own)


def _as_written(run: Run) -> str:
    """Its settings, as the file has them."""
    try:
        return (run.folder / "config.json").read_text(encoding="utf-8", errors="replace")
    except OSError:  # deleted in another tab
        return ""


def _details(run: Run) -> None:
    with st.expander("Settings and log", icon=":material/description:"):
        st.caption("The files of this run are in its folder:")
        st.code(str(run.folder), language=None, wrap_lines=True)
        st.code(_as_written(run), language="json")
        st.code(tail(run.log, 4000) or "No log yet.", language=None)
    if run.status().state not in ALIVE:
        delete.delete_button(run.folder, key_of("delete", run.id))


main()
notices.below("train")
