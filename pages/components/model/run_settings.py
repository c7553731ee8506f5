"""The settings of a run as boxes, in the order in which examples flow: what is frozen, the head, the data.

Each setting stands beside the step that it affects, with a sentence of what it does. A box gives back the
configuration with its settings, and what it draws once all of them, and so the cost, are known.
"""

from __future__ import annotations

from collections import Counter

import msgspec
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.model import freezing as model_freezing
from pages.components.model import training_settings
from pages.components.shared.selection.chooser import choose_segment
from pages.components.shared.text import escape_formulas
from pages.components.tasks.protocol import Later
from pages.components.tasks.tasks import VIEWS
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.config import HEAD_RATE, RunConfig, resolved
from tlcore.config.split import SplitConfig
from tlcore.config.training import HeadConfig
from tlcore.data.class_weights import class_weights
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest, Task
from tlcore.data.splits import assign
from tlcore.data.task_words import WORDS
from tlcore.errors import printable
from tlcore.plan import Plan

WIDTHS = (16, 32, 64, 128, 256, 512, 1024)
TUNE = ":material/tune:"


def preset(task: Task) -> str:
    """Which of the task's sets of defaults to start from; nothing is asked where there is one."""
    presets = VIEWS[task].presets
    first = next(iter(presets))
    if len(presets) == 1:
        return first
    return choose_segment(
        "Start from",
        {name: title for name, (title, _) in presets.items()},
        first,
        key="preset",
        persist_state="session",
        help="The tutorial's recipe: ResNet50, one hidden layer of 1,024, RMSprop, everything frozen.",
    )


def freezing(name: str, config: RunConfig, backbone: Backbone) -> tuple[RunConfig, Later]:
    """How much of the backbone trains with the head, and how; the network as a picture.

    Args:
        name: the preset's, for the keys.
    """
    words = WORDS[backbone.task]
    unfreeze, picture = model_freezing.choose(backbone)
    below = st.container()
    pretrained = True
    if unfreeze == "all":
        pretrained = not st.toggle(
            "Forget what it has learned",
            not config.pretrained,
            key=f"random_{name}",
            persist_state="session",
            help="Starts the whole network from random weights, to see what its training was worth. It needs "
            f"far more {words.many} and epochs to get anywhere. It trains by the recipe of the head.",
        )
    finder: DeltaGenerator | None = None
    tuning = config.fine_tuning
    if unfreeze != 0 and pretrained:
        with below.expander(f"How the unfrozen {words.block}s train", icon=TUNE):
            automatic = resolved(config, backbone.task).fine_tuning
            tuning, finder = training_settings.tuning_recipe(name, tuning, words, automatic)

    def later(config: RunConfig, cost: Plan, dataset: Dataset, manifest: Manifest) -> None:
        model_freezing.show(picture, backbone, cost, len(manifest.classes))
        if finder is not None:
            training_settings.offer_rate(finder, dataset, config, "fine-tuning")

    return (
        msgspec.structs.replace(config, unfreeze=unfreeze, pretrained=pretrained, fine_tuning=tuning),
        later,
    )


def head(name: str, config: RunConfig, task: Task) -> tuple[RunConfig, Later]:
    """Its size, and how it trains; arguments as before."""
    shape = _head_shape(name, config.head)
    title = "How the head trains" if config.pretrained else "How the network trains"
    with st.expander(title, icon=TUNE):
        training, finder = training_settings.head_recipe(name, config.training, WORDS[task], HEAD_RATE)

    def later(config: RunConfig, cost: Plan, dataset: Dataset, manifest: Manifest) -> None:
        training_settings.offer_rate(finder, dataset, config, "head")

    return msgspec.structs.replace(config, head=shape, training=training), later


def _head_shape(name: str, default: HeadConfig) -> HeadConfig:
    layers = choose_segment(
        "Hidden layers",
        {layers: str(layers) for layers in range(3)},
        len(default.hidden),
        key=f"layers_{name}",
        persist_state="session",
        help="Layers between the backbone and the answer. None is the simplest model; one is usually enough.",
    )
    hidden = tuple(_width(name, depth, default.hidden) for depth in range(layers))
    dropout = st.slider(
        "Dropout",
        0.0,
        0.8,
        default.dropout,
        0.05,
        key=f"dropout_{name}",
        persist_state="session",
        help="The share of the head's numbers hidden at random in each step: against learning by heart.",
    )
    return HeadConfig(hidden=hidden, dropout=dropout)


def _width(name: str, depth: int, default: tuple[int, ...]) -> int:
    return st.select_slider(
        "Size of the hidden layer" if depth == 0 else "Size of the second one",
        WIDTHS,
        default[depth] if depth < len(default) else (128, 64)[depth],
        key=f"width_{name}_{depth}",
        persist_state="session",
        help="More can tell finer differences, and can learn a small data set by heart.",
    )


def data(name: str, config: RunConfig, manifest: Manifest) -> RunConfig:
    """What is trained on and what is held out, and what each class counts; arguments as before."""
    split = _split(name, config.split, manifest)
    places = assign(manifest, split)
    there = {part: f"{places.count(part):,}" for part in ("train", "validation", "test")}  # type: ignore[arg-type]
    st.caption(
        f"{there['train']} {WORDS[manifest.task].many} to train on, {there['validation']} for validation, "
        f"{there['test']} for the test."
    )
    trained = Counter(e.label for e, place in zip(manifest.examples, places, strict=True) if place == "train")
    counts = [trained[label] for label in manifest.classes]
    weighed = _classes(name, config.training.class_weights != "none", manifest, counts)
    training = msgspec.structs.replace(config.training, class_weights="auto" if weighed else "none")
    return msgspec.structs.replace(config, split=split, training=training, seed=split.seed)


def _split(name: str, default: SplitConfig, manifest: Manifest) -> SplitConfig:
    validation, test = _shares(name, default, manifest)
    first, second = st.columns(2)
    words = WORDS[manifest.task]
    most = first.number_input(
        f"Training {words.many} per class",
        1,
        value=default.most_per_class,
        placeholder="All",
        key=f"most_{name}",
        persist_state="session",
        help="At most so many are used, to see how far fewer would get. Empty: all of them.",
    )
    seed = second.number_input(
        "Seed",
        0,
        9999,
        default.seed,
        key=f"seed_{name}",
        persist_state="session",
        help=f"Decides by lot which {words.many} are held out, the first weights and the order of training. "
        "The same seed on the same data gives the same result.",
    )
    grouped, brought = _kept(name, default, manifest)
    return SplitConfig(
        validation=validation, test=test, seed=seed, most_per_class=most, grouped=grouped, brought=brought
    )


def _shares(name: str, default: SplitConfig, manifest: Manifest) -> tuple[float, float]:
    """The shares of each class that are held out: for validation, and for the test."""
    words = WORDS[manifest.task]
    first, second = st.columns(2)
    validation = _held_out(
        first,
        "Validation %",
        default.validation,
        f"validation_{name}",
        f"Held out to see, while training, how well new {words.many} are answered. A validation part that "
        "came with the data is used instead.",
    )
    test = _held_out(
        second,
        "Test %",
        default.test,
        f"test_{name}",
        "Held out to the very end, for the honest score: never trained on. A test part that came with the "
        "data is used instead.",
    )
    return validation, test


def _kept(name: str, default: SplitConfig, manifest: Manifest) -> tuple[bool, bool]:
    """Whether look-alikes stay together, and whether parts that came with the data are kept."""
    words, came = WORDS[manifest.task], manifest.brought_splits()
    first, second = st.columns(2)
    grouped = first.toggle(
        "Look-alikes stay together",
        default.grouped,
        key=f"grouped_{name}",
        persist_state="session",
        help=f"Near copies of one {words.one} never part between training and test: one that was learned by "
        "heart would count as understood, and the score would be too good.",
    )
    brought = second.toggle(
        "Split as it came",
        default.brought,
        key=f"brought_{name}",
        disabled=not came,
        persist_state="session",
        help=f"This data set came with its own parts: {', '.join(sorted(came))}. Off: all is drawn anew."
        if came
        else "For data that come with their own train, validation or test part. These came without.",
    )
    return grouped, brought


def _held_out(column: DeltaGenerator, label: str, default: float, key: str, help: str) -> float:
    """A share of each class."""
    share = column.slider(label, 5, 40, round(100 * default), 5, key=key, persist_state="session", help=help)
    return share / 100


def _classes(name: str, default: bool, manifest: Manifest, counts: list[int]) -> bool:
    """Whether rarer classes count more: where they are uneven, a table of what each counts.

    Args:
        counts: training examples of each class.
    """
    words = WORDS[manifest.task]
    weights = class_weights(counts)
    if weights is None:
        st.caption(f"Your classes are even enough: every training {words.one} counts the same.")
        return default
    weighed = st.toggle(
        "Let the rarer classes count more",
        default,
        key=f"class_weights_{name}",
        persist_state="session",
        help="Else a model does well by naming the common classes. The weight goes with the square root of "
        "how rare a class is, and is 1 on average.",
    )
    st.dataframe(
        escape_formulas(
            pd.DataFrame(
                {
                    "Class": [printable(label) for label in manifest.classes],
                    f"Training {words.many}": counts,
                    "Each counts": [weight if weighed else 1.0 for weight in weights],
                }
            )
        ),
        column_config={
            "Class": st.column_config.TextColumn(width=150),  # narrow: all three fit a phone
            f"Training {words.many}": st.column_config.NumberColumn(width=95),
            "Each counts": st.column_config.NumberColumn(width=80, format="%.2f"),
        },
        hide_index=True,
        height="auto" if len(counts) <= 8 else 300,
    )
    return weighed
