"""The tutorial's program, written plainly: the whole network over every picture in every epoch.

    python -m benchmarks.common.model_fit_images '{"data": FOLDER, "out": FILE, "backbone": ID, "size": 224,
        "hidden": 128, "dropout": 0.4, "epochs": 20, "batch": 32, "rate": 0.001, "unfreeze": 0}'

`image_dataset_from_directory`, average pooling, a Dense head, RMSprop, `model.fit`, `model.save`; prints
JSON. `unfreeze` blocks train with the head, batch-norm stays frozen. The clock starts after TensorFlow is
imported.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

started = time.perf_counter()
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from tlcore.backbones.catalogue import catalogue  # noqa: E402
from tlcore.backbones.images import loader  # noqa: E402

Row = dict[str, Any]


class Clock(keras.callbacks.Callback):
    """When each epoch, its validation included, was over."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[float] = []

    def on_epoch_end(self, epoch: int, logs: Row | None = None) -> None:
        self.ends.append(time.perf_counter())


def pictures(spec: Row, split: str) -> tf.data.Dataset:
    """Batches decoded and resized by TensorFlow, in parallel, the next ones while the network is busy."""
    data = keras.utils.image_dataset_from_directory(
        Path(spec["data"]) / split,
        label_mode="categorical",
        image_size=(spec["size"], spec["size"]),
        batch_size=spec["batch"],
        shuffle=split == "train",
        seed=0,
        verbose=False,
    )
    return data.prefetch(tf.data.AUTOTUNE)


def freeze(backbone: keras.Model, spec: Row) -> None:
    """Freeze all layers but those of the last `unfreeze` blocks; batch-norm always."""
    for layer in backbone.layers:
        layer.trainable = False
    if spec["unfreeze"]:
        entry = catalogue.get(spec["backbone"])
        last_frozen = entry.blocks[catalogue.trainable_from(entry, spec["unfreeze"]) - 1]
        before = keras.Model(backbone.input, backbone.get_layer(last_frozen.output).output).layers
        frozen = {layer.name for layer in before}
        for layer in backbone.layers:
            is_batch_norm = isinstance(layer, keras.layers.BatchNormalization)
            layer.trainable = layer.name not in frozen and not is_batch_norm


def build(spec: Row, classes: int) -> keras.Model:
    """The tutorial's model: backbone, average pooling, Dense, dropout, softmax."""
    base_model = loader.load(spec["backbone"], spec["size"])
    freeze(base_model, spec)
    x = keras.layers.GlobalAveragePooling2D()(base_model.output)
    x = keras.layers.Dense(spec["hidden"], activation="relu")(x)
    x = keras.layers.Dropout(spec["dropout"])(x)
    predictions = keras.layers.Dense(classes, activation="softmax")(x)
    model = keras.Model(inputs=base_model.input, outputs=predictions)
    model.compile(
        optimizer=keras.optimizers.RMSprop(spec["rate"]),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main() -> None:
    spec = json.loads(sys.argv[1])
    began = time.perf_counter()
    keras.utils.set_random_seed(0)
    classes = sum(1 for item in (Path(spec["data"]) / "train").iterdir() if item.is_dir())
    train, validation = pictures(spec, "train"), pictures(spec, "val")
    model = build(spec, classes)
    ready = time.perf_counter()
    clock = Clock()
    history = model.fit(
        train, validation_data=validation, epochs=spec["epochs"], callbacks=[clock], verbose=0
    ).history
    fitted = time.perf_counter()
    model.save(spec["out"])
    ended = time.perf_counter()
    told = {
        "seconds": round(ended - began, 3),
        "import_tensorflow_s": round(began - started, 3),
        "build_s": round(ready - began, 3),
        "fit_s": round(fitted - ready, 3),
        "save_s": round(ended - fitted, 3),
        "first_epoch_s": round(clock.ends[0] - ready, 3),
        "later_epochs_s": round((clock.ends[-1] - clock.ends[0]) / max(1, len(clock.ends) - 1), 3),
        "trainable_parameters": int(sum(w.numpy().size for w in model.trainable_weights)),
        "best_val_accuracy": round(max(history["val_accuracy"]), 4),
        "last_val_accuracy": round(history["val_accuracy"][-1], 4),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
