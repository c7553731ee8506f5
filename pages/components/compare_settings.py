"""What differs in the settings of several runs: only that, in plain words, each with what it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import streamlit as st

from pages.components.chosen import run_name
from pages.components.compare_facts import Facts
from pages.components.words import isolated, plain
from tlcore.config import FineTuningConfig, RunConfig
from tlcore.data.manifest import Task
from tlcore.data.words import WORDS, Words
from tlcore.errors import printable

UNUSED = "–"
MOST_BESIDE = 5  # runs in columns
LONGEST = 40  # characters of a run's name above its values
Row = tuple[str, list[str], str]  # a setting: its name, each run's value in words, what it does
GENERAL = Words("example", "examples", "a data set", "block")  # for runs of different tasks
# Every setting there is: what it is called, and what it does.
SETTINGS = {
    "data": ("Data set", "What it learned from."),
    "backbone": ("Backbone", "The pretrained network that it is built on."),
    "input_size": ("Input size", "Pixels of a picture's side, or tokens of a text, that the backbone sees."),
    "fit": ("Pictures that are not square", "How they become square."),
    "pretrained": ("Pretrained weights", "Without them the backbone starts from random numbers."),
    "unfreeze": ("{Block}s unfrozen", "{Block}s of the backbone that train with the head."),
    "head.hidden": ("Hidden layers", "Sizes of the layers between the backbone and the answer."),
    "head.dropout": ("Dropout", "Share of the head hidden in each step, against learning by heart."),
    "training.epochs": ("Epochs at most", "How often all training {many} are passed."),
    "training.batch_size": ("Batch size", "Training {many} in each step."),
    "training.optimizer": ("Optimiser", "The rule by which steps are taken."),
    "training.learning_rate": ("Learning rate", "How large the steps are."),
    "training.schedule": (
        "Schedule",
        "Whether steps become smaller to the end (cosine) or stay as they are.",
    ),
    "training.warmup_epochs": ("Warm-up epochs", "During these the steps grow to their full size."),
    "training.weight_decay": ("Weight decay", "Pulls weights towards zero, against learning by heart."),
    "training.patience": ("Patience", "Epochs to wait for a better validation loss."),
    "training.loss": ("Loss", "What training makes small; both are the same in other notations."),
    "training.label_smoothing": ("Label smoothing", "Share of each target spread over all classes."),
    "training.class_weights": ("Class weights", "Whether {many} of rarer classes count for more."),
    "fine_tuning.epochs": (
        "Fine-tuning: epochs at most",
        "How often all are passed once {block}s train too.",
    ),
    "fine_tuning.learning_rate": ("Fine-tuning: learning rate", "How large the steps are then."),
    "fine_tuning.depth_decay": (
        "Fine-tuning: decay by depth",
        "How much smaller for each {block} further in.",
    ),
    "fine_tuning.warmup_epochs": ("Fine-tuning: warm-up epochs", "During these the steps grow."),
    "fine_tuning.weight_decay": ("Fine-tuning: weight decay", "Pulls weights towards zero."),
    "fine_tuning.patience": ("Fine-tuning: patience", "Epochs to wait for a better validation loss."),
    "split.validation": ("Validation share", "Held out to see, while training, how it does."),
    "split.test": ("Test share", "Held out to the very end, for the honest score."),
    "split.seed": ("Seed of the split", "Another one holds out other {many}."),
    "split.most_per_class": ("Training {many} per class", "At most so many are used."),
    "augmentation.views": ("Views", "Changed copies of each training picture."),
    "augmentation.flip": ("Views: mirrored", "Half of the views are mirrored left to right."),
    "augmentation.rotate": ("Views: rotation", "How far at most, either way."),
    "augmentation.zoom": ("Views: zoom", "How much larger or smaller at most."),
    "augmentation.shift": ("Views: shift", "How far of the side at most."),
    "augmentation.brightness": ("Views: brightness", "How far it changes at most."),
    "augmentation.contrast": ("Views: contrast", "How far it changes at most."),
    "augmentation.colour": ("Views: colour", "How far its strength changes at most."),
    "augmentation.mixup": ("Mixup", "How strongly pairs of training pictures are blended."),
    "seed": ("Seed", "Another one draws other numbers at random: the size of this difference is chance."),
    "cache": ("Cache", "Whether the frozen part's output was kept. It changes the time, not the result."),
    "engine": ("Engine", "What computed the frozen part."),
    "start_from": ("Trained further from", "The run whose weights it began with."),
}
# Settings that play no part for a task: a key, or what its first part is.
IDLE: dict[Task, tuple[str, ...]] = {"images": (), "texts": ("fit", "augmentation")}
SHARES = ("split.validation", "split.test", *(f"augmentation.{kind}" for kind in ("zoom", "shift")))
SHARES += ("augmentation.brightness", "augmentation.contrast", "augmentation.colour")
NOTHING = {"head.hidden": "none", "split.most_per_class": "all", "start_from": "nothing"}
OWN_OF_FINE_TUNING = FineTuningConfig.__struct_fields__  # the head's recipe gives way to these


def show(chosen: list[Facts], names: list[str]) -> None:
    """What differs, for runs and what each is called."""
    st.subheader("What differs", anchor=False)
    readable = [(facts, name) for facts, name in zip(chosen, names, strict=True) if facts.config]
    if len(readable) < len(chosen):
        st.caption("Where a run's settings cannot be read, it is left out here.")
    rows = differences([facts for facts, _ in readable])
    if not rows:
        st.markdown("Nothing: they were trained with the same settings.")
        return
    called = [printable(name, LONGEST) for _, name in readable]
    (_beside if len(called) <= MOST_BESIDE else _below)(rows, called)
    st.caption("  \n".join(f"**{plain(label)}**: {plain(does)}" for label, _, does in rows))


def _beside(rows: list[Row], names: list[str]) -> None:
    """A column for each run."""
    cells = [[plain(label), *map(isolated, values)] for label, values, _ in rows]
    columns = ["Setting", *map(isolated, names)]
    st.table(pd.DataFrame(cells, columns=columns), border="horizontal", hide_index=True, alt="What differs")


def _below(rows: list[Row], names: list[str]) -> None:
    """A line for each run, where they are too many to stand beside one another."""
    table = pd.DataFrame({"Run": names} | {label: values for label, values, _ in rows})
    pinned = {"Run": st.column_config.TextColumn(pinned=True)}
    st.dataframe(table, hide_index=True, column_config=pinned, alt="What differs")


def differences(chosen: list[Facts]) -> list[Row]:
    """Settings that are not the same wherever they play a part: name, values in words, what it does."""
    words = words_for(chosen)
    found = []
    for key, (label, does) in SETTINGS.items():
        values = [_value(key, facts) for facts in chosen]
        if len({value for value in values if value[0] != UNUSED}) > 1:
            shown = [word for word, _ in values]
            if len(set(shown)) == 1:  # two data sets of one name, say
                shown = [f"{word} ({raw})" for word, raw in values]
            found.append((_named(label, words), shown, _named(does, words)))
    return found


def words_for(chosen: list[Facts]) -> Words:
    """What the examples of all these runs are called."""
    tasks = {facts.task for facts in chosen}
    task = tasks.pop() if len(tasks) == 1 else None
    return WORDS[task] if task else GENERAL


def _named(text: str, words: Words) -> str:
    return text.format(one=words.one, many=words.many, block=words.block, Block=words.block.capitalize())


def _value(key: str, facts: Facts) -> tuple[str, str]:
    """A setting in words and as it is written; a dash where it plays no part."""
    assert facts.config is not None
    if not _is_used(key, facts.config, facts.task):
        return UNUSED, UNUSED
    value = msgspec.to_builtins(facts.config)
    for part in key.split("."):
        value = value[part]
    return IN_WORDS[key](facts) if key in IN_WORDS else in_words(key, value), str(value)


def _is_used(key: str, config: RunConfig, task: Task | None) -> bool:
    """Whether the setting changes anything in such a run."""
    part, _, name = key.rpartition(".")
    if task and {key, part} & set(IDLE[task]):
        return False
    if part == "fine_tuning":
        return "fine-tuning" in config.phases
    if part == "training" and name in OWN_OF_FINE_TUNING:
        return config.phases != ("fine-tuning",)
    if part == "augmentation" and name not in ("views", "mixup"):
        return config.augmentation.views > 0
    return True


def in_words(key: str, value: Any) -> str:
    if value is None or value == ():
        return NOTHING.get(key, "automatic")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if key in SHARES:
        return f"{100 * value:.3g} %"
    if key == "augmentation.rotate":
        return f"{value:g}°"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _input_size(facts: Facts) -> str:
    """The size that was chosen, or the backbone's own."""
    assert facts.config is not None
    return str(facts.config.input_size or "automatic")


def _start(facts: Facts) -> str:
    assert facts.config is not None
    return run_name(Path(facts.config.start_from).name) if facts.config.start_from else "nothing"


IN_WORDS: dict[str, Callable[[Facts], str]] = {
    "data": lambda facts: facts.data,
    "backbone": lambda facts: facts.backbone,
    "unfreeze": lambda facts: facts.unfrozen,
    "input_size": _input_size,
    "start_from": _start,
}
