"""Explanation of an answer that says where things are: for one object, or for the area of a class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from pages.components.predict.explain import heat_view, parts
from pages.components.predict.explain.images import picture_of
from pages.components.shared.answers import predictors
from pages.components.shared.selection.chooser import choose_one
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.selection.selection import manifest_of
from pages.components.shared.text import percent, plain
from pages.components.shared.viewers import found_objects, overlay, safe_preview
from tlcore.errors import GraftError, printable
from tlcore.runs.question import Answer
from tlcore.runs.run import Run

NOTHING = "The model found nothing that could be explained."
GONE = "This picture is no longer in the data set."


def show(run: Run, content: bytes, path: Path, name: str, answer: Answer, key: str) -> None:
    """Heatmap and nearest training examples: crops of objects, or whole pictures."""
    if "areas" in answer:
        label = _choose_area(answer, key)
        _heat(run, content, name, key, label)
        st.markdown("**Most alike in training**")
        parts.show_nearest(run, answer, "pictures", lambda near: _crops(run, near))
        return
    if not answer["boxes"]:
        st.caption(NOTHING)
        return
    box = _choose_object(answer, key)
    edges = tuple(box[edge] for edge in found_objects.EDGES)
    shares = overlay.shares(edges, (answer["width"], answer["height"]))
    mark = overlay.DrawnBox(shares, run.labels().index(box["label"]))
    _heat(run, content, name, f"{key}_{answer['boxes'].index(box)}", box["label"], edges, mark)
    st.markdown("**Most alike in training**")
    parts.show_nearest(run, box, "objects", lambda near: _crops(run, near))


def _heat(
    run: Run,
    content: bytes,
    name: str,
    key: str,
    label: str,
    box: tuple[float, ...] = (),
    mark: overlay.DrawnBox | None = None,
) -> None:
    st.markdown("**Heatmap**")
    explained = parts.explained_answer(run, content, "", label, box)
    if predictors.show_refusal(explained, name) or "why" not in explained:
        return
    heat = np.array(explained["why"]["heat"], np.float32)
    picture, alt = picture_of(safe_preview.of(content)), f"Heatmap for {label} over {name}"
    what = "object" if box else "class"
    heat_view.show(picture, heat, run.config().fit, key, what=what, alt=alt, mark=mark)


def _choose_area(answer: Answer, key: str) -> str:
    """Box to choose the class to explain, at first the largest; returns it."""
    areas: dict[str, float] = answer["areas"]
    labels = {
        label: f"{shown} · {percent(areas[label])}" for label, shown in class_labels(areas, most=60).items()
    }
    return choose_one("Class to explain", labels, help="The largest area comes first.", key=f"{key}_class")


def _choose_object(answer: Answer, key: str) -> Answer:
    """Box to choose the object to explain, at first the surest; returns it."""
    boxes = answer["boxes"]
    labels = {
        number: f"{number + 1} · {printable(box['label'], 40)} · {percent(box['score'], 0)}"
        for number, box in enumerate(boxes)
    }
    return boxes[
        choose_one("Object to explain", labels, help="The surest one comes first.", key=f"{key}_object")
    ]


def _crops(run: Run, near: list[Answer]) -> None:
    sizes = _sizes(run)
    for place, one in zip(st.columns(len(near)), near, strict=True):
        crop = _crop(run, one, sizes.get(one["sha256"], (0, 0)))
        with place:
            if crop:
                st.image(crop, width="stretch", alt=one.get("label", "A training picture"))
            else:
                st.caption(GONE)
            label = f"{plain(one['label'])}  \n" if "label" in one else ""
            st.markdown(f"{label}{one['similarity']:.2f}")


def _sizes(run: Run) -> dict[str, tuple[int, int]]:
    """Width and height of the pictures of the version that the run learned from, by their SHA-256."""
    try:
        examples = manifest_of(run.dataset(), run.config().data_version).examples
    except GraftError:
        return {}
    return {one.sha256: (one.width, one.height) for one in examples}


def _crop(run: Run, one: Answer, size: tuple[int, int]) -> bytes:
    """The object in its picture, or the whole picture; empty where it is gone."""
    try:
        picture = safe_preview.of(run.dataset().file(one["sha256"]).read_bytes())
    except OSError:
        return b""
    if "box" not in one or not all(size):
        return picture.encoded
    return overlay.cropped(picture.encoded, overlay.shares(one["box"], size)) if picture.encoded else b""
