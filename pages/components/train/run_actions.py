"""The buttons of a run that is not training: evaluate, try, download, train further, go on."""

from __future__ import annotations

import msgspec
import streamlit as st

from pages.components.shared.download import download_file
from pages.components.shared.runs.runs_list import badge, device_badge
from pages.components.shared.runs.start_run import start
from pages.components.shared.selection.chooser import choose_or_none
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.selection import dataset_names, ready_datasets, summary
from pages.components.train import share_card
from tlcore.backbones.catalogue import catalogue
from tlcore.config import RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.config.training import FineTuningConfig
from tlcore.data.dataset import Dataset
from tlcore.export.folder.files import bundle
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND

DOWNLOAD_HELP = (
    "A ZIP file with model.keras and a short predict.py. It gives the same answers without Graft, but no "
    "warning when an example is unlike anything in training."
)

BLOCKS_HELP = (
    "Blocks of its network that learn, too, counted from the end. 0: only its last layer does. More adapt it "
    "further, and take longer."
)
EXPORT_HELP = "Files for apps and other programs, each proven to answer as the model does."


def show(run: Run) -> None:
    """The badge and the buttons in one row."""
    status = BACKEND.status(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        badge(status)
        if status.device:
            device_badge(status)
        if run.has_model:
            _use_model(run)
        if status.state in ("lost", "failed", "cancelled", "new"):
            label = "Start" if status.state == "new" else "Go on"
            if st.button(
                label, icon=":material/play_arrow:", type="secondary" if run.has_model else "primary"
            ):
                BACKEND.submit(run)
                st.rerun()


def _use_model(run: Run) -> None:
    if st.button("Evaluate", type="primary", icon=":material/monitoring:"):
        st.switch_page("pages/evaluate.py", query_params={"run": run.id})
    if st.button("Try it", icon=":material/search:"):
        st.switch_page("pages/predict.py", query_params={"run": run.id})
    if st.button("Export", icon=":material/inventory_2:", help=EXPORT_HELP):
        st.switch_page("pages/export.py", query_params={"run": run.id})
    download_file("Download the model", lambda: bundle(run), run.id, help=DOWNLOAD_HELP)
    if not run.is_from_elsewhere:  # the card says that the model has never seen what it was tested on
        share_card.button(run)
    with st.popover("Train further", icon=":material/forward:"):
        _train_further(run)


def _train_further(run: Run) -> None:
    """A form that starts a new run from this run's weights."""
    st.caption("Starts a new run from this model's weights. This run stays as it is.")
    epochs = int(st.number_input("Epochs at most", 1, 1000, 10, key=key_of("more", run.id)))
    blocks = _blocks(run)
    choices, names = {dataset.id: dataset for dataset in _fitting_datasets(run)}, dataset_names()
    chosen = choose_or_none(
        run.words.many.capitalize(),
        {id: names.get(id, id) for id in choices},
        next(iter(choices), None),
        key=key_of("on", run.id),
    )
    key = key_of("further", run.id)
    if st.button("Train further", type="primary", key=key, disabled=not choices) and chosen:
        start(choices[chosen], _further_config(run, epochs, blocks))


def _blocks(run: Run) -> int | str:
    """The number of blocks that train with the head: as before, or as a person says of one from elsewhere,
    for which nobody has decided it.
    """
    unfreeze = run.config().unfreeze
    if not run.is_from_elsewhere or not isinstance(unfreeze, int):
        return unfreeze
    most = len(catalogue.get(run.config().backbone).blocks)
    return int(
        st.number_input(
            "Blocks unfrozen", 0, most, min(unfreeze, most), key=key_of("blocks", run.id), help=BLOCKS_HELP
        )
    )


def _further_config(run: Run, epochs: int, blocks: int | str) -> RunConfig:
    config = run.config()
    if blocks != config.unfreeze:  # its rate and mixup are chosen anew
        config = msgspec.structs.replace(
            config, unfreeze=blocks, fine_tuning=FineTuningConfig(), augmentation=AugmentationConfig()
        )
    return msgspec.structs.replace(
        config,
        start_from=str(run.folder),
        training=msgspec.structs.replace(config.training, epochs=epochs),
        fine_tuning=msgspec.structs.replace(config.fine_tuning, epochs=epochs),
    )


def _fitting_datasets(run: Run) -> list[Dataset]:
    """Data sets with this run's task and classes, its own first."""
    own, task_and_classes = run.dataset().folder, (run.task, run.labels())
    fitting = [d for d in ready_datasets() if (summary(d).task, summary(d).classes) == task_and_classes]
    return sorted(fitting, key=lambda d: d.folder != own)
