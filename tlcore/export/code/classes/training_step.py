"""The code of the step Train: each phase of the run, mostly the head and then the unfrozen blocks with it."""

from __future__ import annotations

from tlcore.config import PhaseName
from tlcore.config.training import TrainingConfig
from tlcore.export.code.classes.kinds import kind_of
from tlcore.export.code.common.constants import constant, setting
from tlcore.export.code.common.values import CodeValues

SOLVE = """\
# Graft solves the regression in a second; here ordinary steps on all examples at once lead to nearly the same
# place. Graft's run then learned once more, from the validation examples too. This code stops before that, so
# that the score on validation means something.
STEPS = 400
head.compile(
    keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, STEPS)),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
for _ in range(STEPS):
    head.train_on_batch(f_train, y_train{weights})
"""
IMPORTS = "import math\n"
BATCHES = '''\
def one_hot(y, smoothing=0.0):
    """1 for the class of each example and 0 for the others."""
    return keras.utils.to_categorical(y, len(CLASSES)) * (1 - smoothing) + smoothing / len(CLASSES)


class Batches(keras.utils.PyDataset):
    """Training examples in batches, shuffled anew for each epoch."""

    def __init__(self, x, y, batch_size):
        super().__init__()
        self.x, self.y, self.batch_size = x, y, batch_size
        self.on_epoch_end()

    def __len__(self):
        return math.ceil(len(self.y) / self.batch_size)

    def on_epoch_end(self):
        self.order = np.random.permutation(len(self.y))
{draw}
    def __getitem__(self, step):
        rows = self.order[step * self.batch_size : (step + 1) * self.batch_size]
        x = {rows}
        y = self.y[rows]
{mixup}        return {returned}
'''
DRAW = """\
        self.view = np.random.randint(len(self.x), size=len(self.y))  # one copy of each example
"""
MIXUP = """\
        # Mixup: each example is blended with another one of its batch, and so are their classes.
        share = np.random.beta(MIXUP, MIXUP, len(rows))
        share, others = np.maximum(share, 1 - share), np.random.permutation(len(rows))
        s = share.reshape(-1, *[1] * (x.ndim - 1))
        x = (s * x + (1 - s) * x[others]).astype(x.dtype)
        y = share[:, None] * y + (1 - share[:, None]) * y[others]
"""
RATE = {
    "constant": "{rate}",
    "cosine": "keras.optimizers.schedules.CosineDecay({rate}, EPOCHS * steps, alpha=0.01)",
    "warm": (
        "keras.optimizers.schedules.CosineDecay(  # up, and then down to a hundredth\n"
        "    {rate} / 10, EPOCHS * steps - warmup, alpha=0.01, warmup_target={rate}, warmup_steps=warmup\n)"
    ),
}
TARGETS = "y_hot, y_validation_hot = one_hot(y_train{smoothing}), one_hot(y_validation)\n"
ABOUT = {
    "head": "The head learns alone, on the features of the frozen backbone.",
    "fine-tuning": "The unfrozen {block}s learn with the head, in smaller steps, and in smaller ones still "
    "the deeper they lie.",
    "whole": "All of it learns: nothing is frozen.",
}
LEARN = """\
# {about}
{constants}
{features}{shares}steps = math.ceil(len(y_train) / BATCH)
{rate}
{network}.compile(
    {optimizer}(rate, weight_decay=DECAY{options}),
    keras.losses.CategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
{start}best = keras.callbacks.EarlyStopping(patience={patience}, restore_best_weights=True)
callbacks = [{mean}best]{why}
validation = ({validation}, y_validation_hot)
batches = Batches({train}, y_hot, BATCH)
{network}.fit(batches, epochs=EPOCHS, validation_data=validation, callbacks=callbacks, verbose=2)
"""
DEEPER_SLOWER = """\
shares, share = [], DEPTH_DECAY**len(BLOCK_ENDS)  # of the learning rate, for each kernel and bias
for one in tail.operations:
    shares += [share] * len(getattr(one, "trainable_variables", []))
    if one.name in BLOCK_ENDS:
        share /= DEPTH_DECAY


class DeeperSlower(keras.optimizers.{optimizer}):
    def update_step(self, gradient, variable, learning_rate):
        share = shares[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * share)


"""
BLENDS = """\
# Of the weights from before, the best ones since and blends of the two, the best stay.
end = {network}.get_weights()


def blend(share):
    {network}.set_weights([(1 - share) * one + share * other for one, other in zip(start, end)])


def judge(share):
    blend(share)
    loss, accuracy = {network}.evaluate(*validation, verbose=0)
    return accuracy, -loss


blend(max((0.0, 0.25, 0.5, 0.75, 1.0), key=judge))
"""
CUT_FEATURES = """\
# What lies before the cut stays frozen, and runs once for each {one}.
t_train = {train}
t_validation = before_cut.predict(x_validation, verbose=0)
"""
AVERAGES = ", use_ema=True, ema_momentum=AVERAGING ** (1 / steps)"
OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop"}


def code(values: CodeValues) -> str:
    """Training each phase; the network has the best weights of the last one afterwards."""
    config = values.config
    weights = constant("CLASS_WEIGHTS", tuple(round(w, 4) for w in values.class_weights or ()))
    start = [f"{weights}  # examples of rare classes count more\n"] if values.class_weights else []
    if config.is_head_open:
        own = ", sample_weight=np.array(CLASS_WEIGHTS)[y_train]" if values.class_weights else ""
        return "\n".join((*start, SOLVE.format(weights=own)))
    smoothing = f", smoothing={config.training.label_smoothing}" if config.training.label_smoothing else ""
    targets = TARGETS.format(smoothing=smoothing)
    phases = [part for phase in config.phases for part in _phase(values, phase)]
    return "\n".join((IMPORTS, *start, "", _batches(values), "", targets, *phases))


def _batches(values: CodeValues) -> str:
    own, tunes = values.config.augmentation, "fine-tuning" in values.config.phases
    rows = kind_of(values).rows if tunes else "self.x[rows]"
    return BATCHES.format(
        draw=DRAW if own.views else "",
        rows="self.x[self.view[rows], rows]" if own.views else rows,
        mixup=MIXUP if own.mixup else "",
        returned="x, y, y @ CLASS_WEIGHTS" if values.class_weights else "x, y",
    )


def _phase(values: CodeValues, phase: PhaseName) -> list[str]:
    """One phase of training; where it began with something that had learned, with the choice among blends."""
    config = values.config
    recipe, kind = config.recipe(phase), OPTIMIZERS[config.training.optimizer]
    tunes, has_before = phase == "fine-tuning", phase == "fine-tuning" or bool(config.start_from)
    averages = tunes and config.fine_tuning.averaging
    features, train, validation = _inputs(values, phase)
    text = LEARN.format(
        about=ABOUT[phase].format(block=values.words.block),
        constants=_constants(values, phase),
        features=features,
        shares=DEEPER_SLOWER.format(optimizer=kind) if tunes else "",
        rate=rate_lines(recipe),
        network=(network := "head" if phase == "head" else "tail"),
        optimizer="DeeperSlower" if tunes else f"keras.optimizers.{kind}",
        options=", epsilon=1e-3" * tunes + (AVERAGES if averages else ""),
        start=f"start = {network}.get_weights()\n" if has_before else "",
        patience=recipe.patience or "EPOCHS",
        mean="keras.callbacks.SwapEMAWeights(swap_on_epoch=True), " if averages else "",
        why="  # a mean of the weights so far answers" if averages else "",
        validation=validation,
        train=train,
    )
    return [text, BLENDS.format(network=network)] if has_before else [text]


def _constants(values: CodeValues, phase: PhaseName) -> str:
    """The settings of a phase, by name."""
    config, tunes = values.config, phase == "fine-tuning"
    part = "fine_tuning" if tunes else "training"
    names = {"EPOCHS": "epochs", "BATCH": "batch_size", "DECAY": "weight_decay"}
    if tunes:
        names |= {"DEPTH_DECAY": "depth_decay"}
    if tunes and config.fine_tuning.averaging:
        names |= {"AVERAGING": "averaging"}
    constants = [setting(name, config, f"{part}.{key}") for name, key in names.items()]
    if config.augmentation.mixup and phase == config.phases[0]:
        constants.append(setting("MIXUP", config, "augmentation.mixup"))
    if tunes:
        ends = tuple(block.output for block in values.backbone.blocks[values.first_unfrozen :])
        constants.append(constant("BLOCK_ENDS", ends, f"the last operation of each {values.words.block}"))
    return "\n".join(constants)


def rate_lines(recipe: TrainingConfig) -> str:
    """The lines that set `rate` for a phase."""
    if recipe.schedule == "constant":
        return f"rate = {recipe.learning_rate}"
    warmup = min(recipe.warmup_epochs, recipe.epochs / 2)
    form = RATE["warm" if warmup else "cosine"].format(rate=recipe.learning_rate)
    return (f"warmup = round({warmup} * steps)\n" if warmup else "") + f"rate = {form}"


def _inputs(values: CodeValues, phase: PhaseName) -> tuple[str, str, str]:
    """Lines that compute what a phase learns from, and the names of that, for training and for validation."""
    has_views = values.config.augmentation.views
    if phase == "head":
        return "", "f_train", "f_validation"
    if not values.first_unfrozen:
        return "", "np.stack(x_views)" if has_views else "x_train", "x_validation"
    one = "before_cut.predict({}, verbose=0)"
    train = f"np.stack([{one.format('x')} for x in x_views])" if has_views else one.format("x_train")
    return CUT_FEATURES.format(one=values.words.one, train=train), "t_train", "t_validation"
