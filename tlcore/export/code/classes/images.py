"""The code of pictures: how they are read, what backbone they go through, and how one is answered."""

from __future__ import annotations

import inspect

from tlcore.backbones.catalogue.image_facts import BY_ID
from tlcore.config.training import RANDOM_MOMENTUM
from tlcore.data.images import decode
from tlcore.export.code.common.constants import constant, setting
from tlcore.export.code.common.values import CodeValues

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
'''
FROM_FILE = """\
# {name}{origin}: from pictures to maps of features.
backbone = keras.models.load_model(HERE / "backbone.keras")
picture = backbone.input
"""
BY_NAME = """\
# {name}{origin}: from pictures to maps of features.
picture = keras.Input((SIZE, SIZE, 3), dtype="uint8")
{scaling}
backbone = keras.applications.{constructor}(
    include_top=False, weights={weights}, input_tensor=x, input_shape=(SIZE, SIZE, 3)
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
POOLED = "features = keras.layers.GlobalAveragePooling2D()(backbone.output)\n"
NORMS_STAY = """\
# Batch norm stays as it is: a few hundred pictures would spoil statistics that were learned from a million.
for layer in backbone.layers:
    if isinstance(layer, keras.layers.BatchNormalization):
        layer.trainable = False
"""
NORMS_LEARN = """\
# Batch norm begins far from what is usual and has few steps to learn it: its memory is short.
for layer in backbone.layers:
    if isinstance(layer, keras.layers.BatchNormalization):
        layer.momentum = {momentum}
"""
CHANGED = """\
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
"""
ANSWER = '''\
def answer(path):
    """The likeliest class of a picture, with its chance; or that it is not sure."""
    chances = model.predict(read_picture(path)[None], verbose=0)[0]
'''
ASK = """\
with open(HERE / "split.csv", encoding="utf-8", newline="") as file:
    path = next(row["path"] for row in csv.DictReader(file) if row["split"] == "test")
print(*answer(HERE / path))
"""


def reading(values: CodeValues) -> str:
    """Reading the pictures into arrays, by `split.csv`."""
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


def backbone(values: CodeValues) -> str:
    """The network up to the features of a picture."""
    name, origin = values.backbone.name, values.origin
    if values.beside:
        text = FROM_FILE.format(name=name, origin=origin)
    else:
        published = BY_ID[values.config.backbone]
        weights = '"imagenet"' if values.config.pretrained else "None"
        text = BY_NAME.format(
            name=name,
            origin=origin,
            constructor=published.constructor,
            weights=weights,
            scaling=SCALING[published.style],
        )
    return text + POOLED


def norms(values: CodeValues) -> str:
    """Batch norm where the backbone learns: it stays, or has to learn soon."""
    return NORMS_STAY if values.config.pretrained else NORMS_LEARN.format(momentum=RANDOM_MOMENTUM)


def copies(values: CodeValues) -> str:
    """The views of each training picture, where there are any."""
    config, own = values.config, values.config.augmentation
    if not own.views:
        return ""
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
    return CHANGED.format(
        constants=setting("VIEWS", config, "augmentation.views"),
        layers="\n".join(f"        {layer}" for layer in layers if layer),
    )
