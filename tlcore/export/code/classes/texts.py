"""The code of texts: how they are read, what backbone they go through, and how one is answered.

Their tokenizer is inside `backbone.keras`, as it is inside the model of the run.
"""

from __future__ import annotations

from tlcore.backbones.catalogue.entry import Pooling
from tlcore.export.code.common.constants import constant
from tlcore.export.code.common.values import CodeValues

IMPORTS = """\
import json
import pathlib

import numpy as np
"""
READ = '''\
def read_split(split):
    """The texts of one part of the split, and the number of each one's class."""
    rows = json.loads((HERE / "texts.json").read_text(encoding="utf-8"))
    rows = [row for row in rows if row["split"] == split]
    texts = np.array([row["text"] for row in rows], dtype=object)
    return texts, np.array([row["class"] for row in rows])
'''
BACKBONE = """\
import keras_hub  # the layers of this backbone are its own

# {name}{origin}.
# It begins with its tokenizer, which makes a row of numbers of each text, one for each token: a word, or a
# part of one.{length}
backbone = keras.models.load_model(HERE / "backbone.keras")
text = backbone.input
states, is_token = backbone.outputs  # features of each token; False behind the end of a short text
"""
LENGTH = " Up to {} of them are read."
POOLED: dict[Pooling, str] = {
    "mean": """\
features = keras.layers.GlobalAveragePooling1D()(states, mask=is_token)  # of a text: the mean of its tokens'
""",
    "first": "features = states[:, 0]  # of the first token, which stands for the whole text\n",
}
ANSWER = '''\
def answer(text):
    """The likeliest class of a text, with its chance; or that it is not sure."""
    chances = model.predict(np.array([text], dtype=object), verbose=0)[0]
'''
ASK = "print(*answer(x_test[0]))\n"


def reading(values: CodeValues) -> str:
    """Reading the texts into arrays, by `texts.json`."""
    constants = ("HERE = pathlib.Path(__file__).parent", constant("CLASSES", values.classes))
    return "\n".join((IMPORTS, *constants, "\n", READ))


def backbone(values: CodeValues) -> str:
    """The network up to the features of a text."""
    text = BACKBONE.format(
        name=values.backbone.name,
        origin=values.origin,
        length=LENGTH.format(values.size) if values.scores else "",  # known once there is a run
    )
    return text + POOLED[values.backbone.pooling]
