"""A finished run as one picture to share or print: what it tells apart, how well, and its worst mistakes.

Pillow draws it in Streamlit's own type, so it needs no browser, no network and no other font.
"""

from __future__ import annotations

import io
import math
import textwrap

import streamlit as st
from PIL import Image, ImageDraw, ImageFont

from pages.components.shared import letters
from pages.components.shared.selection.selection import dataset_name
from pages.components.shared.text import counted, duration
from tlcore.data.dataset import Dataset
from tlcore.data.task_words import TaskWords
from tlcore.errors import GraftError, printable
from tlcore.evaluate.detection import sentences
from tlcore.evaluate.report import Prediction, Report
from tlcore.plan import Plan, plan
from tlcore.runs.run import Run, training_seconds
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace
from tlcore.workspace.home import at_this_home

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
    pen.text((MARGIN, 48), _fitting(name, letters.font(48, 700)), INK, letters.font(48, 700))
    classes = letters.drawable(", ".join(report.test.labels))
    line = f"{_classes(report)}: {classes}" if classes else _classes(report)
    pen.text((MARGIN, 112), _fitting(line, letters.font(24)), FAINT, letters.font(24))
    figure, meaning = _result(report, run.words)
    pen.text((MARGIN, 150), figure, ACCENT, letters.font(130, 700))
    pen.multiline_text((400, 192), textwrap.fill(meaning, 54), INK, letters.font(28), spacing=8)
    pen.text((MARGIN, 318), _fitting(effort(run), letters.font(26)), FAINT, letters.font(26))
    wrong = _worst(report)
    pen.text((MARGIN, 372), _mistakes_title(report, len(wrong)), INK, letters.font(26, 600))
    for number, mistake in enumerate(wrong):
        _show_mistake(card, pen, run, mistake, MARGIN + number * 360)
    pen.text((SIZE[0] - MARGIN, SIZE[1] - 34), "made with Graft", FAINT, letters.font(22), anchor="rm")
    file = io.BytesIO()
    card.save(file, "PNG")
    return file.getvalue()


def _result(report: Report, words: TaskWords) -> tuple[str, str]:
    """The score in large type, and what it is."""
    test = report.test
    on = f"on {counted(test.n, words.one, words.many)} that it had never seen; the true figure is very likely"
    if words.counts_right:
        low, high = (f"{100 * end:.0f}" for end in test.interval)
        return f"{100 * test.accuracy:.0f} %", f"right {on} between {low} and {high} %."
    low, high = (f"{end:.2f}" for end in test.interval)
    return f"{test.accuracy:.2f}", f"{words.score} {on} between {low} and {high}."


def button(run: Run) -> None:
    """A button that downloads the card, drawn when it is pressed."""
    st.download_button(
        "Share as a picture",
        data=at_this_home(lambda: draw(run)),
        file_name=f"{run.id}.png",
        mime="image/png",
        icon=":material/share:",
        on_click="ignore",
        help="One picture with what it tells apart, how well, and its worst mistakes; to send or to print.",
    )


def _fitting(text: str, font: ImageFont.FreeTypeFont) -> str:
    """As much of a text as fits on a line of the card; "" where the type has no letters for it."""
    text = letters.drawable(text)
    if font.getlength(text) <= SIZE[0] - 2 * MARGIN:
        return text
    while text and font.getlength(f"{text} …") > SIZE[0] - 2 * MARGIN:
        text = text[:-1]
    return f"{text} …"


def _classes(report: Report) -> str:
    return f"Tells {counted(len(report.test.labels), 'class', 'classes')} apart"


def effort(run: Run) -> str:
    """The numbers that learned, how long that took and where; as far as it is still known."""
    parts = []
    try:
        manifest = run.manifest()
        cost: Plan = plan(run.config(), manifest, Workspace())
        parts.append(run.words.counted(len(manifest.examples)))
        counted = _counted_parameters(run)
        learned, total = cost.trained_parameters, cost.backbone_parameters + cost.head_parameters
        parts.append(f"{learned + counted:,} of {(total + counted) / 1e6:.1f} million numbers learned")
        seconds = training_seconds(run)
        if BACKEND.status(run).attempt <= 1 and SHORTEST < seconds < math.inf:
            parts.append(f"in {duration(seconds)}")
    except GraftError:  # its data are gone
        pass
    device = BACKEND.status(run).device
    return ", ".join([*parts, *([f"on {printable(device, 40)}"] if device else [])])


def _counted_parameters(run: Run) -> int:
    """The numbers by which a head weighs the terms that it counts, which no plan knows beforehand."""
    choice = run.report().head_choice if run.has_model else None
    return choice.terms * len(run.labels()) if choice else 0


def _worst(report: Report) -> list[Prediction]:
    """The surest of the wrong answers."""
    wrong = [one for one in report.test.predictions if one.predicted != one.label]
    return sorted(wrong, key=lambda one: -one.confidence)[:MISTAKES]


def _mistakes_title(report: Report, shown: int) -> str:
    if report.test.detection:
        return sentences.summarise_objects(report.test.detection)
    if report.test.segmentation:
        return f"{100 * (report.test.segmentation.pixel_accuracy or 0.0):.0f} % of all pixels are right."
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
    label, said = (letters.drawable(printable(name, LONGEST)) for name in (mistake.label, mistake.predicted))
    pen.multiline_text((beside, top + 8), textwrap.fill(label, 14), INK, letters.font(24, 600))
    said = textwrap.fill(f"it said {said or 'another class'}, {100 * mistake.confidence:.0f} % sure", 16)
    pen.multiline_text((beside, top + 70), said, FAINT, letters.font(20))


def _thumbnail(dataset: Dataset, mistake: Prediction) -> Image.Image | None:
    try:
        with Image.open(dataset.thumbnail(mistake.sha256)) as picture:
            square = picture.convert("RGB")
            square.thumbnail((THUMBNAIL, THUMBNAIL))
            return square
    except (OSError, ValueError):
        return None
