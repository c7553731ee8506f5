"""The code of networks that answer at every place of a picture: backbone, pyramid, how a head learns."""

from __future__ import annotations

from tlcore.config.recommended import RECOMMENDED
from tlcore.export.code.classes.training_step import OPTIMIZERS, rate_lines
from tlcore.export.code.common.constants import constant, setting
from tlcore.export.code.common.values import BACKBONE, CodeValues

START = f"""\
import keras

{{constants}}
keras.utils.set_random_seed(SEED)

# {{name}}{{origin}}: from a picture to three maps of features.
# A place of a map stands for 8, 16 or 32 pixels. The backbone is frozen: what learns is the head.
backbone = keras.models.load_model(HERE / "{BACKBONE}")
inputs = [keras.Input(one.shape[1:]) for one in backbone.outputs]


def normalised(x):
    return keras.layers.ReLU(6.0)(keras.layers.BatchNormalization(momentum=0.9)(x))


def lateral(x):
    \"\"\"A map brought to WIDTH channels.\"\"\"
    return normalised(keras.layers.Conv2D(WIDTH, 1, use_bias=False)(x))


def separable(x, kernel=5):
    \"\"\"A convolution in two steps: first each channel by itself, then all channels of a place.\"\"\"
    x = keras.layers.DepthwiseConv2D(kernel, padding="same", use_bias=False)(x)
    return lateral(keras.layers.BatchNormalization(momentum=0.9)(x))

"""
FROZEN = '''\
def frozen_maps(pictures):
    """The maps of the backbone. It always gives the same ones, so it runs once for each picture and copy."""
    maps = backbone.predict(pictures, batch_size=8, verbose=0)
    return [one.astype("float16") for one in maps]  # half the memory, and enough digits


f_copies, y_copies = [frozen_maps(x_train)], [y_train]
for _ in range(VIEWS):
    x, y = zip(*map(change, x_train, y_train))
    f_copies.append(frozen_maps(np.stack(x)))
    y_copies.append(np.stack(y))
f_validation = frozen_maps(x_validation)


class Batches(keras.utils.PyDataset):
    """Training pictures in batches, shuffled anew for each epoch, each in one of its copies."""

    def __init__(self):
        super().__init__()
        self.on_epoch_end()

    def __len__(self):
        return math.ceil(len(x_train) / BATCH)

    def on_epoch_end(self):
        self.order = np.random.permutation(len(x_train))

    def __getitem__(self, step):
        rows = self.order[step * BATCH : (step + 1) * BATCH]
        some = list(zip(np.random.randint(1 + VIEWS, size=len(rows)), rows))  # a copy of each
        maps = (np.stack([f_copies[copy][level][row] for copy, row in some]) for level in range(3))
        return tuple(maps), np.stack([y_copies[copy][row] for copy, row in some])
'''


def backbone(values: CodeValues) -> str:
    """Seed, backbone, and the layers that the head consists of."""
    width, *_ = values.config.hidden or RECOMMENDED[values.task].hidden
    constants = (
        setting("SEED", values.config, "seed"),
        constant("WIDTH", width, "channels of the head"),
    )
    return START.format(name=values.backbone.name, origin=values.origin, constants="\n".join(constants))


def dropout(values: CodeValues) -> str:
    """A line that lets `x` through a layer of dropout, where the head has one."""
    share = values.config.head.dropout
    return f"x = keras.layers.Dropout({share})(x)\n" if share else ""


def recipe(values: CodeValues) -> str:
    """Settings of the training, the learning rate, and the optimizer."""
    config = values.config
    names = {"EPOCHS": "epochs", "BATCH": "batch_size", "DECAY": "weight_decay"}
    kind = OPTIMIZERS[config.training.optimizer]
    return "\n".join(
        (
            *(setting(name, config, f"training.{key}") for name, key in names.items()),
            "steps = math.ceil(len(x_train) / BATCH)",
            rate_lines(config.training),
            f"optimizer = keras.optimizers.{kind}(rate, weight_decay=DECAY)",
        )
    )


def score_of_run(values: CodeValues) -> str:
    """A comment with the scores of the run, where there is one."""
    if not values.scores:
        return ""
    validation, test = (values.words.figure(score) for score in values.scores)
    return f"# The run itself: validation {validation}, test {test}.\n"
