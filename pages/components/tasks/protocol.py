"""A task on the pages, in four parts: text, data view, settings, predict. Each task's module makes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from streamlit.delta_generator import DeltaGenerator

from pages.components.shared.datasets.facts import DatasetFacts
from pages.components.shared.selection.setting_controls import SettingControls
from pages.components.shared.viewers.viewer import Viewer
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, Manifest
from tlcore.data.versions.example_states import ExampleState
from tlcore.plan import Plan
from tlcore.runs.run import Run

BackboneFact = tuple[str, str, str]  # its name, its value, a help text


def no_board(dataset: Dataset, manifest: Manifest) -> bool:
    """For tasks whose examples are not drawn on."""
    return False


def nothing_above(dataset: Dataset, manifest: Manifest) -> None:
    """For tasks without further ways."""


@dataclass(frozen=True, kw_only=True)
class TaskText:
    """Sentences and an icon. They are our own Markdown; `plain` is for everything from outside.

    Attributes:
        icon: a material icon.
        how_to_bring: how to bring examples, for the explanation on the Data page.
        sample_note: a note on samples that this program made; "": it makes none.
        source_unit: what is counted as it was sent: one file, say.
        unlabelled: what is missing of examples of which nothing is said yet.
        labelling: how to say it of them, as a sentence.
        problem_kinds: the kinds of problem that are looked for, as the end of a sentence.
        search_hint: what an empty search box says.
    """

    icon: str
    how_to_bring: str
    sample_note: str
    source_unit: str
    unlabelled: str = "class"
    labelling: str
    problem_kinds: str
    search_hint: str


@dataclass(frozen=True, kw_only=True)
class DataView:
    """Examples on a page.

    Attributes:
        search: which of some examples of a data set, (n,), have these words, given in lower case, in them.
        editor: shows examples, to look through and to change, in the order given; the last two arguments are
            a key and a name for this choice of examples.
        captioned: shows examples as (sha256, caption) pairs; the last argument is a key. Captions are text.
        viewer: shows examples one by one, and many at a glance.
        board: shows the example that a person draws on, in place of all else; False where there is none.
        above: stands above the examples: a way to the board, or to another task.
    """

    search: Callable[[Dataset, Sequence[Example], str], np.ndarray]
    editor: Callable[[Dataset, Manifest, DatasetFacts, Sequence[ExampleState], str, str], None]
    captioned: Callable[[Dataset, Sequence[tuple[str, str]], str], None]
    viewer: Viewer
    board: Callable[[Dataset, Manifest], bool] = no_board
    above: Callable[[Dataset, Manifest], None] = nothing_above


@dataclass(frozen=True, kw_only=True)
class TaskSettings:
    """The Model page.

    Attributes:
        presets: sets of defaults to start from, each with its name; the recommended one first.
        usual_example: an example of usual size, for speeds, and that size; None: the backbone's own.
        own_folder: what a folder with a backbone of one's own must hold; "" where none is taken.
        backbone_fact: the figure that tells the task's backbones apart.
        backbone_columns: further columns of the table of backbones.
        backbone_note: words below that table; "" where it needs none.
        own: settings that only this task has, in a box of their own, if it has any, and a place in that box
            that `preview` draws into.
        preview: shows what these settings cost and do.
        input: how examples enter the backbone.
        input_sentence: the same, as a sentence beside the cost.
    """

    presets: Mapping[str, tuple[str, RunConfig]]
    usual_example: tuple[str, int | None]
    own_folder: str = ""
    backbone_fact: Callable[[Backbone], BackboneFact]
    backbone_columns: Callable[[Backbone], dict[str, object]]
    backbone_note: str = ""
    own: Callable[[SettingControls, RunConfig, Manifest], tuple[RunConfig, DeltaGenerator | None]]
    preview: Callable[[DeltaGenerator, RunConfig, Plan, Dataset, Manifest], None] | None = None
    input: Callable[[SettingControls, RunConfig, Backbone], RunConfig]
    input_sentence: Callable[[RunConfig, Plan], str]


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """One task on the pages. `predict` draws the ways to ask a finished model, or two, with the answers."""

    text: TaskText
    data: DataView
    settings: TaskSettings
    predict: Callable[[tuple[Run, ...]], None]
