"""The recipe of the head, and that of the unfrozen blocks.

Beneath each learning rate is a place for the rate finder, which the page draws once it knows all settings.
"""

from __future__ import annotations

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.model.lr_finder import TunedPhase, found_rate
from pages.components.shared.selection.setting_controls import SettingControls
from tlcore.config.training import FineTuningConfig, TrainingConfig

ICON = ":material/tune:"
RATES = (1e-2, 3e-3, 1e-3, 5e-4, 3e-4, 1e-4, 3e-5, 1e-5)
RATE_BOXES: dict[TunedPhase, tuple[str, str]] = {  # the setting, and the name of its box
    "head": ("training.learning_rate", "rate"),
    "fine-tuning": ("fine_tuning.learning_rate", "tuning_rate"),
}
BATCHES: dict[int | None, str] = {size: str(size) for size in (8, 16, 32, 64, 128)}
OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop"}
SCHEDULES = {"cosine": "Cosine", "constant": "Constant"}
ORDER = (
    "After the head has learned alone, the unfrozen {block}s train with it in smaller steps. What they learn "
    "is kept only if it answers the validation split better than the head alone did. Optimiser, schedule "
    "and the rest are those of the head."
)


def head_recipe(
    controls: SettingControls, default: TrainingConfig, automatic_rate: float
) -> tuple[TrainingConfig, DeltaGenerator]:
    """The recipe of the head, and the place for its rate finder."""
    left, right = st.columns(2)
    epochs = controls.number("training.epochs", "epochs", default.epochs, left)
    patience = controls.number("training.patience", "patience", default.patience, right)
    rate = _rate(controls, "head", default.learning_rate, automatic_rate)
    place = st.container()
    left, right = st.columns(2)
    recipe = msgspec.structs.replace(
        default,
        epochs=epochs,
        patience=patience,
        learning_rate=rate,
        schedule=controls.box("training.schedule", "schedule", SCHEDULES, default.schedule, left),
        warmup_epochs=_warmup(controls, "training", "warmup", default.warmup_epochs, right),
        batch_size=controls.box("training.batch_size", "batch", BATCHES, default.batch_size, left),
        optimizer=controls.box("training.optimizer", "optimizer", OPTIMIZERS, default.optimizer, right),
        weight_decay=controls.number("training.weight_decay", "decay", default.weight_decay, left),
        label_smoothing=controls.slider(
            "training.label_smoothing", "smoothing", default.label_smoothing, right
        ),
    )
    return recipe, place


def tuning_recipe(
    controls: SettingControls, default: FineTuningConfig, automatic: FineTuningConfig
) -> tuple[FineTuningConfig, DeltaGenerator]:
    """The recipe of the unfrozen blocks, and the place for their rate finder.

    Args:
        automatic: the default with everything filled in for the task.
    """
    assert automatic.epochs and automatic.learning_rate
    assert automatic.warmup_epochs is not None and automatic.averaging is not None
    batches = {None: f"Automatic ({automatic.batch_size})"} | BATCHES
    st.caption(ORDER.format(block=controls.words.block))
    left, right = st.columns(2)
    # The automatic numbers differ by task, so that one task's must not stay for the other.
    many = controls.words.many
    epochs = controls.number("fine_tuning.epochs", f"tuning_epochs_{many}", automatic.epochs, left)
    patience = controls.number("fine_tuning.patience", "tuning_patience", default.patience, right)
    rate = _rate(controls, "fine-tuning", default.learning_rate, automatic.learning_rate)
    place = st.container()
    depth_decay = controls.slider("fine_tuning.depth_decay", "depth", default.depth_decay)
    left, right = st.columns(2)
    recipe = FineTuningConfig(
        epochs=epochs,
        batch_size=controls.box("fine_tuning.batch_size", "tuning_batch", batches, default.batch_size, left),
        learning_rate=rate,
        depth_decay=depth_decay,
        warmup_epochs=_warmup(
            controls, "fine_tuning", f"tuning_warmup_{many}", automatic.warmup_epochs, left
        ),
        weight_decay=controls.number("fine_tuning.weight_decay", "tuning_decay", default.weight_decay, right),
        averaging=controls.number(
            "fine_tuning.averaging", f"tuning_averaging_{many}", automatic.averaging, left
        ),
        patience=patience,
    )
    return recipe, place


def rate_key(controls: SettingControls, phase: TunedPhase) -> str:
    """The session key of the box with the learning rate of a phase."""
    return controls.key(RATE_BOXES[phase][1])


def _rate(
    controls: SettingControls, phase: TunedPhase, default: float | None, automatic: float
) -> float | None:
    """The learning rate; None is automatic. The box offers one that the finder found as well."""
    labels: dict[float | None, str] = {None: f"Automatic ({automatic:g})"}
    found = found_rate(phase)
    if found is not None:
        labels[found] = f"Found: {found:.2g}"
    labels |= {rate: f"{rate:g}" for rate in RATES if rate != found}
    path, name = RATE_BOXES[phase]
    rate: float | None = controls.box(path, name, labels, default)
    return rate


def _warmup(controls: SettingControls, part: str, name: str, default: float, within: DeltaGenerator) -> float:
    return float(controls.number(f"{part}.warmup_epochs", name, default, within, format="%.1f"))
