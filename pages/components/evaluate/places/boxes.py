"""Evaluate, pictures of a detector: its answers drawn over them, those with the most mistakes first."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.evaluate.places.examples import examples_of, predict_link, warn_if_deleted
from pages.components.evaluate.results.report_cache import report_of
from pages.components.shared.paging import choose_page
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import plain
from pages.components.shared.viewers import found_objects
from pages.components.shared.viewers.found_objects import Pair
from pages.components.shared.viewers.images import GONE
from tlcore.evaluate.detection import sentences
from tlcore.evaluate.detection.score import PictureBoxes
from tlcore.runs.run import Run

PER_PAGE = 6


def show(run: Run) -> None:
    """All pictures that the report lists."""
    score = report_of(run).test.detection
    if score is None or not score.pictures:
        st.info("This run has no test pictures.", icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("The pictures with the most mistakes come first.", width="content")
        is_drawn = st.toggle("Show the boxes", value=True, key="boxes_drawn", persist_state="session")
    show_pictures(
        run,
        [(one, tuple(one.cells()) if is_drawn else ()) for one in score.pictures],
        key_of("worst", run.id),
    )


def show_pictures(run: Run, shown: Sequence[tuple[PictureBoxes, Sequence[Pair]]], key: str) -> None:
    """Pictures with the objects and answers to draw, a page at a time."""
    warn_if_deleted(run)
    page = choose_page(len(shown), PER_PAGE, key)
    examples = examples_of(run)
    st.caption(found_objects.LEGEND)
    with st.grid(min_column_width=320, gap="small"):
        for picture, pairs in shown[(page - 1) * PER_PAGE : page * PER_PAGE]:
            with st.container(border=True):
                example = examples.get(picture.sha256)
                drawn = example and found_objects.drawn(run.dataset(), example, pairs, run.labels())
                if drawn:
                    st.image(drawn, width="stretch", alt=sentences.summarise_picture(picture))
                else:
                    st.caption(GONE)
                st.markdown(f"**{sentences.summarise_picture(picture)}**")
                st.caption(plain(picture.name))
                if drawn:
                    predict_link(run, picture.sha256)
