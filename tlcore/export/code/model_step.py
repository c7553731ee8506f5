"""The code of the step Model: the backbone, the head, and where freezing ends."""

from __future__ import annotations

from tlcore.export.code.constants import constant, setting
from tlcore.export.code.values import CodeValues, is_by_name

START = """\
import keras

{seed}
keras.utils.set_random_seed(SEED)
"""
FROM_FILE = """\
# {name} with its pretrained weights: from pictures to maps of features. It stays frozen at first.
backbone = keras.models.load_model(HERE / "backbone.keras")
picture = backbone.input
"""
BY_NAME = """\
# {name} with its pretrained weights: from pictures to maps of features. It stays frozen at first.
picture = keras.Input((SIZE, SIZE, 3), dtype="uint8")
{scaling}
backbone = keras.applications.{constructor}(
    include_top=False, weights="imagenet", input_tensor=x, input_shape=(SIZE, SIZE, 3)
)
"""
# What each family wants to see in place of numbers from 0 to 255: `tlcore/backbones/images/preprocess.py`.
SCALING = {
    "built-in": "x = picture  # it scales the numbers by itself",
    "tf": "x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(picture)  # from -1 to 1",
    "torch": """\
mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])  # of ImageNet
x = keras.layers.Rescaling(list(1 / (255 * deviation)), offset=list(-mean / deviation))(picture)""",
    "caffe": """\
x = keras.layers.Rescaling(1.0, offset=[-123.68, -116.779, -103.939])(picture)  # less the mean
x = keras.ops.flip(x, axis=-1)  # blue, green, red""",
}
FEATURES = """\
features = keras.layers.GlobalAveragePooling2D()(backbone.output)
front = keras.Model(picture, features)
"""
RUN_ONCE = """\
# What is frozen gives the same numbers each time, so it runs once for each picture.
f_train, f_validation = (front.predict(x, verbose=0) for x in (x_train, x_validation))
"""
VIEWS = """\
# Changed copies of each training picture, by Keras: as strong as those of the run, but not the same.
{constants}
change = keras.Sequential(
    [
{layers}
    ]
)


def changed(pictures):
    starts = range(0, len(pictures), 32)
    parts = [change(pictures[i : i + 32].astype("float32"), training=True) for i in starts]
    return np.concatenate([np.rint(part).clip(0, 255).astype("uint8") for part in parts])


x_views = [x_train, *(changed(x_train) for _ in range(VIEWS))]
# What is frozen gives the same numbers each time, so it runs once for each copy.
f_train = np.stack([front.predict(x, verbose=0) for x in x_views])
f_validation = front.predict(x_validation, verbose=0)
"""
HEAD = """\
head = keras.Sequential(
    [
        keras.Input(features.shape[1:]),
{layers}
        keras.layers.Dense(len(CLASSES)),
    ]
)
logits = head(features)
"""
OPEN_HEAD = """\
# The head was left open. The run then solves it: a softmax regression on standardised features, with the
# penalty that answers unseen examples best. Features that hardly vary are noise and not blown up.
{penalty}
mean, deviation = f_train.mean(axis=0), f_train.std(axis=0)
deviation = np.maximum(deviation, np.median(deviation) or deviation.max())
head = keras.Sequential(
    [
        keras.Input(features.shape[1:]),
        keras.layers.Normalization(mean=mean, variance=deviation**2),
        keras.layers.Dense(
            len(CLASSES),
            kernel_initializer="zeros",
            kernel_regularizer=keras.regularizers.L2(PENALTY / 2),
        ),
    ]
)
logits = head(features)
"""
CUT = """\
# In the second phase the last {count} train with the head. Batch norm stays as it is: a few hundred
# pictures would spoil statistics that were learned from a million.
{last_frozen}
for layer in backbone.layers:
    if isinstance(layer, keras.layers.BatchNormalization):
        layer.trainable = False
cut = next(one.output for one in backbone.operations if one.name == LAST_FROZEN)
before_cut, tail = keras.Model(picture, cut), keras.Model(cut, logits)
"""
NO_CUT = """\
# In the second phase the whole network trains. Batch norm stays as it is: a few hundred pictures would spoil
# statistics that were learned from a million.
for layer in backbone.layers:
    if isinstance(layer, keras.layers.BatchNormalization):
        layer.trainable = False
tail = keras.Model(picture, logits)
"""
WHOLE = """\
# Divided by the temperature, scores become chances that can be believed: of answers that are 80 % sure, 80 %
# are right.
{temperature}
chances = keras.layers.Softmax()(keras.layers.Rescaling(1 / TEMPERATURE)(logits))
model = keras.Model(picture, chances)
"""


def code(values: CodeValues) -> str:
    """Building the network, with its features of all pictures that training needs."""
    config = values.config
    parts = [
        START.format(seed=setting("SEED", config, "seed")),
        _backbone(values),
        FEATURES,
        _views(values) if config.augmentation.views else RUN_ONCE,
        _head(values),
    ]
    if "fine-tuning" in config.phases:
        parts.append(_cut(values))
    parts.append(WHOLE.format(temperature=constant("TEMPERATURE", round(values.temperature, 4))))
    return "\n".join(parts)


def _backbone(values: CodeValues) -> str:
    if not is_by_name(values.config):
        return FROM_FILE.format(name=values.backbone.name)
    return BY_NAME.format(
        name=values.backbone.name,
        constructor=values.published.constructor,
        scaling=SCALING[values.published.style],
    )


def _head(values: CodeValues) -> str:
    config = values.config
    if config.is_head_open:
        return OPEN_HEAD.format(penalty=constant("PENALTY", round(values.penalty, 6)))
    layers = [f'keras.layers.Dense({width}, activation="relu"),' for width in config.hidden]
    if config.head.dropout:
        layers.append(f"keras.layers.Dropout({config.head.dropout}),")
    text = HEAD.format(layers="\n".join(f"        {layer}" for layer in layers))
    return text.replace("\n\n", "\n")  # where there is none


def _cut(values: CodeValues) -> str:
    first = values.first_unfrozen
    if not first:
        return NO_CUT
    count = len(values.backbone.blocks) - first
    name = values.backbone.blocks[first - 1].output
    return CUT.format(
        count="block" if count == 1 else f"{count} blocks", last_frozen=constant("LAST_FROZEN", name)
    )


def _views(values: CodeValues) -> str:
    config, own = values.config, values.config.augmentation
    mirrored = ', fill_mode="reflect"'
    layers = [
        'keras.layers.RandomFlip("horizontal"),' if own.flip else "",
        f"keras.layers.RandomRotation({round(own.rotate / 360, 4)}{mirrored})," if own.rotate else "",
        f"keras.layers.RandomZoom({own.zoom}{mirrored})," if own.zoom else "",
        f"keras.layers.RandomTranslation({own.shift}, {own.shift}{mirrored})," if own.shift else "",
        f"keras.layers.RandomBrightness({own.brightness})," if own.brightness else "",
        f"keras.layers.RandomContrast({own.contrast})," if own.contrast else "",
        f"keras.layers.RandomSaturation({(0.5 - own.colour / 4, 0.5 + own.colour / 4)}),"
        if own.colour
        else "",
    ]
    return VIEWS.format(
        constants=setting("VIEWS", config, "augmentation.views"),
        layers="\n".join(f"        {layer}" for layer in layers if layer),
    )
