"""The settings of a run: one frozen, typed record that travels as `config.json`.

The page builds it, the command line builds it, the worker reads it; nothing else decides how a run trains.
Unknown keys and wrong types are refused, so an old or hand-edited file never trains something else silently.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tlcore.config.augmentation import AugmentationConfig
from tlcore.config.kept import Kept
from tlcore.config.part import ConfigPart
from tlcore.config.split import SplitConfig
from tlcore.config.task import DEFAULT_BACKBONES as DEFAULT_BACKBONES
from tlcore.config.task import INPUTS, Task
from tlcore.config.training import FineTuningConfig, HeadConfig, TrainingConfig
from tlcore.errors import ConfigError
from tlcore.records import JsonType, MalformedJson

Fit = Literal["stretch", "crop", "pad"]
EngineName = Literal["auto", "keras", "litert"]  # for "auto" the worker chooses, for the run's life
Unfreeze = Annotated[int, Meta(ge=0, le=2**31 - 1)] | Literal["all"]
# What trains: a new head on the frozen backbone; head and unfrozen blocks; or all of it from random weights.
PhaseName = Literal["head", "fine-tuning", "whole"]

MOST_BYTES = 1_000_000  # of a configuration file: a full one takes 2 kB
HEAD_RATE = 1e-3  # learning rate of a new head on frozen features
HIDDEN = (128,)  # layers of a head that trains step by step, where a person left them open
# Learning rate when blocks of the backbone train with it. A text backbone's last layers stand for all that is
# said of a sentence and are far from most tasks: at 1e-4 banking77 stayed 1.6 points below its frozen head.
FINE_TUNING_RATES = {"images": 5e-4, "texts": 5e-4}
# Small batches: a step of 8 pictures costs a quarter of one of 32, and teaches nearly as much.
FINE_TUNING_BATCHES = {"images": 8, "texts": 32}
FINE_TUNING_EPOCHS = {"images": 7, "texts": 4}  # a transformer soon learns a small table by heart
FINE_TUNING_WARMUP = 1.0  # epochs
# Share of the model so far in the model after each epoch: the mean of some epochs answers better than one.
FINE_TUNING_AVERAGING = {"images": 0.5, "texts": 0.0}
# Blending keeps unfrozen blocks from learning few pictures by heart: on signdigits10 0.8 points more than
# without (mean of three seeds), on flowers5 nothing that is sure.
FINE_TUNING_MIXUP = 0.3
# Settings that each phase has for itself.
FINE_TUNING_KEYS = ("epochs", "learning_rate", "warmup_epochs", "weight_decay", "patience")


class RunConfig(ConfigPart, frozen=True):
    """Everything that decides a run's result, apart from the data themselves.

    `unfreeze` counts backbone blocks from the end: 0 freezes the whole backbone, "all" trains it whole.
    Without `pretrained` weights all of it has to train. `start_from` is a finished run with the same classes
    and backbone.
    """

    # Both are filled in by the command that starts the run: the folder, and its newest version then.
    data: Annotated[
        str, Meta(title="Data set", description="The folder of examples that the model learns from.")
    ] = ""
    data_version: Annotated[
        int,
        Meta(
            ge=1,
            le=2**31 - 1,
            title="Version of the data",
            description="Each change to a data set makes another one.",
        ),
    ] = 1
    # Filled in by the command that starts the run; None in runs from before there were others than classes.
    task: Annotated[Task | None, Meta(title="Task", description="What the model is to say of one {one}.")] = (
        None
    )
    backbone: Annotated[
        str, Meta(title="Backbone", description="The pretrained network that the model is built on.")
    ] = DEFAULT_BACKBONES["images"]
    input_size: Annotated[
        Annotated[int, Meta(ge=16, le=1024)] | None,
        Meta(
            title="Input size",
            description="Pixels of a picture's side, or tokens of a text, that the backbone sees. Smaller is "
            "faster, larger shows more; best near what it was trained at.",
        ),
    ] = None
    fit: Annotated[
        Fit,
        Meta(
            title="Pictures that are not square",
            description="Backbones see squares. Stretching keeps the whole picture, cropping keeps its "
            "proportions, padding keeps both.",
        ),
    ] = "stretch"
    pretrained: Annotated[
        bool,
        Meta(
            title="Pretrained weights",
            description="Without them the backbone starts from random weights, to see what pretraining is "
            "worth. It then trains by the recipe of the head, and needs far more {many} and epochs.",
        ),
    ] = True
    unfreeze: Annotated[
        Unfreeze,
        Meta(
            title="{Block}s unfrozen",
            description="{Block}s of the backbone that train with the head, counted from the end.",
        ),
    ] = 0
    head: HeadConfig = HeadConfig()
    training: TrainingConfig = TrainingConfig()
    fine_tuning: FineTuningConfig = FineTuningConfig()
    split: SplitConfig = SplitConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    seed: Annotated[
        int,
        Meta(
            ge=0,
            le=2**31 - 1,
            title="Seed",
            description="Draws the first weights of the head and the order of training; on the Model page "
            "the held-out {many}, too. Runs that differ in nothing else differ by chance.",
        ),
    ] = 0
    cache: Annotated[
        bool,
        Meta(
            title="Cache",
            description="Keeps the frozen part's output. It changes the time, not the result.",
        ),
    ] = True
    engine: Annotated[
        EngineName, Meta(title="Engine", description="The program that computes the frozen part.")
    ] = "auto"
    kept: Kept = "auto"
    start_from: Annotated[
        str | None,
        Meta(
            title="Trained further from",
            description="The run whose weights this one continues from.",
            extra={"empty": "nothing"},
        ),
    ] = None

    @property
    def phases(self) -> tuple[PhaseName, ...]:
        """The phases, one after the other. Where blocks are unfrozen the head learns first: what it would
        send back into them before would only do harm. One that continues from another run has learned.
        """
        if not self.pretrained:
            return ("whole",)
        if self.unfreeze == 0:
            return ("head",)
        return ("fine-tuning",) if self.start_from else ("head", "fine-tuning")

    @property
    def is_head_open(self) -> bool:
        """Is the head chosen for the data? So it is where a person has decided nothing about it or the way
        in which it trains, and trains nothing else.
        """
        rate = self.training.learning_rate or HEAD_RATE
        own = msgspec.structs.replace(self.training, learning_rate=rate, class_weights="auto")
        usual = HeadConfig(counts=self.head.counts), TrainingConfig(learning_rate=HEAD_RATE)
        changes = self.augmentation.views or self.augmentation.mixup or self.start_from
        return (self.head, own) == usual and self.phases == ("head",) and not changes

    @property
    def hidden(self) -> tuple[int, ...]:
        """Hidden layers of the head; of one that is open, as long as nothing has been chosen: none."""
        if self.head.hidden is not None:
            return self.head.hidden
        return () if self.is_head_open else HIDDEN

    def recipe(self, phase: PhaseName) -> TrainingConfig:
        """The recipe of one phase."""
        if phase == "head":
            return self.training
        if phase == "whole":  # validation says little until batch norm has settled, which takes most epochs
            return msgspec.structs.replace(self.training, patience=0)
        own = {key: getattr(self.fine_tuning, key) for key in FINE_TUNING_KEYS}
        own["batch_size"] = self.fine_tuning.batch_size or self.training.batch_size  # None in older runs
        return msgspec.structs.replace(self.training, **own)


_CONFIG = JsonType(RunConfig)
PRESETS: dict[str, RunConfig] = {
    "recommended": RunConfig(),
    # The tutorial's recipe, word for word: average pooling, Dense 1024 with ReLU, softmax, all frozen.
    "tutorial": RunConfig(
        backbone="resnet50",
        head=HeadConfig(hidden=(1024,), dropout=0.0),
        training=TrainingConfig(
            optimizer="rmsprop",
            learning_rate=1e-3,
            weight_decay=0.0,
            schedule="constant",
            warmup_epochs=0.0,
            patience=0,
            epochs=20,
            loss="categorical_crossentropy",
        ),
    ),
}


def resolved(config: RunConfig, task: Task = "images") -> RunConfig:
    """The configuration with rates, mixup, counts, and epochs and batches of fine-tuning filled in where none
    were chosen. So are the hidden layers of the head, unless it is open: then they are chosen for the data.

    Args:
        task: of the run, or what its backbone reads.
    """
    kind = INPUTS[task]
    training, tuning = config.training, config.fine_tuning
    if training.learning_rate is None:
        training = msgspec.structs.replace(training, learning_rate=HEAD_RATE)
    if tuning.learning_rate is None:
        tuning = msgspec.structs.replace(tuning, learning_rate=FINE_TUNING_RATES[kind])
    if tuning.epochs is None:
        tuning = msgspec.structs.replace(tuning, epochs=FINE_TUNING_EPOCHS[kind])
    if tuning.warmup_epochs is None:
        tuning = msgspec.structs.replace(tuning, warmup_epochs=FINE_TUNING_WARMUP)
    if tuning.batch_size is None:
        is_usual = training.batch_size == TrainingConfig().batch_size
        batch = FINE_TUNING_BATCHES[kind] if is_usual else training.batch_size  # chosen for both phases
        tuning = msgspec.structs.replace(tuning, batch_size=batch)
    if tuning.averaging is None:
        tuning = msgspec.structs.replace(tuning, averaging=FINE_TUNING_AVERAGING[kind])
    augmentation = config.augmentation
    if augmentation.mixup is None:
        tunes = task == "images" and "fine-tuning" in config.phases
        augmentation = msgspec.structs.replace(augmentation, mixup=FINE_TUNING_MIXUP if tunes else 0.0)
    head = config.head
    if head.counts is None:
        head = msgspec.structs.replace(head, counts=task == "texts")
    new = {"head": head, "training": training, "fine_tuning": tuning, "augmentation": augmentation}
    config = msgspec.structs.replace(config, **new)
    return config if config.is_head_open else with_hidden(config, config.hidden)


def as_written(config: RunConfig) -> RunConfig:
    """Settings from a file: one from before there were averaging and counts resumes without, as it began."""
    tuning = msgspec.structs.replace(config.fine_tuning, averaging=config.fine_tuning.averaging or 0.0)
    head = msgspec.structs.replace(config.head, counts=bool(config.head.counts))
    return msgspec.structs.replace(config, fine_tuning=tuning, head=head)


def with_hidden(config: RunConfig, hidden: tuple[int, ...]) -> RunConfig:
    """The configuration with these hidden layers in its head: it trains step by step and counts nothing."""
    head = msgspec.structs.replace(config.head, hidden=hidden, counts=False)
    return msgspec.structs.replace(config, head=head)


def to_json(config: RunConfig) -> bytes:
    """The configuration as indented JSON, for `config.json`."""
    return msgspec.json.format(msgspec.json.encode(config), indent=2) + b"\n"


def from_json(text: bytes | str) -> RunConfig:
    """Read `config.json`.

    Raises:
        ConfigError: not JSON, an unknown key, a wrong type or a value out of range; names the key.
    """
    try:
        plain = text.encode() if isinstance(text, str) else text
        return _CONFIG.decode(plain.removeprefix(codecs.BOM_UTF8))  # Notepad writes it
    except MalformedJson as error:
        raise ConfigError(
            f"The configuration cannot be used: {error}.",
            remedy="Correct that key, or leave it out for the default.",
        ) from error


def read(file: str) -> RunConfig:
    """The configuration in a file that a person names; only an ordinary one is opened, and no large one.

    Raises:
        ConfigError: it cannot be read, or as `from_json`.
    """
    path = Path(file)
    try:
        if not path.is_file():
            raise ConfigError("The configuration file cannot be read.", received=file)
        with path.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError("The configuration file cannot be read.", received=file) from error
    if len(content) > MOST_BYTES:
        raise ConfigError("That is too large for a configuration file.", received=file)
    return from_json(content)


def checked(config: RunConfig) -> RunConfig:
    """The same configuration after the checks that reading a file makes, for one built in code."""
    try:
        content = msgspec.json.encode(config)
    except UnicodeEncodeError as error:
        raise ConfigError("A setting holds bytes that are no UTF-8.", received=error.object) from error
    return from_json(content)
