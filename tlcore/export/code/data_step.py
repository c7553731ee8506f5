"""The code of the step Data: pictures, their classes and the split."""

from __future__ import annotations

import inspect

from tlcore.data.images import decode
from tlcore.export.code.constants import constant, setting
from tlcore.export.code.values import CodeValues

IMPORTS = """\
import csv
import pathlib

import numpy as np
from PIL import Image, ImageOps
"""
HEIC = """\
import pillow_heif  # for the pictures of iPhones

pillow_heif.register_heif_opener()
"""
READ = '''\
def read_picture(path):
    """A picture as the network sees it: SIZE × SIZE × 3 whole numbers from 0 to 255."""
    with Image.open(path) as image:
        image.getexif()
        image.info.pop("exif", None)  # a damaged one would stop it from being turned upright
        return to_square(image, SIZE, FIT)


def read_split(split):
    """The pictures of one part of the split, and the number of each one's class."""
    with open(HERE / "split.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    pictures = np.stack([read_picture(HERE / row["path"]) for row in rows])
    return pictures, np.array([int(row["class"]) for row in rows])


x_train, y_train = read_split("train")  # to learn from
x_validation, y_validation = read_split("validation")  # to choose the best epoch by
x_test, y_test = read_split("test")  # for the score, at the very end
print(len(x_train), "training pictures,", len(x_validation), "validation,", len(x_test), "test")
'''


def code(values: CodeValues) -> str:
    """Reading the examples into arrays, by `split.csv`."""
    functions = "\n\n".join(inspect.getsource(f) for f in (decode.upright_rgb, decode.to_square))
    for hint in (": Image.Image", ": int", ": str", " -> Image.Image", " -> np.ndarray"):
        functions = functions.replace(hint, "")
    constants = (
        "HERE = pathlib.Path(__file__).parent",
        constant("SIZE", values.size, "pixels of a picture's side, as the backbone sees it"),
        setting("FIT", values.config, "fit"),
        constant("CLASSES", values.classes),
    )
    heic = (HEIC,) if values.has_heic else ()
    return "\n".join((IMPORTS, *heic, *constants, "\n", functions, "", READ))
