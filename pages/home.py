"""Home: the purpose of the app in a drawing, the next step, and recent runs."""

from __future__ import annotations

import streamlit as st

from pages.components.home import intro
from pages.components.presentation import bar
from pages.components.shared.datasets.import_jobs import start_sample
from pages.components.shared.runs import open_run, runs_list
from pages.components.shared.selection.selection import all_runs, ready_datasets
from pages.components.shared.sharing import offers
from pages.components.shared.text import page_header, show_error
from pages.components.shared.trash import notices
from pages.components.tasks.tasks import VIEWS
from tlcore.data.manifest import Task
from tlcore.data.task_words import WORDS
from tlcore.errors import GraftError
from tlcore.workspace.home import is_shared

RECENT = 6
PURPOSE = (
    "A picture goes through a large network that stays as it is, then through a small new part that learns "
    "your classes. Seconds of training, no code. It works with texts, too, and "
    "finds objects and areas in pictures."
)

SHOW_HELP = "Nine scenes in large type, three minutes in all, with sample photos. The space bar goes on."


def main() -> None:
    """The page."""
    notices.above("")
    left, right = st.columns([5, 6], gap="large", vertical_alignment="center")
    with left:
        page_header("Teach a network your own classes", PURPOSE)
        _next_step()
    with right:
        intro.show_drawing()
    runs = all_runs()
    if runs:
        st.header("Recent runs", anchor=False)
        runs_list.show(runs, RECENT)
    if ready_datasets():
        offers.show()
    open_run.show("open_run")
    with st.container(border=True):
        st.header("What is transfer learning?", anchor=False)
        st.markdown(intro.PARAGRAPH)
    st.caption(
        "Everything stays on the computer that serves these pages."
        if is_shared()
        else "Everything stays on this computer, as files in the workspace folder."
    )


def _next_step() -> None:
    has_data = bool(ready_datasets())
    is_offered = not has_data and offers.show_first()
    with st.container(horizontal=True):
        if has_data and st.button("Set up a model", type="primary", icon=":material/account_tree:"):
            st.switch_page("pages/model.py")
        for task, view in VIEWS.items() if not has_data else ():
            if not view.text.sample_note:
                continue
            label = f"Try it with sample {WORDS[task].many}"
            is_next = task == "images" and not is_offered
            if st.button(label, type="primary" if is_next else "secondary", icon=view.text.icon):
                _try_sample(task)
        if st.button("Bring your data", icon=":material/upload:"):
            st.switch_page("pages/data.py")
        if st.button("Show it to a room", icon=":material/slideshow:", type="tertiary", help=SHOW_HELP):
            bar.begin()


def _try_sample(task: Task) -> None:
    try:
        start_sample(task)
    except GraftError as error:
        show_error(error)
    else:
        st.switch_page("pages/data.py")


main()
notices.below("")
