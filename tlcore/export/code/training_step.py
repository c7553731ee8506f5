"""The code of the step Train: the head, and then the unfrozen blocks with it."""

from __future__ import annotations

from tlcore.export.code.constants import constant, setting
from tlcore.export.code.values import CodeValues

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
        x, y = {rows}, self.y[rows]
{mixup}        return {returned}
'''
DRAW = """\
        self.view = np.random.randint(len(self.x), size=len(self.y))  # one copy of each picture
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
TRAIN_HEAD = """\
# First the head learns alone, on the features of the frozen backbone.
{constants}
y_hot, y_validation_hot = one_hot(y_train{smoothing}), one_hot(y_validation)
steps = math.ceil(len(y_train) / BATCH)
{rate}
head.compile(
    keras.optimizers.{optimizer}(rate, weight_decay=DECAY{epsilon}),
    keras.losses.CategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
best = keras.callbacks.EarlyStopping(patience={patience}, restore_best_weights=True)
validation = (f_validation, y_validation_hot)
batches = Batches(f_train, y_hot, BATCH)
head.fit(batches, epochs=EPOCHS, validation_data=validation, callbacks=[best], verbose=2)
"""
TUNE = """\
# Then the unfrozen blocks learn with it, in smaller steps, and in smaller ones still the deeper they lie.
{constants}
{cut_features}
{shares}

class DeeperSlower(keras.optimizers.{optimizer}):
    def update_step(self, gradient, variable, learning_rate):
        share = shares[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * share)


steps = math.ceil(len(y_train) / BATCH)
{rate}
tail.compile(
    DeeperSlower(rate, weight_decay=DECAY, epsilon=1e-3{averaging}),
    keras.losses.CategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
start = tail.get_weights()
best = keras.callbacks.EarlyStopping(patience={patience}, restore_best_weights=True)
callbacks = [{mean}best]{why}
validation = (t_validation, y_validation_hot)
batches = Batches(t_train, y_hot, BATCH)
tail.fit(batches, epochs=EPOCHS, validation_data=validation, callbacks=callbacks, verbose=2)

# Of the weights from before, the best ones of this phase and blends of the two, the best stay.
end = tail.get_weights()


def blend(share):
    tail.set_weights([(1 - share) * one + share * other for one, other in zip(start, end)])


def judge(share):
    blend(share)
    loss, accuracy = tail.evaluate(*validation, verbose=0)
    return accuracy, -loss


blend(max((0.0, 0.25, 0.5, 0.75, 1.0), key=judge))
"""
CUT_FEATURES = """\
# What lies before the cut stays frozen, and runs once for each picture.
{train}
t_validation = before_cut.predict(x_validation, verbose=0)"""
SHARES = """\
shares, share = [], DEPTH_DECAY**len(BLOCK_ENDS)  # of the learning rate, for each kernel and bias
for one in tail.operations:
    shares += [share] * len(getattr(one, "trainable_variables", []))
    if one.name in BLOCK_ENDS:
        share /= DEPTH_DECAY
"""


def code(values: CodeValues) -> str:
    """Training each phase; the network has the best weights of the last one afterwards."""
    config = values.config
    weights = constant("CLASS_WEIGHTS", tuple(round(w, 4) for w in values.class_weights or ()))
    start = [f"{weights}  # examples of rare classes count more\n"] if values.class_weights else []
    if config.is_head_open:
        own = ", sample_weight=np.array(CLASS_WEIGHTS)[y_train]" if values.class_weights else ""
        return "\n".join((*start, SOLVE.format(weights=own)))
    parts = [IMPORTS, *start, "", _batches(values), "", _head(values)]
    if "fine-tuning" in config.phases:
        parts.append(_tune(values))
    return "\n".join(parts)


def _batches(values: CodeValues) -> str:
    own = values.config.augmentation
    return BATCHES.format(
        draw=DRAW if own.views else "",
        rows="self.x[self.view[rows], rows]" if own.views else "self.x[rows]",
        mixup=MIXUP if own.mixup else "",
        returned="x, y, y @ CLASS_WEIGHTS" if values.class_weights else "x, y",
    )


def _head(values: CodeValues) -> str:
    config = values.config
    recipe = config.training
    names = {"EPOCHS": "epochs", "BATCH": "batch_size", "DECAY": "weight_decay"}
    constants = [setting(name, config, f"training.{key}") for name, key in names.items()]
    if config.augmentation.mixup:
        constants.append(setting("MIXUP", config, "augmentation.mixup"))
    return TRAIN_HEAD.format(
        constants="\n".join(constants),
        smoothing=f", smoothing={recipe.label_smoothing}" if recipe.label_smoothing else "",
        rate=_rate(values, "head"),
        optimizer=OPTIMIZERS[recipe.optimizer],
        epsilon="",
        patience=recipe.patience or "EPOCHS",
    )


OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop"}


def _rate(values: CodeValues, phase: str) -> str:
    """The lines that set `rate` for a phase."""
    recipe = values.config.recipe("head" if phase == "head" else "fine-tuning")
    if recipe.schedule == "constant":
        return f"rate = {recipe.learning_rate}"
    warmup = min(recipe.warmup_epochs, recipe.epochs / 2)
    form = RATE["warm" if warmup else "cosine"].format(rate=recipe.learning_rate)
    return (f"warmup = round({warmup} * steps)\n" if warmup else "") + f"rate = {form}"


def _tune(values: CodeValues) -> str:
    config, tuning = values.config, values.config.fine_tuning
    names = {"EPOCHS": "epochs", "BATCH": "batch_size", "DECAY": "weight_decay", "DEPTH_DECAY": "depth_decay"}
    constants = [setting(name, config, f"fine_tuning.{key}") for name, key in names.items()]
    averaging = ""
    if tuning.averaging:
        constants.append(setting("AVERAGING", config, "fine_tuning.averaging"))
        averaging = ", use_ema=True, ema_momentum=AVERAGING ** (1 / steps)"
    ends = tuple(block.output for block in values.backbone.blocks[values.first_unfrozen :])
    return TUNE.format(
        constants="\n".join((*constants, constant("BLOCK_ENDS", ends, "the last operation of each block"))),
        cut_features=_cut_features(values),
        shares=SHARES,
        optimizer=OPTIMIZERS[config.training.optimizer],
        rate=_rate(values, "fine-tuning"),
        averaging=averaging,
        mean="keras.callbacks.SwapEMAWeights(swap_on_epoch=True), " if averaging else "",
        why="  # a mean of the weights so far answers" if averaging else "",
        patience=tuning.patience or "EPOCHS",
    )


def _cut_features(values: CodeValues) -> str:
    views = values.config.augmentation.views
    if not values.first_unfrozen:
        return f"t_train, t_validation = {'np.stack(x_views)' if views else 'x_train'}, x_validation"
    one = "before_cut.predict({}, verbose=0)"
    many = f"np.stack([{one.format('x')} for x in x_views])"
    return CUT_FEATURES.format(train=f"t_train = {many if views else one.format('x_train')}")
