"""A finished run as one picture to share or print: what it tells apart, how well, and its worst mistakes.

Pillow draws it in Streamlit's own type, so it needs no browser, no network and no other font.
"""

from __future__ import annotations

import io
import math
import textwrap
from functools import cache
from pathlib import Path

import streamlit as st
from PIL import Image, ImageDraw, ImageFont

from pages.components.shared.selection.selection import dataset_name
from pages.components.shared.text import counted, duration
from tlcore.data.dataset import Dataset
from tlcore.errors import GraftError, printable
from tlcore.evaluate.report import Prediction, Report
from tlcore.plan import Plan, plan
from tlcore.runs.backend import BACKEND
from tlcore.runs.run import Run, training_seconds
from tlcore.workspace import Workspace

SIZE, MARGIN = (1200, 630), 60  # pixels, as social networks show cards
INK, FAINT, ACCENT = "#121516", "#56605f", "#0f766e"
MISTAKES, THUMBNAIL = 3, 150
SHORTEST = 0.5  # seconds: less was not measured, as where a workspace was copied
LONGEST = 24  # characters of a class beneath a picture


def draw(run: Run) -> bytes:
    """The card as a PNG file.

    Raises:
        GraftError: the run's report cannot be read.
    """
    report, card = run.report(), Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, 0, SIZE[0], 14), fill=ACCENT)
    name = dataset_name(run.dataset()) if run.dataset().is_ready else run.id
    pen.text((MARGIN, 48), _fitting(name, _font(48, 700)), INK, _font(48, 700))
    classes = _drawable(", ".join(report.test.labels))
    line = f"{_classes(report)}: {classes}" if classes else _classes(report)
    pen.text((MARGIN, 112), _fitting(line, _font(24)), FAINT, _font(24))
    pen.text((MARGIN, 150), f"{100 * report.test.accuracy:.0f} %", ACCENT, _font(130, 700))
    low, high = (f"{100 * end:.0f}" for end in report.test.interval)
    words = run.words
    right = (
        f"right on {counted(report.test.n, words.one, words.many)} that it had never seen; the true figure "
        f"is very likely between {low} and {high} %."
    )
    pen.multiline_text((400, 192), textwrap.fill(right, 54), INK, _font(28), spacing=8)
    pen.text((MARGIN, 318), _fitting(_effort(run), _font(26)), FAINT, _font(26))
    wrong = _worst(report)
    pen.text((MARGIN, 372), _mistakes_title(report, len(wrong)), INK, _font(26, 600))
    for number, mistake in enumerate(wrong):
        _show_mistake(card, pen, run, mistake, MARGIN + number * 360)
    pen.text((SIZE[0] - MARGIN, SIZE[1] - 34), "made with Graft", FAINT, _font(22), anchor="rm")
    file = io.BytesIO()
    card.save(file, "PNG")
    return file.getvalue()


def button(run: Run) -> None:
    """A button that downloads the card, drawn when it is pressed."""
    st.download_button(
        "Share as a picture",
        data=lambda: draw(run),
        file_name=f"{run.id}.png",
        mime="image/png",
        icon=":material/share:",
        on_click="ignore",
        help="One picture with what it tells apart, how well, and its worst mistakes; to send or to print.",
    )


@cache
def _font(size: int, weight: int = 400) -> ImageFont.FreeTypeFont:
    """Streamlit's own type, which Pillow reads as it lies there."""
    media = Path(st.__file__).parent / "static" / "static" / "media"
    font = ImageFont.truetype(next(media.glob("SourceSansVF-Upright*.woff2")), size)
    font.set_variation_by_axes([weight])
    return font


def _fitting(text: str, font: ImageFont.FreeTypeFont) -> str:
    """As much of a text as fits on a line of the card; "" where the type has no letters for it."""
    text = _drawable(text)
    if font.getlength(text) <= SIZE[0] - 2 * MARGIN:
        return text
    while text and font.getlength(f"{text} …") > SIZE[0] - 2 * MARGIN:
        text = text[:-1]
    return f"{text} …"


def _drawable(text: str) -> str:
    """The text on one line; "" where the type lacks a letter of it, which would be an empty box."""
    text = printable(text, 300)
    font, missing = _font(24), bytes(_font(24).getmask("\U0010ffff"))
    return "" if any(bytes(font.getmask(one)) == missing for one in set(text) if one.strip()) else text


def _classes(report: Report) -> str:
    return f"Tells {counted(len(report.test.labels), 'class', 'classes')} apart"


def _effort(run: Run) -> str:
    """The numbers that learned, how long that took and where; as far as it is still known."""
    parts = []
    try:
        manifest = run.manifest()
        cost: Plan = plan(run.config(), manifest, Workspace())
        parts.append(run.words.counted(len(manifest.examples)))
        total = cost.backbone_parameters + cost.head_parameters
        parts.append(f"{cost.trained_parameters:,} of {total / 1e6:.1f} million numbers learned")
        seconds = training_seconds(run)
        if BACKEND.status(run).attempt <= 1 and SHORTEST < seconds < math.inf:
            parts.append(f"in {duration(seconds)}")
    except GraftError:  # its data are gone
        pass
    device = BACKEND.status(run).device
    return ", ".join([*parts, *([f"on {printable(device, 40)}"] if device else [])])


def _worst(report: Report) -> list[Prediction]:
    """The surest of the wrong answers."""
    wrong = [one for one in report.test.predictions if one.predicted != one.label]
    return sorted(wrong, key=lambda one: -one.confidence)[:MISTAKES]


def _mistakes_title(report: Report, shown: int) -> str:
    if not shown:
        return "It made no mistake."
    wrong = sum(one.predicted != one.label for one in report.test.predictions)
    return f"Its surest mistakes, of {wrong:,}:" if wrong > shown else "Its mistakes:"


def _show_mistake(
    card: Image.Image, pen: ImageDraw.ImageDraw, run: Run, mistake: Prediction, left: int
) -> None:
    """A thumbnail, where the task has pictures and it is still there, and what was taken for what."""
    thumbnail, top = _thumbnail(run.dataset(), mistake), 420
    beside = left
    if thumbnail is not None:
        card.paste(thumbnail, (left, top))
        beside = left + THUMBNAIL + 16
    label, said = (_drawable(printable(name, LONGEST)) for name in (mistake.label, mistake.predicted))
    pen.multiline_text((beside, top + 8), textwrap.fill(label, 14), INK, _font(24, 600))
    said = textwrap.fill(f"it said {said or 'another class'}, {100 * mistake.confidence:.0f} % sure", 16)
    pen.multiline_text((beside, top + 70), said, FAINT, _font(20))


def _thumbnail(dataset: Dataset, mistake: Prediction) -> Image.Image | None:
    try:
        with Image.open(dataset.thumbnail(mistake.sha256)) as picture:
            square = picture.convert("RGB")
            square.thumbnail((THUMBNAIL, THUMBNAIL))
            return square
    except (OSError, ValueError):
        return None
