"""The code of pictures that are laid into a square whole: how they are read, and changed copies of them."""

from __future__ import annotations

import inspect

from tlcore.data.images import decode
from tlcore.export.code.classes.images import HEIC
from tlcore.export.code.common.constants import constant, setting
from tlcore.export.code.common.values import CodeValues

READ = '''\
def read_picture(path):
    """A picture as the network sees it: SIZE × SIZE × 3 whole numbers from 0 to 255, grey beside it."""
    with Image.open(path) as image:
        image.getexif()
        image.info.pop("exif", None)  # a damaged one would stop it from being turned upright
        image.draft(None, (3 * SIZE // 2, 3 * SIZE // 2))  # of a JPEG no more than that is decoded
        image = upright_rgb(image)
    how = Image.Resampling.HAMMING if min(image.size) >= SIZE else Image.Resampling.BICUBIC
    image.thumbnail((SIZE, SIZE), how, reducing_gap=None)
    return np.array(ImageOps.pad(image, (SIZE, SIZE), how, (127, 127, 127)))


def content_box(width, height):
    """Where a picture of that size lies in its square: left, top, right, bottom."""
    wide, high = (max(1, round(side / max(width, height) * SIZE)) for side in (width, height))
    left, top = round((SIZE - wide) / 2), round((SIZE - high) / 2)
    return left, top, left + wide, top + high
'''
COPIES = '''\
def draw_move():
    """Mirror, turn, zoom and shift by chance: where each place of a copy comes from in the square."""
    mirror, turn, nearer, right, down = np.random.uniform(-1, 1, 5)
    angle, scale = np.radians(TURN * turn), (1 + ZOOM) ** -nearer
    cos, sin, sign = scale * np.cos(angle), scale * np.sin(angle), -1 if FLIP and mirror > 0 else 1
    matrix, middle = np.array([[sign * cos, sin], [-sign * sin, cos]]), np.full(2, SIZE / 2)
    return matrix, middle + SHIFT * SIZE * np.array([right, down]) - matrix @ middle


def move(square, matrix, start, how, beyond):
    """A copy of a square, with `beyond` where that does not reach."""
    (a, b), (d, e) = matrix
    affine = (a, b, start[0], d, e, start[1])
    square = Image.fromarray(square)
    return square.transform(square.size, Image.Transform.AFFINE, affine, how, fillcolor=beyond)


def move_picture(picture, matrix, start):
    """A copy of a picture, in other light besides."""
    image = move(picture, matrix, start, Image.Resampling.BICUBIC, (127, 127, 127))
    for kind, most in LIGHT.items():
        image = getattr(ImageEnhance, kind)(image).enhance(1 + most * np.random.uniform(-1, 1))
    return np.asarray(image)
'''


def reading(values: CodeValues, imports: str, constants: tuple[str, ...]) -> str:
    """Imports, constants and the functions that read a picture.

    Args:
        constants: besides those that all pictures have.
    """
    upright = inspect.getsource(decode.upright_rgb)
    for hint in (": Image.Image", " -> Image.Image"):
        upright = upright.replace(hint, "")
    first = (
        "HERE = pathlib.Path(__file__).parent",
        constant("SIZE", values.size, "pixels of a picture's side, as the backbone sees it"),
        constant("CLASSES", values.classes),
    )
    heic = (HEIC,) if values.has_heic else ()
    return "\n".join((imports, *heic, *first, *constants, "\n", upright, "", READ))


def copies(values: CodeValues) -> str:
    """Settings and functions that make a changed copy of a picture, as the run does."""
    own = values.config.augmentation
    names = {"VIEWS": "views", "FLIP": "flip", "ZOOM": "zoom"}
    constants = [setting(name, values.config, f"augmentation.{key}") for name, key in names.items()]
    constants.append(constant("TURN", own.rotate, "degrees at most, either way"))
    constants.append(constant("SHIFT", own.shift, "of the side, at most"))
    light = f'"Brightness": {own.brightness}, "Contrast": {own.contrast}, "Color": {own.colour}'
    constants.append(f"LIGHT = {{{light}}}  # how far each of them changes at most")
    return "\n".join((*constants, "\n", COPIES))
