"""How training goes, as controls: the recipe of the head, and that of the unfrozen blocks.

Keys hold the preset's name, so that choosing another preset shows its values, and going back brings the
person's own changes back. Each rate has a place beneath it for the learning-rate finder, which needs to know
all of the settings: `model.py` has it filled at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.model import lr_finder
from pages.components.shared.selection.chooser import choose_one
from tlcore.config import RunConfig
from tlcore.config.training import FineTuningConfig, TrainingConfig
from tlcore.data.dataset import Dataset
from tlcore.data.task_words import TaskWords

Tuned = Literal["head", "fine-tuning"]  # whose rate can be looked for
RATES = (1e-2, 3e-3, 1e-3, 5e-4, 3e-4, 1e-4, 3e-5, 1e-5)
BATCHES = {size: str(size) for size in (8, 16, 32, 64, 128)}
OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop"}
SCHEDULES = {"cosine": "Falls along a cosine", "constant": "Stays the same"}
SMOOTHING = (
    "Asks for a little less than certainty: spreads that share of each target over all classes. Helps when "
    "some labels are wrong. 0.1 is usual, 0 is none."
)
DEPTH = (
    "Each {block} further from the head takes steps this many times as large as the one behind it: what lies "
    "deep is general already, and every task needs it. 1 treats all alike."
)
ORDER = (
    "After the head has learned alone, the unfrozen {block}s go on with it in smaller steps. What they learn "
    "is kept only if it answers the validation split better than the head alone did. Batch size, optimiser "
    "and the rest are those of the head."
)


def head_recipe(
    name: str, default: TrainingConfig, words: TaskWords, automatic: float
) -> tuple[TrainingConfig, DeltaGenerator]:
    """The recipe of the head, and the place for its rate finder.

    Args:
        name: the preset's, for the keys.
        automatic: the learning rate that is used where none is chosen.
    """
    left, right = st.columns(2)
    epochs = _epochs(left, f"epochs_{name}", default.epochs, words)
    patience = _patience(right, f"patience_{name}", default.patience)
    rate = _rate("head", f"rate_{name}", default.learning_rate, automatic)
    place = st.container()
    left, right = st.columns(2)
    help = "Large steps at first find the region, small ones at the end the place."
    schedule = _one_of(left, "Rate over time", SCHEDULES, default.schedule, f"schedule_{name}", help)
    warmup = _warmup(right, f"warmup_{name}", default.warmup_epochs)
    help = f"{words.many.capitalize()} per training step. More give smoother steps and take more memory."
    batch = _one_of(left, "Batch size", BATCHES, default.batch_size, f"batch_{name}", help)
    help = "How a step follows from the slope of the loss. Adam is the usual choice."
    optimizer = _one_of(right, "Optimiser", OPTIMIZERS, default.optimizer, f"optimizer_{name}", help)
    decay = _decay(left, f"decay_{name}", default.weight_decay)
    smoothing = _share(
        right, "Label smoothing", 0.0, 0.5, default.label_smoothing, f"smoothing_{name}", SMOOTHING
    )
    recipe = msgspec.structs.replace(
        default,
        epochs=epochs,
        batch_size=batch,
        optimizer=optimizer,
        learning_rate=rate,
        schedule=schedule,
        warmup_epochs=warmup,
        weight_decay=decay,
        patience=patience,
        label_smoothing=smoothing,
    )
    return recipe, place


def tuning_recipe(
    name: str, default: FineTuningConfig, words: TaskWords, automatic: FineTuningConfig
) -> tuple[FineTuningConfig, DeltaGenerator]:
    """The recipe of the unfrozen blocks, and the place for their rate finder; arguments as before.

    Args:
        automatic: the default with everything filled in for the task.
    """
    assert automatic.epochs and automatic.learning_rate
    st.caption(ORDER.format(block=words.block))
    left, right = st.columns(2)
    # What is automatic differs by task, so that a number from one must not stay for the other.
    epochs = _epochs(left, f"tuning_epochs_{words.many}_{name}", automatic.epochs, words)
    patience = _patience(right, f"tuning_patience_{name}", default.patience)
    rate = _rate("fine-tuning", f"tuning_rate_{name}", default.learning_rate, automatic.learning_rate)
    place = st.container()
    help = DEPTH.format(block=words.block)
    label = f"Step size from {words.block} to {words.block}"
    depth = _share(st.container(), label, 0.1, 1.0, default.depth_decay, f"depth_{name}", help)
    left, right = st.columns(2)
    recipe = FineTuningConfig(
        epochs=epochs,
        learning_rate=rate,
        depth_decay=depth,
        warmup_epochs=_warmup(left, f"tuning_warmup_{name}", default.warmup_epochs),
        weight_decay=_decay(right, f"tuning_decay_{name}", default.weight_decay),
        patience=patience,
    )
    return recipe, place


def offer_rate(place: DeltaGenerator, dataset: Dataset, config: RunConfig, phase: Tuned) -> None:
    """Draw the learning-rate finder of that phase into the place beneath its rate."""
    with place:
        lr_finder.offer(dataset, config, phase)


def _rate(phase: Tuned, key: str, default: float | None, automatic: float) -> float | None:
    """The learning rate; None is automatic. One that was found is offered, and chosen when it is taken."""
    found = st.session_state.get(f"found_rate_{phase}")
    taken = st.session_state.pop(f"take_rate_{phase}", False)
    if found is not None and (taken or st.session_state.get(f"{key}_found") != found):
        st.session_state[key] = st.session_state[f"{key}_found"] = found
    rates: dict[float | None, str] = {None: f"Automatic ({automatic:g})"}
    if found is not None:
        rates[found] = f"Found: {found:.2g}"
    rates |= {rate: f"{rate:g}" for rate in RATES if rate != found}
    help = "How large the steps are: too large jumps about, too small never arrives."
    return _one_of(st.container(), "Learning rate", rates, default, key, help)


def _one_of(
    column: DeltaGenerator, label: str, named: Mapping[Any, str], default: object, key: str, help: str
) -> Any:
    return choose_one(label, named, default, key=key, within=column, persist_state="session", help=help)


def _share(
    column: DeltaGenerator, label: str, least: float, most: float, default: float, key: str, help: str
) -> float:
    return float(
        column.slider(label, least, most, default, 0.05, key=key, persist_state="session", help=help)
    )


def _epochs(column: DeltaGenerator, key: str, default: int, words: TaskWords) -> int:
    help = f"One epoch passes every training {words.one} once."
    label = "Epochs at most"
    return int(column.number_input(label, 1, 1000, default, key=key, persist_state="session", help=help))


def _patience(column: DeltaGenerator, key: str, default: int) -> int:
    help = (
        "Stops after this many epochs without a better validation loss, and the best epoch is kept. 0 trains "
        "all epochs."
    )
    return int(column.number_input("Patience", 0, 1000, default, key=key, persist_state="session", help=help))


def _warmup(column: DeltaGenerator, key: str, default: float) -> float:
    help = (
        "The learning rate rises to its full value over this many epochs, so that the first steps, taken in "
        "the dark, are small."
    )
    label = "Warm-up in epochs"
    return float(
        column.number_input(
            label, 0.0, 20.0, default, 0.5, "%.1f", key=key, persist_state="session", help=help
        )
    )


def _decay(column: DeltaGenerator, key: str, default: float) -> float:
    help = "Pulls every weight a little towards zero in each step: against learning by heart."
    label = "Weight decay"
    return float(
        column.number_input(label, 0.0, 1.0, default, 0.01, key=key, persist_state="session", help=help)
    )
