"""The code of a segmenter: masks, a light pyramid, cross-entropy with Dice, and the overlap as its score."""

from __future__ import annotations

from tlcore.export.code.common.code_step import CodeStep, CodeSteps
from tlcore.export.code.common.values import CodeValues
from tlcore.export.code.places import network, pictures

IMPORTS = """\
import csv
import math
import pathlib

import numpy as np
from PIL import Image, ImageColor, ImageEnhance, ImageOps
"""
CONSTANTS = ("IGNORED = 255  # in a mask: a pixel that does not count, as beside the picture",)
READ = '''\


def read_mask(path):
    """The number of each pixel's class, laid into a square as its picture is."""
    with Image.open(path) as mask:
        return np.array(ImageOps.pad(mask, (SIZE, SIZE), Image.Resampling.NEAREST, color=IGNORED))


with open(HERE / "split.csv", encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))


def read_split(split):
    """The pictures of one part of the split, and their masks."""
    own = [row for row in rows if row["split"] == split]
    return tuple(
        np.stack([read(HERE / row[name]) for row in own])
        for read, name in ((read_picture, "path"), (read_mask, "mask"))
    )


x_train, y_train = read_split("train")  # to learn from
x_validation, y_validation = read_split("validation")  # to choose the best epoch by
test_rows = [row for row in rows if row["split"] == "test"]  # for the score, at the very end
print(len(x_train), "training pictures,", len(x_validation), "validation,", len(test_rows), "test")
'''
HEAD = """\

# The coarsest map is weighed, channel by channel, with what the whole picture shows. Then each finer map
# takes in what the coarser ones have seen.
fine, middle, coarse = inputs
gate = keras.layers.GlobalAveragePooling2D(keepdims=True)(coarse)
gate = keras.layers.Conv2D(WIDTH, 1, activation="sigmoid")(gate)
x = lateral(keras.layers.Multiply()([lateral(coarse), gate]))
for finer in (middle, fine):
    larger = keras.layers.UpSampling2D(2, interpolation="bilinear")(x)
    x = separable(keras.layers.Add()([lateral(finer), larger]))
x = separable(x, kernel=3)
{dropout}x = keras.layers.Conv2D(len(CLASSES), 1)(x)
head = keras.Model(inputs, keras.layers.UpSampling2D(8, interpolation="bilinear")(x))

model = keras.Model(backbone.input, keras.layers.Softmax()(head(backbone.outputs)))
"""
CHANGE = '''\


def change(picture, mask):
    """A changed copy of a picture, and of its mask in the same way."""
    matrix, start = draw_move()
    moved = move(mask, matrix, start, Image.Resampling.NEAREST, IGNORED)
    return move_picture(picture, matrix, start), np.asarray(moved)


'''
LEARN = '''\


def area_loss(masks, scores):
    """Cross-entropy of each pixel's class, and Dice: how far areas overlap, large and small ones alike."""
    ops = keras.ops
    counts = ops.cast(masks != IGNORED, "float32")
    true = ops.one_hot(ops.cast(masks, "int32"), len(CLASSES))  # zeros where IGNORED
    entropy = ops.categorical_crossentropy(true, scores, from_logits=True) * counts
    entropy = ops.sum(entropy, (1, 2)) / ops.maximum(ops.sum(counts, (1, 2)), 1)
    chances = ops.softmax(scores) * counts[..., None]
    both, either = ops.sum(chances * true, (0, 1, 2)), ops.sum(chances + true, (0, 1, 2))
    there = ops.cast(ops.any(true > 0, (0, 1, 2)), "float32")  # the classes that these pictures show
    dice = ops.sum((2 * both + 1) / (either + 1) * there) / ops.maximum(ops.sum(there), 1)
    return entropy + 1 - dice


{recipe}
iou = keras.metrics.MeanIoU(len(CLASSES), ignore_class=IGNORED, sparse_y_pred=False, name="iou")
head.compile(optimizer, area_loss, metrics=[iou])
best = keras.callbacks.EarlyStopping("val_iou", mode="max", patience={patience}, restore_best_weights=True)
validation = (tuple(f_validation), y_validation)
head.fit(
    Batches(), validation_data=validation, validation_batch_size=8, epochs=EPOCHS, callbacks=[best], verbose=2
)
'''
SCORE = '''\

def find_areas(path):
    """The number of the likeliest class of each pixel of a picture, in its own size."""
    with Image.open(path) as image:
        size = upright_rgb(image).size
    chances = model.predict(read_picture(path)[None], verbose=0)[0]
    left, top, right, bottom = content_box(*size)
    planes = (Image.fromarray(chances[top:bottom, left:right, i].copy()) for i in range(len(CLASSES)))
    return np.argmax([plane.resize(size, Image.Resampling.BILINEAR) for plane in planes], axis=0)


{run}_, score = head.evaluate(*validation, batch_size=8, verbose=0)
print(f"validation: {{score:.3f}} mean IoU of {{len(x_validation)}} pictures")

score = keras.metrics.MeanIoU(len(CLASSES), ignore_class=IGNORED)
for row in test_rows:
    with Image.open(HERE / row["mask"]) as mask:
        score.update_state(np.asarray(mask), find_areas(HERE / row["path"]))
print(f"test: {{float(score.result()):.3f}} mean IoU of {{len(test_rows)}} pictures")
counts = np.asarray(score.total_cm)  # pixels of each class (row) that were taken for each class (column)
for label, right, true, found in zip(CLASSES, counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)):
    print(f"{{right / max(1, true + found - right):.3f}} {{label}}")
'''
ANSWER = '''\
COLOURS = [ImageColor.getrgb(f"hsl({360 * i // len(CLASSES)}, 80%, 50%)") for i in range(len(CLASSES))]
DENSITY = [0 if label.casefold() == "background" else 128 for label in CLASSES]


def draw_areas(path, areas):
    """The picture with a colour over the area of each class, all but the background."""
    with Image.open(path) as image:
        picture = upright_rgb(image)
    colours = Image.fromarray(np.uint8(COLOURS)[areas])
    return Image.composite(colours, picture, Image.fromarray(np.uint8(DENSITY)[areas]))


model.save(HERE / "model.keras")  # keras.models.load_model opens it again
path = HERE / test_rows[0]["path"]
areas = find_areas(path)
draw_areas(path, areas).save(HERE / "answer.png")
for label, share in zip(CLASSES, np.bincount(areas.ravel(), minlength=len(CLASSES)) / areas.size):
    print(f"{share:.1%} {label}")
'''


def _data(values: CodeValues) -> str:
    return pictures.reading(values, IMPORTS, CONSTANTS) + READ


def _model(values: CodeValues) -> str:
    return network.backbone(values) + HEAD.format(dropout=network.dropout(values))


def _train(values: CodeValues) -> str:
    learn = LEARN.format(recipe=network.recipe(values), patience=values.config.training.patience or "EPOCHS")
    return pictures.copies(values) + CHANGE + network.FROZEN + learn


STEPS: CodeSteps = {
    "data": CodeStep(
        "Data",
        lambda values: (
            "The table split.csv names the pictures, with the mask and the part of the split of each."
        ),
        _data,
    ),
    "model": CodeStep(
        "Model",
        lambda values: "A backbone that has learned from a million photos, and a new head for areas.",
        _model,
    ),
    "train": CodeStep("Train", lambda values: "Only the head learns.", _train),
    "evaluate": CodeStep(
        "Evaluate",
        lambda values: "Test pictures were kept back until now, and count in their own size.",
        lambda values: SCORE.format(run=network.score_of_run(values)),
    ),
    "predict": CodeStep(
        "Predict", lambda values: "The areas in a picture, drawn over it.", lambda values: ANSWER
    ),
}
