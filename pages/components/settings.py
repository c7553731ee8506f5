"""The settings of a run as controls: each beside the step it affects, with a sentence of what it does.

Keys hold the preset's name, so that choosing another preset shows its values, and going back brings the
person's own changes back.
"""

from __future__ import annotations

from typing import Literal

import msgspec
import streamlit as st

from pages.components.tasks import SHOWN
from tlcore.backbones.catalogue import Backbone
from tlcore.config import HEAD_RATE, HeadConfig, RunConfig, SplitConfig, TrainingConfig
from tlcore.data.manifest import Task
from tlcore.data.words import WORDS, Words

FREEZE = {"all": "Everything", "part": "All but the last {block}s", "none": "Nothing"}
WIDTHS = (16, 32, 64, 128, 256, 512, 1024)


def preset(task: Task) -> str:
    """Which of the task's sets of defaults to start from; nothing is asked where there is one."""
    presets = SHOWN[task].presets
    first = next(iter(presets))
    if len(presets) == 1:
        return first
    return st.segmented_control(
        "Start from",
        list(presets),
        default=first,
        required=True,
        format_func=lambda name: presets[name][0],
        key="preset",
        persist_state="session",
        help="The tutorial's recipe: ResNet50, one hidden layer of 1,024, RMSprop, everything frozen.",
    )


def freezing(backbone: Backbone) -> int | Literal["all"]:
    """How many blocks from the end train with the head."""
    words, block = WORDS[backbone.task], SHOWN[backbone.task].block
    choice = st.segmented_control(
        "Keep frozen",
        list(FREEZE),
        default="all",
        required=True,
        format_func=lambda choice: FREEZE[choice].format(block=block),
        key="freeze",
        persist_state="session",
        help=f"Frozen {block}s keep what they know and are run only once per {words.one}.",
    )
    if choice == "all":
        st.caption("Only the head is trained: seconds. The right start.")
        return 0
    if choice == "none":
        st.caption(
            f"The whole network is trained, every {words.one} passes all of it in every epoch: slow on a CPU."
        )
        return "all"
    most = len(backbone.blocks) - 1
    count = 1
    if most > 1:  # a slider needs two ends
        count = st.slider(
            f"{block.capitalize()}s to train, counted from the end",
            1,
            most,
            2,
            key=f"blocks_{backbone.id}",
            persist_state="session",
        )
    names = [block.name for block in backbone.blocks[-count:]]
    st.caption(f"Trained with the head: {', '.join(names)}. The learning rate is made smaller for it.")
    return count


def head(name: str, default: HeadConfig) -> HeadConfig:
    """Hidden layers and dropout."""
    layers = st.segmented_control(
        "Hidden layers",
        [0, 1, 2],
        default=len(default.hidden),
        required=True,
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


def more(name: str, config: RunConfig, backbone: Backbone) -> RunConfig:
    """Everything else, for those who want it."""
    words = WORDS[backbone.task]
    st.markdown("**Training**")
    training = _training(name, config.training, words, HEAD_RATE)
    st.markdown(f"**{words.many.capitalize()}**")
    config = SHOWN[backbone.task].input_settings(name, config, backbone)
    st.markdown("**Split**")
    split, seed = _split(name, config, words)
    return msgspec.structs.replace(config, training=training, split=split, seed=seed)


def _training(name: str, default: TrainingConfig, words: Words, automatic: float) -> TrainingConfig:
    first, second = st.columns(2)
    epochs = first.number_input(
        "Epochs at most",
        1,
        1000,
        default.epochs,
        key=f"epochs_{name}",
        persist_state="session",
        help=f"One epoch passes every training {words.one} once.",
    )
    patience = second.number_input(
        "Patience",
        0,
        1000,
        default.patience,
        key=f"patience_{name}",
        persist_state="session",
        help="Stops after this many epochs without a better validation loss; 0 trains all epochs.",
    )
    rates = [None, 1e-2, 3e-3, 1e-3, 5e-4, 3e-4, 1e-4, 3e-5, 1e-5]
    rate = first.selectbox(
        "Learning rate",
        rates,
        rates.index(default.learning_rate),
        format_func=lambda r: f"Automatic ({automatic:g})" if r is None else f"{r:g}",
        key=f"rate_{name}",
        persist_state="session",
        help="How large the steps are: too large jumps about, too small never arrives.",
    )
    sizes, about = [8, 16, 32, 64, 128], f"{words.many.capitalize()} per training step."
    batch = second.selectbox("Batch size", sizes, 2, key=f"batch_{name}", persist_state="session", help=about)
    return msgspec.structs.replace(
        default, epochs=int(epochs), patience=int(patience), learning_rate=rate, batch_size=batch
    )


def _split(name: str, config: RunConfig, words: Words) -> tuple[SplitConfig, int]:
    st.caption(f"For {words.many} that came without their own split. The test part is never trained on.")
    first, second, third = st.columns(3)
    validation = first.slider(
        "Validation %",
        5,
        40,
        15,
        5,
        key=f"validation_{name}",
        persist_state="session",
        help="Held out to see, while training, how well new ones are answered.",
    )
    test = second.slider(
        "Test %",
        5,
        40,
        15,
        5,
        key=f"test_{name}",
        persist_state="session",
        help="Held out to the very end, for the honest score.",
    )
    seed = third.number_input(
        "Seed",
        0,
        9999,
        config.seed,
        key=f"seed_{name}",
        persist_state="session",
        help="The same seed on the same data gives the same result.",
    )
    return SplitConfig(validation=validation / 100, test=test / 100, seed=int(seed)), int(seed)
