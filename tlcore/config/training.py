"""The settings of the head, and of how it and the unfrozen blocks train."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from tlcore.config.part import ConfigPart, Rate

Width = Annotated[int, Meta(ge=1, le=8192)]
# Of batch-norm statistics. They begin at a variance of 1 and new weights give a hundredth of that: with the
# usual 0.99 the network would answer one class only for longer than a few hundred pictures last.
RANDOM_MOMENTUM = 0.7

EPOCHS = "Passes over all training {many}; training may stop earlier."
BATCH_SIZE = "Training {many} in each step. More give smoother steps and take more memory."
LEARNING_RATE = "How large the steps are: too large jumps about, too small never arrives."
WARMUP = "The learning rate rises to its full value over these epochs, so that the first steps are small."
WEIGHT_DECAY = "Pulls every weight a little towards zero in each step, against learning by heart."
PATIENCE = "Epochs to wait for a better validation loss; the best epoch is kept. 0 trains all epochs."


class HeadConfig(ConfigPart, frozen=True):
    """The graft: hidden Dense layers with ReLU, dropout before the output layer."""

    hidden: Annotated[
        Annotated[tuple[Width, ...], Meta(max_length=4)] | None,
        Meta(
            title="Hidden layers",
            description="Layers between the backbone and the answer. None is the simplest model; one is "
            "usually enough. Chosen for your data: the simplest head that answers new {many} as well; where "
            "you change how the head trains, or unfreeze {block}s, one layer of 128.",
            extra={"empty": "chosen for your data"},
        ),
    ] = None
    dropout: Annotated[
        float,
        Meta(
            ge=0.0,
            le=0.9,
            title="Dropout",
            description="Share of the head's numbers hidden in each step, against learning by heart.",
            extra={"slider": (0.0, 0.9, 0.05)},
        ),
    ] = 0.4
    counts: Annotated[  # filled in when a run starts; None in runs from before there was such a thing
        bool | None,
        Meta(
            title="Words and letters, too",
            description="A head that is chosen for your data also counts words or letters, if it answers new "
            "{many} better so. Such a model cannot become a LiteRT or ONNX file.",
        ),
    ] = None


class TrainingConfig(ConfigPart, frozen=True):
    """The recipe for the head, and for a network from random weights: optimiser, schedule, when to stop.

    The defaults won a small grid on four data sets (mean test accuracy 0.957 against 0.948 to 0.955).
    `learning_rate` None is filled in by `resolved`.
    """

    epochs: Annotated[int, Meta(ge=1, le=1000, title="Epochs at most", description=EPOCHS)] = 40
    batch_size: Annotated[
        int,
        Meta(ge=1, le=1024, title="Batch size", description=BATCH_SIZE),
    ] = 32
    optimizer: Annotated[
        Literal["adam", "rmsprop"],
        Meta(
            title="Optimiser",
            description="How a step follows from the slope of the loss. Adam is the usual choice.",
        ),
    ] = "adam"
    learning_rate: Annotated[Rate | None, Meta(title="Learning rate", description=LEARNING_RATE)] = None
    schedule: Annotated[
        Literal["cosine", "constant"],
        Meta(
            title="Learning-rate schedule",
            description="Cosine: steps shrink towards the end. Constant: they stay the same.",
        ),
    ] = "cosine"
    warmup_epochs: Annotated[
        float, Meta(ge=0.0, le=20.0, title="Warm-up epochs", description=WARMUP, extra={"step": 0.5})
    ] = 1.0
    weight_decay: Annotated[
        float, Meta(ge=0.0, le=1.0, title="Weight decay", description=WEIGHT_DECAY, extra={"step": 0.01})
    ] = 0.1
    patience: Annotated[int, Meta(ge=0, le=1000, title="Patience", description=PATIENCE)] = 10
    loss: Annotated[
        Literal["sparse_categorical_crossentropy", "categorical_crossentropy"],
        Meta(title="Loss", description="What training makes small. Both compute the same."),
    ] = "sparse_categorical_crossentropy"
    label_smoothing: Annotated[  # Szegedy et al., 2016
        float,
        Meta(
            ge=0.0,
            le=0.5,
            title="Label smoothing",
            description="Share of each target spread over all classes, against being too sure. Helps when "
            "some labels are wrong. 0.1 is usual, 0 is none.",
            extra={"step": 0.05},
        ),
    ] = 0.0
    class_weights: Annotated[
        Literal["auto", "none"],
        Meta(
            title="Class weights",
            description="Where classes are uneven, {many} of the rarer ones count more; else a model does "
            "well by naming the common ones.",
        ),
    ] = "auto"


class FineTuningConfig(ConfigPart, frozen=True):
    """The second phase: the trained head and the unfrozen blocks together, in smaller steps.

    Used when something is unfrozen. Optimiser, schedule and loss are those of `TrainingConfig`, and so are
    batches without a size of their own. What is None is filled in by `resolved`, by task.
    """

    epochs: Annotated[
        Annotated[int, Meta(ge=1, le=1000)] | None,
        Meta(title="Fine-tuning: epochs at most", description=EPOCHS),
    ] = None
    batch_size: Annotated[
        Annotated[int, Meta(ge=1, le=1024)] | None,
        Meta(title="Fine-tuning: batch size", description=BATCH_SIZE),
    ] = None
    learning_rate: Annotated[
        Rate | None, Meta(title="Fine-tuning: learning rate", description=LEARNING_RATE)
    ] = None
    depth_decay: Annotated[
        float,
        Meta(
            ge=1e-6,
            le=1.0,
            title="Fine-tuning: step size from {block} to {block}",
            description="Each {block} further from the head takes steps this many times as large as the one "
            "behind it: what lies deep is general already. 1 treats all alike.",
            extra={"slider": (0.1, 1.0, 0.05)},
        ),
    ] = 0.9
    warmup_epochs: Annotated[
        Annotated[float, Meta(ge=0.0, le=20.0)] | None,
        Meta(title="Fine-tuning: warm-up epochs", description=WARMUP, extra={"step": 0.5}),
    ] = None
    averaging: Annotated[
        Annotated[float, Meta(ge=0.0, le=0.9)] | None,
        Meta(
            title="Fine-tuning: averaging",
            description="The share of the model so far in the model after each epoch. An average of epochs "
            "answers better than one of them. 0 takes each epoch alone.",
            extra={"step": 0.1},
        ),
    ] = None
    weight_decay: Annotated[
        float,
        Meta(
            ge=0.0,
            le=1.0,
            title="Fine-tuning: weight decay",
            description=WEIGHT_DECAY,
            extra={"step": 0.01},
        ),
    ] = 0.1
    patience: Annotated[int, Meta(ge=0, le=1000, title="Fine-tuning: patience", description=PATIENCE)] = 8
