"""The code of a detector, its steps Data, Evaluate and Predict; the network is in `detector.py`."""

from __future__ import annotations

from tlcore.export.code.common.code_step import CodeStep, CodeSteps
from tlcore.export.code.common.constants import constant
from tlcore.export.code.common.values import CodeValues
from tlcore.export.code.places import detector, network, pictures

IMPORTS = """\
import json
import math
import pathlib

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps
"""
READ = '''\


rows = json.loads((HERE / "boxes.json").read_text(encoding="utf-8"))
MOST = min(300, max(1, *(len(row["boxes"]) for row in rows)))  # objects of a picture that are looked at


def filled(boxes):
    """MOST rows, so that all pictures have as many; those without an object have −1 for their class."""
    return np.concatenate([boxes[:MOST], np.full((MOST - len(boxes[:MOST]), 5), -1)]).astype("float32")


def placement(width, height):
    """By how much a picture of that size shrinks into its square, and where it begins there."""
    left, top, right, bottom = content_box(width, height)
    return np.tile([(right - left) / width, (bottom - top) / height], 2), np.tile([left, top], 2)


def read_boxes(row):
    """The objects of a picture, as they lie in its square: class, left, top, right, bottom of each."""
    boxes, (scale, start) = np.array(row["boxes"], float).reshape(-1, 5), placement(*row["size"])
    boxes[:, 1:] = (boxes[:, 1:] * scale + start).clip(0, SIZE)
    return filled(boxes)


def read_split(split):
    """The pictures of one part of the split, and their objects."""
    own = [row for row in rows if row["split"] == split]
    return np.stack([read_picture(HERE / row["path"]) for row in own]), np.stack(list(map(read_boxes, own)))


x_train, y_train = read_split("train")  # to learn from
x_validation, y_validation = read_split("validation")  # to choose the best epoch by
test_rows = [row for row in rows if row["split"] == "test"]  # for the score, at the very end
print(len(x_train), "training pictures,", len(x_validation), "validation,", len(test_rows), "test")
'''
SCORE = '''\

def find_boxes(path):
    """The objects in a picture, in its own pixels: class, left, top, right, bottom and score of each."""
    with Image.open(path) as image:
        size = upright_rgb(image).size
    found = answers(model.predict(read_picture(path)[None], verbose=0)[0])
    scale, start = placement(*size)
    found[:, 1:5] = ((found[:, 1:5] - start) / scale).clip(0, size * 2)
    return found


{run}found = [answers(raw) for raw in head.predict(f_validation, batch_size=8, verbose=0)]
print(f"validation: {{average_precision(y_validation, found, 0.5):.3f}} mAP of {{len(found)}} pictures")

true = [np.array(row["boxes"], float).reshape(-1, 5) for row in test_rows]
found = [find_boxes(HERE / row["path"]) for row in test_rows]
print(f"test: {{average_precision(true, found, 0.5):.3f}} mAP of {{len(found)}} pictures")
'''
ANSWER = '''\
{threshold}


def draw_boxes(path, boxes):
    """The picture with a box around each object, its class and its score."""
    with Image.open(path) as image:
        picture = upright_rgb(image)
    pen = ImageDraw.Draw(picture)
    for number, left, top, right, bottom, score in boxes:
        pen.rectangle((left, top, right, bottom), outline="red", width=2)
        pen.text((left + 4, top + 2), f"{{CLASSES[int(number)]}} {{score:.0%}}", fill="red")
    return picture


model.save(HERE / "model.keras")  # what it gives for a picture goes through `answers`
path = HERE / test_rows[0]["path"]
boxes = find_boxes(path)
boxes = boxes[boxes[:, 5] >= THRESHOLD]
draw_boxes(path, boxes).save(HERE / "answer.png")
for number, *edges, score in boxes:
    print(f"{{score:.1%}} {{CLASSES[int(number)]}}", *(round(edge) for edge in edges))
'''


def _data(values: CodeValues) -> str:
    return pictures.reading(values, IMPORTS, ()) + READ


def _answer(values: CodeValues) -> str:
    return ANSWER.format(threshold=constant("THRESHOLD", values.threshold, "from this score on it counts"))


STEPS: CodeSteps = {
    "data": CodeStep(
        "Data",
        lambda values: "The file boxes.json has the objects of each picture, and its part of the split.",
        _data,
    ),
    "model": CodeStep(
        "Model",
        lambda values: "A backbone that has learned from a million photos, and a new head for objects.",
        detector.model,
    ),
    "train": CodeStep("Train", lambda values: "Only the head learns.", detector.train),
    "evaluate": CodeStep(
        "Evaluate",
        lambda values: "Test pictures were kept back until now, and count in their own size.",
        lambda values: SCORE.format(run=network.score_of_run(values)),
    ),
    "predict": CodeStep(
        "Predict", lambda values: "The objects in a picture, with boxes around them.", _answer
    ),
}
