"""Form for a new experiment: data, options and a card for each of the three. One click starts it."""

from __future__ import annotations

import shlex
from pathlib import Path

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.shared.selection.chooser import choose_one, choose_several
from pages.components.shared.selection.selection import choose_dataset, manifest_of, show_no_data, summary
from pages.components.shared.text import counted, plain, rough_duration, show_error
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.weights import weights
from tlcore.commands.experiment_plan import cap_epochs, expected_seconds, plan_experiment
from tlcore.config import DEFAULT_BACKBONES, RunConfig
from tlcore.config.settings import SETTINGS
from tlcore.config.task import INPUTS
from tlcore.config.training import TrainingConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Task
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.errors import ConfigError, GraftError
from tlcore.plan import recall
from tlcore.runs.experiments import DESIGNS, Design
from tlcore.runs.experiments.experiment import Experiment, ExperimentKind
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace, new_id, slug

ICONS: dict[ExperimentKind, str] = {
    "race": ":material/sports_score:",
    "unfreeze": ":material/ac_unit:",
    "amount": ":material/stacked_line_chart:",
}
STARTED = "experiment_begun"  # in the session
MOST_EPOCHS = TrainingConfig().epochs


class ExperimentChoice(msgspec.Struct, frozen=True):
    """Options of the command: `racers` for the race (none: all that are ready), `backbone` for the others."""

    racers: tuple[str, ...]
    backbone: str
    sizes: tuple[int, ...]
    epochs: int
    with_random: bool

    def backbones(self, design: Design) -> tuple[str, ...]:
        return self.racers if design.races else (self.backbone,)


def show() -> None:
    """Form; only a link to the Data page while there is no data set."""
    dataset = choose_dataset()
    if dataset is None:
        show_no_data()
        return
    task = summary(dataset).task
    cards = st.container()
    with st.expander("Options", icon=":material/tune:"):
        choice = _options(task)
        with st.popover("As commands", icon=":material/terminal:"):
            for design in DESIGNS.values():
                words = ["python", "-m", "tlcore", *arguments(design, dataset.folder, Path("DIR"), choice)]
                st.code(shlex.join(words), language="bash", wrap_lines=True)
    with cards, st.grid(3, min_column_width=260):
        for design in DESIGNS.values():
            with st.container(
                border=True,
                height="stretch",
                vertical_alignment="distribute",
                key=f"card_{design.name}",
            ):
                _card(design, dataset, WORDS[task], choice)


def _options(task: Task) -> ExperimentChoice:
    left, right = st.columns(2)
    racers, backbone = _backbones(task, left, right)
    epochs = left.number_input(
        SETTINGS["training.epochs"].title,
        1,
        MOST_EPOCHS,
        MOST_EPOCHS,
        key="experiment_epochs",
        persist_state="session",
        help="Per phase of training. Fewer are faster, but too few tell little.",
    )
    numbers = _sizes(WORDS[task], right)
    with_random = st.toggle(
        "Also train from random weights",
        key="experiment_random",
        persist_state="session",
        help="Shows what pretraining was worth. These runs come last and take longest.",
    )
    return ExperimentChoice(racers, backbone, numbers, int(epochs), with_random)


def _sizes(words: TaskWords, place: DeltaGenerator) -> tuple[int, ...]:
    """Numbers of examples to try; what is no number is refused by the experiment that takes them."""
    text = place.text_input(
        f"{words.many.capitalize()}{words.each} to try",
        placeholder="5, 10, 20 … as many as fit",
        key="experiment_sizes",
        persist_state="session",
        help=f"Numbers separated by commas. The experiment also trains on all {words.many}.",
    )
    try:
        return tuple(int(part) for part in text.replace(";", ",").split(",") if part.strip())
    except ValueError:
        remedy = "Enter whole numbers separated by commas, such as 5, 10."
        show_error(ConfigError("These are not numbers.", received=text, remedy=remedy), place)
        return (0,)


def _backbones(task: Task, left: DeltaGenerator, right: DeltaGenerator) -> tuple[tuple[str, ...], str]:
    """Boxes for the backbones of the race (none: all that are ready) and of the other experiments."""
    entries = catalogue.catalogue(task)
    ready = [id for id, entry in entries.items() if weights.is_ready(entry)]

    names = {id: entry.name + ("" if id in ready else " (download needed)") for id, entry in entries.items()}
    racers = choose_several(
        "Backbones in the race",
        names,
        ready,
        within=left,
        key=f"racers_{task}",
        persist_state="session",
        help="None chosen: all that are ready on this computer.",
    )
    backbone = choose_one(
        "Backbone for the other two",
        names,
        DEFAULT_BACKBONES[task],
        within=right,
        key=f"experiment_backbone_{task}",
        persist_state="session",
    )
    # Without names the command takes all that are ready, and says so where they are too few.
    return () if racers == ready else tuple(racers), backbone


def _card(design: Design, dataset: Dataset, words: TaskWords, choice: ExperimentChoice) -> None:
    """Card of one experiment: its question, its cost, its button."""
    version = dataset.manifest(dataset.latest).stat().st_mtime_ns
    speed = recall(Workspace(), INPUTS[summary(dataset).task])
    arms, expected, problem = _estimate(
        design.name, str(dataset.folder), choice, (version, speed.macs_per_second if speed else 0.0)
    )
    with st.container():
        st.markdown(f"**{ICONS[design.name]} {design.titled(words)}**")
        st.caption(design.asks(words))
        cost = f":material/schedule: {counted(arms, 'run')}, {rough_duration(expected)}"
        st.caption(f":material/info: {problem}" if problem else cost)
    if st.button(
        "Start",
        icon=":material/play_arrow:",
        key=f"start_{design.name}",
        disabled=bool(problem),
        width="stretch",
    ):
        try:
            with st.spinner("Starting …"):
                _start(design, dataset, choice)
        except GraftError as error:
            show_error(error)
            return
        st.rerun()


@st.cache_data(max_entries=64, show_spinner=False)
def _estimate(
    kind: ExperimentKind, folder: str, choice: ExperimentChoice, versions: tuple[int, float]
) -> tuple[int, float, str]:
    """Number of runs and their seconds, or the reason why it cannot start, as Markdown.

    Args:
        versions: of the data, and the speed of this machine: others make a new estimate.
    """
    design = DESIGNS[kind]
    try:
        manifest = manifest_of(Dataset(Path(folder)))
        config = cap_epochs(RunConfig(data=folder), choice.epochs)
        asked = plan_experiment(
            design, config, manifest, choice.backbones(design), choice.sizes, choice.with_random
        )
        return len(asked.arms), expected_seconds(asked, manifest, Workspace()), ""
    except GraftError as error:
        return 0, 0.0, plain(error)


def pop_started() -> str:
    """Id of the experiment that was started just now, to show it next; "" when there is none."""
    return str(st.session_state.pop(STARTED, ""))


def _start(design: Design, dataset: Dataset, choice: ExperimentChoice) -> None:
    """Start the command that a person could type, as a job of its own.

    Its id is stored at once, so that no other click keeps it from being shown.

    Raises:
        GraftError: it did not start; says why.
    """
    name = f"{slug(summary(dataset).name, most=24)} {design.name}"
    experiment = Experiment(Workspace().experiments / new_id(name))
    BACKEND.start(experiment, arguments(design, dataset.folder, experiment.folder, choice))
    st.session_state[STARTED] = experiment.id


def arguments(design: Design, data: Path, out: Path, choice: ExperimentChoice) -> list[str]:
    """Arguments of the command."""
    backbones = ",".join(choice.backbones(design))
    parts = ["experiment", design.name, str(data), "--out", str(out), "--epochs", str(choice.epochs)]
    if backbones:
        parts += ["--backbones", backbones]
    if choice.sizes and design.sized:
        parts += ["--sizes", ",".join(map(str, choice.sizes))]
    if not (choice.with_random or design.races):
        parts += ["--no-random"]
    return parts
