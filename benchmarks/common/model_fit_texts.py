"""A whole text model under `model.fit`, written plainly: every layer over every text in every epoch.

    python -m benchmarks.common.model_fit_texts '{"data": FOLDER, "out": FILE, "backbone": ID, "length": 40,
                                       "hidden": 128, "dropout": 0.4, "epochs": 2, "batch": 32,
                                       "rate": 0.001}'

FOLDER holds train.csv and val.csv. The strings are tokenized once, the backbone is frozen, a Dense head
trains on the mean over tokens. Prints JSON. The clock starts after TensorFlow and KerasHub are imported.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

started = time.perf_counter()
import keras  # noqa: E402
import numpy as np  # noqa: E402

from benchmarks.common import labelled_data  # noqa: E402
from tlcore.backbones.texts import loader  # noqa: E402  imports KerasHub
from tlcore.graft.inputs.text_rows import encode  # noqa: E402

Row = dict[str, Any]


class Clock(keras.callbacks.Callback):
    """When each epoch began."""

    def __init__(self) -> None:
        super().__init__()
        self.begins: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Row | None = None) -> None:
        self.begins.append(time.perf_counter())


def build(spec: Row, classes: int) -> keras.Model:
    """Backbone, mean over real tokens, Dense, dropout, softmax."""
    backbone = loader.load(spec["backbone"])
    backbone.trainable = False
    tokens = keras.Input((spec["length"],), dtype="int32")
    states, mask = backbone(tokens)
    x = keras.layers.GlobalAveragePooling1D()(states, mask=mask)
    x = keras.layers.Dense(spec["hidden"], activation="relu")(x)
    x = keras.layers.Dropout(spec["dropout"])(x)
    model = keras.Model(tokens, keras.layers.Dense(classes, activation="softmax")(x))
    model.compile(
        optimizer=keras.optimizers.Adam(spec["rate"]),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def tokenize(spec: Row) -> tuple[list[tuple[np.ndarray, np.ndarray]], int]:
    """Ids and class numbers of the training and the validation part, and how many classes there are."""
    tokens = loader.tokenizer(spec["backbone"], spec["length"])
    rows = [labelled_data.read(Path(spec["data"]) / f"{split}.csv") for split in ("train", "val")]
    classes = sorted({label for _, label in rows[0]})
    parts = [
        (
            encode([text for text, _ in part], tokens),
            np.array([classes.index(label) for _, label in part]),
        )
        for part in rows
    ]
    return parts, len(classes)


def main() -> None:
    spec = json.loads(sys.argv[1])
    began = time.perf_counter()
    keras.utils.set_random_seed(0)
    (train, validation), classes = tokenize(spec)
    model = build(spec, classes)
    ready = time.perf_counter()
    clock = Clock()
    history = model.fit(
        *train,
        validation_data=validation,
        epochs=spec["epochs"],
        batch_size=spec["batch"],
        callbacks=[clock],
        verbose=0,
    ).history
    fitted = time.perf_counter()
    model.save(spec["out"])
    ended = time.perf_counter()
    marks = [ready, *clock.begins[1:], fitted]
    seconds = [round(end - begin, 3) for begin, end in pairwise(marks)]
    told = {
        "seconds": round(ended - began, 3),
        "import_tensorflow_and_keras_hub_s": round(began - started, 3),
        "tokenize_and_build_s": round(ready - began, 3),
        "fit_s": round(fitted - ready, 3),
        "save_s": round(ended - fitted, 3),
        "epochs_s": seconds,
        "trainable_parameters": int(sum(w.numpy().size for w in model.trainable_weights)),
        "best_val_accuracy": round(max(history["val_accuracy"]), 4),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
