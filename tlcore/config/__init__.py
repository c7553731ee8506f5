"""What a run is asked to do: one frozen, typed record that travels as `config.json`.

The page builds it, the command line builds it, the worker reads it; nothing else decides how a run trains.
Unknown keys and wrong types are refused, so an old or hand-edited file never trains something else silently.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tlcore.errors import ConfigError
from tlcore.records import JsonType, MalformedJson

Fit = Literal["stretch", "crop", "pad"]
EngineName = Literal["auto", "keras", "litert"]
Fraction = Annotated[float, msgspec.Meta(ge=0.0, le=0.9)]
# Wider than any rate that teaches anything, and well within the numbers that TensorFlow computes with.
Rate = Annotated[float, msgspec.Meta(ge=1e-30, le=1e6)]
Width = Annotated[int, msgspec.Meta(ge=1, le=8192)]
AugmentationAmount = Annotated[float, msgspec.Meta(ge=0.0, le=0.5)]
Unfreeze = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] | Literal["all"]
# What trains: a new head on the frozen backbone; head and unfrozen blocks; or all of it from random weights.
PhaseName = Literal["head", "fine-tuning", "whole"]

# The backbone for each task that works without internet.
DEFAULT_BACKBONES = {"images": "efficientnet_lite0", "texts": "minilm_l6"}
MOST_BYTES = 1_000_000  # of a configuration file: a full one takes 2 kB
HEAD_RATE = 1e-3  # learning rate of a new head on frozen features
# Learning rate when blocks of the backbone train with it. A text backbone's last layers stand for all that is
# said of a sentence and are far from most tasks: at 1e-4 banking77 stayed 1.6 points below its frozen head.
FINE_TUNING_RATES = {"images": 3e-4, "texts": 5e-4}
FINE_TUNING_EPOCHS = {"images": 20, "texts": 4}  # a transformer soon learns a small table by heart
# Blending keeps unfrozen blocks from learning few pictures by heart: on signdigits10 0.8 points more than
# without (mean of three seeds), on flowers5 nothing that is sure.
FINE_TUNING_MIXUP = 0.3


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A piece of the configuration: immutable, and strict about its keys."""


class HeadConfig(_Part, frozen=True):
    """The graft: hidden Dense layers with ReLU, dropout before the output layer."""

    hidden: Annotated[tuple[Width, ...], msgspec.Meta(max_length=4)] = (128,)
    dropout: Fraction = 0.4


class SplitConfig(_Part, frozen=True):
    """Shares of each class held out where the folder brings no such split; the rest is trained on.

    `most_per_class`: of what is left to train on, at most so many of each class are used; None uses all.
    `grouped`: examples that look alike never part, or what was learned by heart would count as understood.
    `brought`: splits that the folder came with are kept; else all is drawn anew.
    """

    validation: Annotated[float, msgspec.Meta(ge=0.05, le=0.5)] = 0.15
    test: Annotated[float, msgspec.Meta(ge=0.05, le=0.5)] = 0.15
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] = 0
    most_per_class: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None
    grouped: bool = True
    brought: bool = True


class AugmentationConfig(_Part, frozen=True):
    """Randomly changed views of each training picture, and how far each kind of change goes at most.

    `views` of them are made once per picture (0: none) and drawn from, together with the picture as it is.
    `mixup` blends pairs of training pictures, and their classes with them, where the frozen part ends: the
    share comes from a Beta distribution with that parameter at both ends (0: none; Zhang et al., 2018). None
    is filled in by `resolved`: some where pictures fine-tune a backbone, else none.
    """

    views: Annotated[int, msgspec.Meta(ge=0, le=32)] = 0
    # Half of the views are mirrored left to right. None: unless classes look like digits, letters or sides.
    flip: bool | None = None
    rotate: Annotated[float, msgspec.Meta(ge=0.0, le=45.0)] = 10.0  # degrees, either way
    zoom: AugmentationAmount = 0.15  # share by which things look larger or smaller
    shift: Annotated[float, msgspec.Meta(ge=0.0, le=0.3)] = 0.08  # share of the side, either way
    brightness: AugmentationAmount = 0.15
    contrast: AugmentationAmount = 0.15
    colour: AugmentationAmount = 0.15  # saturation
    mixup: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] | None = None

    @property
    def changes(self) -> tuple[float, ...]:
        """How far each kind goes, without how many views; all zero: the views would be the picture."""
        kinds = (
            self.flip is not False,
            self.rotate,
            self.zoom,
            self.shift,
            self.brightness,
            self.contrast,
            self.colour,
        )
        return tuple(map(float, kinds))


class TrainingConfig(_Part, frozen=True):
    """The recipe for the head, and for a network from random weights: optimiser, schedule, when to stop.

    The defaults won a small grid on four data sets (mean test accuracy 0.957 against 0.948 to 0.955).
    `learning_rate` None is filled in by `resolved`.
    """

    epochs: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 40
    batch_size: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 32
    optimizer: Literal["adam", "rmsprop"] = "adam"
    learning_rate: Rate | None = None
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup_epochs: Annotated[float, msgspec.Meta(ge=0.0, le=20.0)] = 1.0
    weight_decay: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.1
    # Epochs to wait for a better validation loss; 0 trains all of them.
    patience: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 10
    loss: Literal["sparse_categorical_crossentropy", "categorical_crossentropy"] = (
        "sparse_categorical_crossentropy"
    )
    # Share of each target that is spread over all classes: against being too sure (Szegedy et al., 2016).
    label_smoothing: Annotated[float, msgspec.Meta(ge=0.0, le=0.5)] = 0.0
    # Where classes are uneven, examples of the rarer ones count for more.
    class_weights: Literal["auto", "none"] = "auto"


class FineTuningConfig(_Part, frozen=True):
    """The second phase: the trained head and the unfrozen blocks together, in smaller steps.

    Used when something is unfrozen. Optimiser, batches, schedule and loss are those of `TrainingConfig`.
    A block further from the head takes steps smaller by `depth_decay` for each block between: what lies deep
    is general already. What is None is filled in by `resolved`, by task.
    """

    epochs: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    learning_rate: Rate | None = None
    depth_decay: Annotated[float, msgspec.Meta(ge=1e-6, le=1.0)] = 0.9
    warmup_epochs: Annotated[float, msgspec.Meta(ge=0.0, le=20.0)] = 1.0
    weight_decay: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.1
    patience: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 8


class RunConfig(_Part, frozen=True):
    """Everything that decides a run's result, apart from the data themselves.

    `unfreeze` is the number of backbone blocks, counted from the end, that train with the head: 0 freezes
    the whole backbone, "all" trains it whole. `pretrained` false forgets what the backbone has learned and
    starts it from random weights, to see what that was worth; all of it has to train then. `input_size` None
    means the backbone's own. `start_from` is a finished run with the same classes and backbone whose weights
    this one continues from.
    """

    data: str = ""  # data set folder, filled in by the command that starts the run
    data_version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] = (
        1  # filled in as well: the newest one at that moment
    )
    backbone: str = DEFAULT_BACKBONES["images"]
    input_size: Annotated[int, msgspec.Meta(ge=16, le=1024)] | None = None
    fit: Fit = "stretch"
    pretrained: bool = True
    unfreeze: Unfreeze = 0
    head: HeadConfig = HeadConfig()
    training: TrainingConfig = TrainingConfig()
    fine_tuning: FineTuningConfig = FineTuningConfig()
    split: SplitConfig = SplitConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 0
    cache: bool = True
    engine: EngineName = "auto"  # what computes the frozen part; the worker settles "auto" for the run's life
    start_from: str | None = None

    @property
    def phases(self) -> tuple[PhaseName, ...]:
        """What trains, one after the other. Where blocks are unfrozen the head learns first: what it would
        send back into them before would only do harm. One that continues from another run has learned.
        """
        if not self.pretrained:
            return ("whole",)
        if self.unfreeze == 0:
            return ("head",)
        return ("fine-tuning",) if self.start_from else ("head", "fine-tuning")

    def recipe(self, phase: PhaseName) -> TrainingConfig:
        """How that phase trains."""
        if phase == "head":
            return self.training
        if phase == "whole":  # validation says little until batch norm has settled, which takes most epochs
            return msgspec.structs.replace(self.training, patience=0)
        own = ("epochs", "learning_rate", "warmup_epochs", "weight_decay", "patience")
        return msgspec.structs.replace(self.training, **{key: getattr(self.fine_tuning, key) for key in own})


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


def resolved(config: RunConfig, task: str = "images") -> RunConfig:
    """The configuration with rates, epochs of fine-tuning and mixup filled in where none were chosen.

    Args:
        task: of its backbone.
    """
    training, tuning = config.training, config.fine_tuning
    if training.learning_rate is None:
        training = msgspec.structs.replace(training, learning_rate=HEAD_RATE)
    if tuning.learning_rate is None:
        tuning = msgspec.structs.replace(tuning, learning_rate=FINE_TUNING_RATES[task])
    if tuning.epochs is None:
        tuning = msgspec.structs.replace(tuning, epochs=FINE_TUNING_EPOCHS[task])
    augmentation = config.augmentation
    if augmentation.mixup is None:
        tunes = task == "images" and "fine-tuning" in config.phases
        augmentation = msgspec.structs.replace(augmentation, mixup=FINE_TUNING_MIXUP if tunes else 0.0)
    return msgspec.structs.replace(config, training=training, fine_tuning=tuning, augmentation=augmentation)


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
