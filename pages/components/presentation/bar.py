"""The bar of the presentation: what the room reads, and the buttons that go on, back and out.

`app.py` draws it above every page while a presentation is on. A press must not be lost before a room, nor
wait for a page that takes long to draw, so no button of the bar is in a fragment.
"""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.components.presentation import clean_up, state
from pages.components.presentation.scenes import SCENES
from pages.components.presentation.state import Presentation
from pages.components.shared.kept_button import kept_button
from pages.components.shared.selection import addresses
from pages.components.shared.text import show_error
from tlcore.errors import GraftError

EVERY = 0.5  # seconds between two looks for what the next scene waits for
STYLE = Path(__file__).with_name("room.css")
WITH_RUN = ("train", "evaluate", "predict")
KEEP_HELP = "Ends the presentation. The data set and the model stay."
GONE = "The demo's photos and its model are in the trash. Everything of yours is untouched."
END_HELP = "Ends the presentation and puts everything back as it was."


def is_on() -> bool:
    return state.current(len(SCENES)) is not None


def begin() -> NoReturn:
    """Show the first scene."""
    _open(state.in_hand())


def show(page: StreamlitPage) -> None:
    """The page; in a presentation below its bar, or what the scene draws instead."""
    presentation = state.current(len(SCENES))
    if presentation is None:
        page.run()
        return
    presentation = _follow(presentation, page.url_path)
    state.keep(presentation)
    st.html(STYLE)
    _show(presentation)
    scene = SCENES[presentation.scene]
    if scene.draw is None or scene.page != page.url_path:
        page.run()
        return
    try:
        scene.draw(presentation)
    except GraftError as error:
        show_error(error)


def _follow(presentation: Presentation, page: str) -> Presentation:
    """The presentation at the scene of a page to which somebody may have come by a button of another page."""
    if SCENES[presentation.scene].page == page:
        return presentation
    to_come = range(presentation.scene + 1, len(SCENES) - 1)  # to the last one only by its own button
    later = [number for number in to_come if SCENES[number].page == page]
    run = presentation.run or (addresses.current_id("run") if page in WITH_RUN else "")
    scene = later[0] if later and (run or page not in WITH_RUN) else presentation.scene
    return Presentation(scene, presentation.data, run, presentation.data_before, presentation.run_before)


def _show(presentation: Presentation) -> None:
    scene, is_last = SCENES[presentation.scene], presentation.scene == len(SCENES) - 1
    reason = _reason_to_wait(presentation)
    with st.container(key="presentation", border=True, horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap="xsmall"):
            st.title(scene.title, anchor=False)
            st.markdown(f"{scene.words} :gray[{presentation.scene + 1} of {len(SCENES)}]")
            if reason:
                st.fragment(_wait, run_every=EVERY)(presentation, reason)
        if presentation.scene and kept_button(
            "Back", "scene_before", type="tertiary", icon=":material/arrow_back:", shortcut="Left"
        ):
            _go(presentation, presentation.scene - 1)
        if is_last:
            _ends(presentation)
            return
        if kept_button(
            reason or "Next", "next_scene", type="primary", shortcut="Space", disabled=bool(reason)
        ):
            _go(presentation, presentation.scene + 1)
        if kept_button("End", "end_scenes", type="tertiary", icon=":material/close:", help=END_HELP):
            _end(presentation)


def _wait(presentation: Presentation, reason: str) -> None:
    """Draw the page anew once there is another reason to wait, or none."""
    if _reason_to_wait(presentation) != reason:
        st.rerun()


def _ends(presentation: Presentation) -> None:
    if kept_button("Put everything back", "put_back", type="primary", icon=":material/undo:"):
        _end(presentation)
    if kept_button("Keep the model", "keep_model", type="tertiary", help=KEEP_HELP):
        clean_up.keep(presentation)
        _leave(presentation)


def _reason_to_wait(presentation: Presentation) -> str:
    """The reason why the next scene cannot begin yet; "" if it can, or if there is none."""
    after = presentation.scene + 1
    return SCENES[after].waits_for(presentation) if after < len(SCENES) else ""


def _go(presentation: Presentation, scene: int) -> None:
    """Begin a scene and show it; an error stays on the one before."""
    try:
        made = SCENES[scene].begin(presentation)
    except GraftError as error:
        show_error(error)
        return
    _open(Presentation(scene, made.data, made.run, made.data_before, made.run_before))


def _open(presentation: Presentation) -> NoReturn:
    page = SCENES[presentation.scene].page
    addresses.note(state.ADDRESS, state.address_of(presentation))
    ids = {"data": presentation.data, "run": presentation.run}
    for name, id in ids.items():
        if id:
            addresses.note(name, id)
    st.switch_page(
        f"pages/{page or 'home'}.py",
        query_params={state.ADDRESS: state.address_of(presentation), **{k: v for k, v in ids.items() if v}},
    )


def _end(presentation: Presentation) -> None:
    try:
        if clean_up.put_back(presentation):
            st.toast(GONE, icon=":material/undo:", duration="long")
    except GraftError as error:
        show_error(error)
        return
    _leave(presentation)


def _leave(presentation: Presentation) -> NoReturn:
    state.leave(presentation)
    st.switch_page("pages/home.py")
