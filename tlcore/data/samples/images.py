"""The sample: a set of pictures drawn by this program, so that the first model needs nothing from anywhere.

Four kinds of fruit on a table, in colours, sizes, turns, places and light that vary and overlap between the
kinds, some partly hidden. It is honest about what it is: the manifest and the page say that it is generated.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 320, 240  # pixels
_TILE = 360  # a fruit is drawn upright in a square of so many pixels, then turned and scaled

Colour = tuple[int, int, int]
Pen = ImageDraw.ImageDraw

_SKINS: dict[str, tuple[Colour, ...]] = {
    "apple": ((200, 40, 45), (120, 170, 60), (222, 180, 70), (170, 30, 60)),
    "banana": ((240, 205, 70), (225, 190, 60), (150, 175, 70), (190, 140, 60)),
    "cherry": ((170, 20, 45), (205, 40, 50), (110, 15, 45), (225, 170, 70)),
    "pear": ((165, 180, 70), (215, 195, 85), (190, 120, 60), (190, 70, 55)),
}


def make_sample(folder: Path, per_class: int = 40, seed: int = 0) -> Path:
    """Draw `per_class` JPEGs of 320 × 240 pixels for each of four classes into `folder`/<class>/.

    The same arguments give the same pictures with the same version of Pillow. Returns `folder`.
    """
    for label in _SKINS:
        (folder / label).mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            chance = random.Random(f"{seed}/{label}/{number}")  # noqa: S311 (for drawing, not for secrets)
            picture = _scene(label, chance)
            picture.save(folder / label / f"{label}_{number + 1:03d}.jpg", quality=90)
    return folder


def _scene(label: str, chance: random.Random) -> Image.Image:
    scene = _table(chance)
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3))):
        _lay(scene, _fruit(label, chance), chance, chance.uniform(0.28, 0.6))
    if chance.random() < 0.55:
        _lay(scene, _leaf(chance), chance, chance.uniform(0.2, 0.4))
    return _light(scene, chance)


def _table(chance: random.Random) -> Image.Image:
    """A cloth, boards or a plate: cheerful, and never telling which fruit lies on it."""
    base, other = _any_colour(chance), _any_colour(chance)
    scene = Image.new("RGB", (WIDTH, HEIGHT), base)
    pen = ImageDraw.Draw(scene)
    kind = chance.choice(("plain", "stripes", "dots", "boards", "plate"))
    step = chance.randint(18, 46)
    if kind == "stripes":
        for x in range(-HEIGHT, WIDTH, 2 * step):
            pen.line((x, HEIGHT, x + HEIGHT, 0), fill=_mix(base, other, 0.35), width=step)
    elif kind == "dots":
        for x in range(0, WIDTH + step, step):
            for y in range(0, HEIGHT + step, step):
                pen.circle((x + (y // step % 2) * step / 2, y), step / 5, fill=_mix(base, other, 0.6))
    elif kind == "boards":
        for y in range(0, HEIGHT, step):
            pen.rectangle((0, y, WIDTH, y + step), fill=_mix(base, other, chance.uniform(0, 0.25)))
    elif kind == "plate":
        middle = (chance.uniform(120, 200), chance.uniform(90, 150))
        pen.circle(middle, 108, fill=_mix(other, (255, 255, 255), 0.7))
        pen.circle(middle, 80, fill=_mix(other, (255, 255, 255), 0.8))
    return scene.filter(ImageFilter.BoxBlur(1))


def _fruit(label: str, chance: random.Random) -> Image.Image:
    tile = Image.new("RGBA", (_TILE, _TILE))
    skin = _vary(chance.choice(_SKINS[label]), chance, 22)
    drawers: dict[str, Callable[[Image.Image, Colour, random.Random], None]] = {
        "apple": _apple,
        "banana": _banana,
        "cherry": _cherry,
        "pear": _pear,
    }
    drawers[label](tile, skin, chance)
    return tile


def _apple(tile: Image.Image, skin: Colour, chance: random.Random) -> None:
    wide, tall = chance.uniform(105, 128), chance.uniform(100, 122)

    def edge(angle: float) -> float:  # a dent where the stem sits, a smaller one below
        return (
            1
            - 0.24 * math.exp(-((angle + math.pi / 2) ** 2) / 0.16)
            - 0.06 * math.exp(-((angle - 1.57) ** 2) / 0.1)
        )

    _body(tile, [(edge(a), a) for a in _angles()], (wide, tall), skin, chance)
    ImageDraw.Draw(tile).line((180, 112, 180 + chance.uniform(-18, 18), 55), fill=(95, 65, 40), width=9)


def _pear(tile: Image.Image, skin: Colour, chance: random.Random) -> None:
    neck = chance.uniform(0.36, 0.52)
    outline = []
    for angle in _angles():
        height = -math.sin(angle)  # 1 at the stem
        narrow = 1 - (1 - neck) / (1 + math.exp(-7 * (height - 0.15)))
        outline.append((math.hypot(math.cos(angle) * narrow, math.sin(angle) * 1.2), angle, narrow))
    points = [(180 + 100 * math.cos(a) * n, 185 + 125 * math.sin(a)) for _, a, n in outline]
    _shaded(tile, points, skin, chance)
    ImageDraw.Draw(tile).line((180, 66, 180 + chance.uniform(-20, 20), 26), fill=(95, 65, 40), width=9)


def _banana(tile: Image.Image, skin: Colour, chance: random.Random) -> None:
    bend, thick = chance.uniform(0.9, 1.25), chance.uniform(26, 38)
    outer, inner = [], []
    for step in range(41):
        along = step / 40
        angle = math.pi / 2 - bend + 2 * bend * along
        half = thick * (0.28 + 0.72 * math.sin(math.pi * min(1, max(0, along))) ** 0.6)
        outer.append((180 + (150 + half) * math.cos(angle), 50 + (150 + half) * math.sin(angle)))
        inner.append((180 + (150 - half) * math.cos(angle), 50 + (150 - half) * math.sin(angle)))
    _shaded(tile, outer + inner[::-1], skin, chance)
    pen = ImageDraw.Draw(tile)
    for x, y in (outer[0], outer[-1]):
        pen.circle((x, y), 9, fill=(90, 70, 40))
    pen.line(outer[6:-6], fill=_mix(skin, (90, 60, 20), 0.35), width=4)


def _cherry(tile: Image.Image, skin: Colour, chance: random.Random) -> None:
    pen = ImageDraw.Draw(tile)
    top = (180 + chance.uniform(-40, 40), 30)
    spots = [(110 + chance.uniform(-15, 15), 240), (250 + chance.uniform(-15, 15), 255)]
    for x, y in spots[: chance.choice((1, 2, 2))]:
        radius = chance.uniform(52, 66)
        pen.line((*top, (top[0] + x) / 2 + 12, 120, x, y - radius * 0.8), fill=(95, 125, 50), width=7)
        points = [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in _angles()]
        _shaded(tile, points, skin, chance)


def _leaf(chance: random.Random) -> Image.Image:
    tile = Image.new("RGBA", (_TILE, _TILE))
    points = [(180 + 60 * math.sin(a) ** 3, 180 + 140 * math.cos(a)) for a in _angles()]
    _shaded(tile, points, _vary((95, 150, 70), chance, 35), chance)
    ImageDraw.Draw(tile).line((180, 45, 180, 330), fill=(70, 110, 55), width=5)
    return tile


def _angles() -> list[float]:
    return [math.pi * (step / 36 - 1) for step in range(73)]


def _body(
    tile: Image.Image,
    outline: list[tuple[float, float]],
    half: tuple[float, float],
    skin: Colour,
    chance: random.Random,
) -> None:
    points = [(180 + half[0] * r * math.cos(a), 190 + half[1] * r * math.sin(a)) for r, a in outline]
    _shaded(tile, points, skin, chance)


def _shaded(
    tile: Image.Image, points: list[tuple[float, float]], skin: Colour, chance: random.Random
) -> None:
    """A filled shape with a darker rim, a blush of another colour and a highlight."""
    mask = Image.new("L", tile.size)
    ImageDraw.Draw(mask).polygon(points, fill=255)
    inside = _soft(mask, 16).point([max(0, min(255, (v - 110) * 2)) for v in range(256)])
    shade = Image.composite(
        Image.new("RGB", tile.size, skin), Image.new("RGB", tile.size, _mix(skin, (30, 15, 25), 0.45)), inside
    )
    left, top = min(x for x, _ in points), min(y for _, y in points)
    right, bottom = max(x for x, _ in points), max(y for _, y in points)
    spots = Image.new("L", tile.size)
    pen = ImageDraw.Draw(spots)
    x, y = left + (right - left) * chance.uniform(0.2, 0.8), top + (bottom - top) * chance.uniform(0.3, 0.8)
    pen.circle((x, y), (right - left) * 0.3, fill=chance.randint(0, 150))
    blush = _mix(skin, _vary((205, 90, 50), chance, 60), 0.8)
    shade.paste(blush, mask=_soft(spots, 18))
    glow = Image.new("L", tile.size)
    x, y = left + (right - left) * 0.34, top + (bottom - top) * 0.3
    ImageDraw.Draw(glow).circle((x, y), min(right - left, bottom - top) * 0.13, fill=150)
    shade.paste((255, 250, 235), mask=_soft(glow, 8))
    tile.paste(shade, mask=mask)


def _soft(mask: Image.Image, radius: float) -> Image.Image:
    """A blurred mask, computed at a quarter of its size: that is where the time went."""
    small = mask.reduce(4).filter(ImageFilter.GaussianBlur(radius / 4))
    return small.resize(mask.size, Image.Resampling.BILINEAR)


def _lay(scene: Image.Image, tile: Image.Image, chance: random.Random, share: float) -> None:
    """Turn, scale and place a tile with its shadow; it may hang over the edge a little."""
    size = round(_TILE * share * 0.9)
    tile = tile.resize((size, size), Image.Resampling.BICUBIC)
    tile = tile.rotate(chance.gauss(0, 50), Image.Resampling.BICUBIC)
    x, y = (
        round(chance.uniform(-0.1, 1.1) * (WIDTH - size)),
        round(chance.uniform(-0.1, 1.1) * (HEIGHT - size)),
    )
    shadow = tile.getchannel("A").filter(ImageFilter.BoxBlur(4)).point([v // 2 for v in range(256)])
    scene.paste((35, 30, 45), (x + 6, y + 8), shadow)
    scene.paste(tile, (x, y), tile)


def _light(scene: Image.Image, chance: random.Random) -> Image.Image:
    """A lamp on one side, a tint, grain and now and then a blurred shot."""
    if chance.random() < 0.25:
        scene = scene.filter(ImageFilter.GaussianBlur(chance.uniform(0.8, 2.2)))
    pixels = np.asarray(scene, np.float32)
    slope = np.linspace(chance.uniform(0.6, 1.25), chance.uniform(0.6, 1.25), WIDTH, dtype=np.float32)[
        None, :, None
    ]
    tint = np.array([chance.uniform(0.85, 1.12) for _ in range(3)], np.float32)
    grain = np.random.default_rng(chance.getrandbits(32)).standard_normal((HEIGHT, WIDTH, 1), np.float32)
    grain *= chance.uniform(2, 12)
    return Image.fromarray(np.clip(pixels * slope * tint + grain, 0, 255).astype(np.uint8))


def _any_colour(chance: random.Random) -> Colour:
    bright = chance.randint(60, 245), chance.randint(60, 245), chance.randint(60, 245)
    return _mix(bright, (232, 220, 200), 0.3)


def _vary(colour: Colour, chance: random.Random, by: int) -> Colour:
    red, green, blue = (max(0, min(255, part + chance.randint(-by, by))) for part in colour)
    return red, green, blue


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
