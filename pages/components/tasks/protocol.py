"""What a task has to say and to draw on the pages; each task's module makes one of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pages.components.shared.datasets.facts import DatasetFacts
from pages.components.shared.viewers.viewer import Viewer
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.edits import ExampleState
from tlcore.data.manifest import Example, Manifest
from tlcore.plan import Plan
from tlcore.runs.run import Run

Later = Callable[[RunConfig, Plan, Dataset, Manifest], None]
Fact = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """One task on the pages. Sentences are our own Markdown; `plain` is for everything from outside.

    Attributes:
        icon: its material icon.
        bring: how to bring examples, for the explanation on the Data page.
        generated: what is said of a sample that this program made.
        piece: what is counted as it was sent: one file, say.
        block: what one block of its backbones is called.
        leaving: what the sides of a block's output are.
        usual: an example of usual size, for speeds, and that size; None: the backbone's own.
        presets: sets of defaults to start from, each with its name; the recommended one first.
        labelling: how to give a class to examples that have none, as a sentence.
        looked_for: the kinds of problem that are looked for, as the end of a sentence.
        search: what a box to search in says while it is empty.
        has: for a data set, whether an example has these words, given in lower case, in it.
        editor: shows examples, to look through and to change, in the order given; the last two arguments are
            a key and a name for this choice of examples.
        captioned: shows examples as (sha256, caption) pairs; the last argument is a key. Captions are text.
        ask: the ways to ask a finished model, or two side by side, each with its answers.
        closer: how its examples are looked at one by one, and many at a glance.
        own_folder: what a folder with a backbone of one's own must hold; "" where none is taken.
        known_for: the figure that tells its backbones apart: what it is called, its value, a help text.
        columns: what the table of backbones has besides, by column.
        own_settings: settings that only this task has, in a box of their own, if it has any: a preset's name
            (for the keys), the configuration so far and the data become the configuration with them, and what
            draws into that box once the cost is known.
        input_settings: how examples enter the backbone: a preset's name, the configuration, the backbone.
        entering: the same, as a sentence beside the cost.
    """

    icon: str
    bring: str
    generated: str
    piece: str
    block: str
    leaving: str
    usual: tuple[str, int | None]
    presets: Mapping[str, tuple[str, RunConfig]]
    labelling: str
    looked_for: str
    search: str
    has: Callable[[Dataset], Callable[[Example, str], bool]]
    editor: Callable[[Dataset, Manifest, DatasetFacts, Sequence[ExampleState], str, str], None]
    captioned: Callable[[Dataset, Sequence[tuple[str, str]], str], None]
    ask: Callable[[tuple[Run, ...]], None]
    closer: Viewer
    own_folder: str = ""
    known_for: Callable[[Backbone], Fact]
    columns: Callable[[Backbone], dict[str, object]]
    own_settings: Callable[[str, RunConfig, Manifest], tuple[RunConfig, Later]]
    input_settings: Callable[[str, RunConfig, Backbone], RunConfig]
    entering: Callable[[RunConfig, Plan], str]
