"""Evaluate, pictures of a segmenter: truth, answer and mistakes side by side, the worst pictures first.

The report holds no class maps, so the model is asked about the pictures that are shown.
"""

from __future__ import annotations

import streamlit as st

from pages.components.evaluate.places.examples import examples_of, predict_link, warn_if_deleted
from pages.components.evaluate.results.report_cache import report_of
from pages.components.shared.answers import predictors
from pages.components.shared.paging import choose_page
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import plain, show_error
from pages.components.shared.viewers import annotated, area_comparison, safe_preview
from pages.components.shared.viewers.images import GONE
from pages.components.shared.viewers.safe_preview import temporary_file
from tlcore.data.manifest import Example
from tlcore.errors import GraftError
from tlcore.evaluate.segmentation.score import PictureOverlap
from tlcore.runs.run import Run

PER_PAGE = 3  # each is asked for


def show(run: Run) -> None:
    """All pictures that the report lists."""
    score = report_of(run).test.segmentation
    if score is None or not score.pictures:
        st.info("This run has no test pictures.", icon=":material/info:")
        return
    warn_if_deleted(run)
    st.markdown(f"The pictures with the lowest mean IoU come first. {area_comparison.LEGEND}")
    page = choose_page(len(score.pictures), PER_PAGE, key_of("worst", run.id))
    examples = examples_of(run)
    for picture in score.pictures[(page - 1) * PER_PAGE : page * PER_PAGE]:
        with st.container(border=True):
            _title(picture)
            example = examples.get(picture.sha256)
            try:
                if example is None:
                    st.caption(GONE)
                else:
                    _compare(run, example)
            except GraftError as error:
                show_error(error)


def _title(picture: PictureOverlap) -> None:
    overlap = "No pixel counts" if picture.miou is None else f"Mean IoU {picture.miou:.3f}"
    st.markdown(f"**{overlap}** · {plain(picture.name)}")


def _compare(run: Run, example: Example) -> None:
    """The three pictures.

    Raises:
        GraftError: the model cannot be asked.
    """
    dataset = run.dataset()
    try:
        content = dataset.file(example.sha256).read_bytes()
        true = annotated.small_map(dataset, example)
    except OSError:
        st.caption(GONE)
        return
    with temporary_file(content) as path:
        answer = predictors.answer(run, content, path)
    if predictors.show_refusal(answer, example.name):
        return
    encoded = safe_preview.of(content).encoded
    area_comparison.show(
        encoded, true, area_comparison.answered_map(answer), run.labels(), plain(example.name)
    )
    predict_link(run, example.sha256)
