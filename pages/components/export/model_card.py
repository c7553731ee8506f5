"""The model card of a run as others read it, its folder to download, and the command that publishes it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import streamlit as st

from pages.components.shared.download import download_file
from pages.components.shared.selection.keys import key_of
from tlcore.export.card import card, metadata
from tlcore.export.card.folder import pack
from tlcore.runs.run import Run
from tlcore.workspace import slug

STYLE = Path(__file__).with_name("model_card.css")


def show(run: Run) -> None:
    """The buttons of the card, then the card."""
    made = card.make(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            "What others need to know of this model, written from what its run has measured. "
            "The download also holds the model and all that is needed to ask it.",
            width="stretch",
        )
        download_file(
            "Download",
            lambda: pack(run),
            f"{run.id} card",
            type="primary",
            key=key_of("download_card", run.id),
            width=150,
        )
    with st.expander("Publish it on Hugging Face", icon=":material/public:"):
        st.markdown(
            "Graft sends nothing by itself. To publish the model, make an account on huggingface.co, log in "
            "once with `hf auth login`, and type this line with your name there. With `--private` only you "
            "see it."
        )
        repo = f"YOUR-NAME/{slug(run.id, 'model')}"
        st.code(
            f"python -m tlcore publish {shlex.quote(str(run.folder))} --repo {repo}",
            language="bash",
            wrap_lines=True,
        )
        st.markdown("By this head of the card the Hub lists and compares models:")
        st.code(metadata.as_yaml(made.metadata), language="yaml", wrap_lines=True)
    st.html(STYLE)
    with st.container(border=True, key="model_card"):
        st.header(made.title, anchor=False)
        st.markdown(_lower_headings(made.opening))
        st.image(made.picture, width=420, alt=card.ALT)
        st.markdown(_lower_headings(made.rest))


def _lower_headings(text: str) -> str:
    """The same below the title of the card, which is a second heading on the page."""
    return re.sub("^#", "##", text, flags=re.MULTILINE)
