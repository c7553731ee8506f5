"""The code of the step Model: the backbone, the head, and where freezing ends."""

from __future__ import annotations

from tlcore.export.code.classes.kinds import kind_of
from tlcore.export.code.common.constants import constant, setting
from tlcore.export.code.common.values import HEAD as HEAD_FILE
from tlcore.export.code.common.values import CodeValues
from tlcore.heads.term_choice import SHARES
from tlcore.heads.term_counts import MOST

START = """\
import keras

{seed}
keras.utils.set_random_seed(SEED)
"""
FRONT = """\
front = keras.Model({one}, features)
"""
RUN_ONCE = """\
# The backbone is frozen for now. It gives the same numbers each time, so it runs once for each {one}.
f_train, f_validation = (front.predict(x, verbose=0) for x in (x_train, x_validation))
"""
RUN_ONCE_EACH = """\
# The backbone is frozen for now. It gives the same numbers each time, so it runs once for each copy.
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
GOES_ON = f"""\
head.set_weights(keras.models.load_model(HERE / "{HEAD_FILE}").get_weights())  # it has learned before, too
"""
COUNTS = """\
# The run found that it helps to count {counted} beside the features, of those that are in two
# texts or more. A term weighs more the fewer texts it is in.
present = keras.layers.TextVectorization({options}, output_mode="multi_hot", max_tokens={most})
present.adapt(x_train)
found_in = np.sum(present(x_train), axis=0)  # so many texts have each term; the first stands for unknown ones
terms = [term for term, n in zip(present.get_vocabulary()[1:], found_in[1:]) if n >= 2]
weights = 1 + np.log((1 + len(x_train)) / (1 + found_in[1:][found_in[1:] >= 2]))
counts = keras.layers.TextVectorization(
    {options}, output_mode="tf_idf", vocabulary=terms, idf_weights=weights
)
shares = keras.layers.UnitNormalization()(counts({one})[:, 1:])
WIDTH = features.shape[-1]
features = keras.layers.Concatenate()([features, shares])
"""
COUNTED = {
    "words": ("words and pairs of words", "ngrams=2"),
    "characters": ("letters, and up to three in a row", 'split="character", ngrams=3'),
}
COUNTS_SCALE = """\
# Counts are left as they are, and weigh {share:g} times as much as all features.
length = np.square((f_train - mean)[:, :WIDTH] / deviation[:WIDTH]).sum(axis=1).mean()
mean[WIDTH:], deviation[WIDTH:] = 0, 1 / np.sqrt({share:g} * length)
"""
OPEN_HEAD = """\
# The head was left open. The run then solves it: a softmax regression on standardised features, with the
# penalty that answers unseen examples best. Features that hardly vary are noise and not blown up.
{penalty}
mean, deviation = f_train.mean(axis=0), f_train.std(axis=0)
deviation = np.maximum(deviation, np.median(deviation{features}) or deviation.max())
{counts}head = keras.Sequential(
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
# {when} last {count} train with the head; what lies before them stays as it is.
{last_frozen}
cut = {cut}
before_cut, tail = keras.Model({one}, cut), keras.Model(cut, logits)
before_cut.trainable = False
"""
LAST = "next(one.output for one in front.operations if one.name == LAST_FROZEN)"
NO_CUT = """\
# {when} whole network trains.
tail = keras.Model({one}, logits)
"""
WHOLE = """\
# Divided by the temperature, scores become chances that can be believed: of answers that are 80 % sure, 80 %
# are right.
{temperature}
chances = keras.layers.Softmax()(keras.layers.Rescaling(1 / TEMPERATURE)(logits))
model = keras.Model({one}, chances)
"""


def code(values: CodeValues) -> str:
    """Building the network, with its features of all examples that training needs."""
    config, one = values.config, values.words.one
    parts = [
        START.format(seed=setting("SEED", config, "seed")),
        kind_of(values).backbone(values) + _counts(values) + FRONT.format(one=one),
        *_features(values),
        _head(values),
        *_cut(values),
        WHOLE.format(one=one, temperature=constant("TEMPERATURE", round(values.temperature, 4))),
    ]
    return "\n".join(parts)


def _counts(values: CodeValues) -> str:
    """The terms that the head counts in texts, beside the features."""
    if values.counts is None:
        return ""
    counted, options = COUNTED[values.counts]
    return COUNTS.format(counted=counted, options=options, most=MOST, one=values.words.one)


def _features(values: CodeValues) -> list[str]:
    """The input of the head while it learns alone, after the changed copies of the examples."""
    copies = [copies] if (copies := kind_of(values).copies(values)) else []
    run_once = RUN_ONCE_EACH if copies else RUN_ONCE.format(one=values.words.one)
    return [*copies, run_once] if "head" in values.config.phases else copies


def _head(values: CodeValues) -> str:
    config = values.config
    if config.is_head_open:
        counts = COUNTS_SCALE.format(share=SHARES[values.counts]) if values.counts else ""
        return OPEN_HEAD.format(
            penalty=constant("PENALTY", round(values.penalty, 6)),
            features="[:WIDTH]" if values.counts else "",
            counts=counts,
        )
    layers = [f'keras.layers.Dense({width}, activation="relu"),' for width in config.hidden]
    if config.head.dropout:
        layers.append(f"keras.layers.Dropout({config.head.dropout}),")
    text = HEAD.format(layers="\n".join(f"        {layer}" for layer in layers))
    text = text.replace("\n\n", "\n")  # where there is none
    return text + (GOES_ON if config.start_from else "")


def _cut(values: CodeValues) -> list[str]:
    """Where freezing ends, if it does."""
    if values.config.phases == ("head",):
        return []
    first, kind, one = values.first_unfrozen, kind_of(values), values.words.one
    norms = [norms] if (norms := kind.norms(values)) else []
    when = "In the second phase the" if "head" in values.config.phases else "The"
    if not first:
        return [*norms, NO_CUT.format(one=one, when=when)]
    count = len(values.backbone.blocks) - first
    name = values.backbone.blocks[first - 1].output
    cut = CUT.format(
        count=values.words.block if count == 1 else f"{count} {values.words.block}s",
        last_frozen=constant("LAST_FROZEN", name),
        cut=kind.cut.format(last=LAST),
        one=one,
        when=when,
    )
    return [*norms, cut]
