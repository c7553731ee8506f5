"""Offers of the others of a server: a row for each, with a button that makes a copy of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from pages.components.shared.datasets import import_jobs
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.run_names import name_and_time
from pages.components.shared.selection.selection import summary
from pages.components.shared.text import counted, isolated, local_time, show_error, size
from tlcore import system
from tlcore.data.dataset import Dataset
from tlcore.data.task_words import WORDS
from tlcore.errors import GraftError, printable
from tlcore.people import copies, sharing
from tlcore.people.sharing import KINDS, Offer, OfferKind
from tlcore.runs import run_records
from tlcore.runs.run import Run
from tlcore.workspace.home import at_home, is_shared, worker_id

TITLE = "Shared with you"
AT_ONCE = 3  # rows; the others are one click away
NOTE = "A copy is yours alone: what you change in it, nobody else sees."


def found(kinds: Sequence[OfferKind] = KINDS) -> list[Offer]:
    """All offers of these kinds to the person at work; none where they have the server to themselves."""
    return [one for one in sharing.offers_to(worker_id()) if one.kind in kinds] if is_shared() else []


def show_first(kinds: Sequence[OfferKind] = KINDS) -> bool:
    """The offers in sight, as the next step of somebody who has nothing yet; False: there are none."""
    offers = found(kinds)
    if offers:
        st.header(TITLE, anchor=False)
        for number, offer in enumerate(offers[:AT_ONCE]):
            _row(offer, is_next_step=number == 0)
        if offers[AT_ONCE:]:
            with st.expander(f"{len(offers) - AT_ONCE} more", icon=":material/group:"):
                for offer in offers[AT_ONCE:]:
                    _row(offer)
    return bool(offers)


def show(kinds: Sequence[OfferKind] = KINDS) -> None:
    """The offers in a box that opens; nothing where there is none."""
    if offers := found(kinds):
        with st.expander(f"{TITLE} ({len(offers)})", icon=":material/group:"):
            st.caption(NOTE)
            for offer in offers:
                _row(offer)


def _row(offer: Offer, is_next_step: bool = False) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(f"**{isolated(name_of(offer))}**")
            st.caption(facts_of(offer))
        key = key_of("copy", offer.owner.id, offer.folder.name)
        kind = "primary" if is_next_step else "secondary"
        if st.button("Copy to mine", icon=":material/content_copy:", key=key, type=kind):  # type: ignore[arg-type]
            try:
                with st.spinner("Copying …"):
                    _take(offer)
            except GraftError as error:
                show_error(error)


def _take(offer: Offer) -> None:
    """Copy it, if it is still there, and go to the copy."""
    offer = sharing.find(offer.owner.id, offer.kind, offer.folder.name)
    if offer.kind == "datasets":
        id = import_jobs.start_copy(offer)
        st.switch_page("pages/data.py", query_params={"data": id})
    target = copies.new_folder(offer)
    copies.copy_run(offer, target)
    st.switch_page("pages/evaluate.py", query_params={"run": target.name})


def name_of(offer: Offer) -> str:
    """The name of what is shared, as text."""
    if offer.kind == "datasets":
        return printable(summary(Dataset(offer.folder)).name, 60)
    with at_home(offer.owner.home):
        return printable(name_and_time(offer.folder.name)[0], 60)


def facts_of(offer: Offer) -> str:
    """Its kind, whose it is, its size and since when, as Markdown."""
    return f"{kind_of(offer)} from {isolated(offer.owner.name)} · {_facts(offer)} · shared {when(offer)}"


def when(offer: Offer) -> str:
    """Since when it is shared, on this computer's clock."""
    return local_time(datetime.fromtimestamp(offer.since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def kind_of(offer: Offer) -> str:
    """Its kind: `Model`, `Pictures`, `Texts`."""
    return "Model" if offer.kind == "runs" else WORDS[summary(Dataset(offer.folder)).task].many.capitalize()


def _facts(offer: Offer) -> str:
    if offer.kind == "datasets":
        classes = counted(len(summary(Dataset(offer.folder)).classes), "class", "classes")
        return f"{classes} · {size(_bytes(str(offer.folder), Dataset(offer.folder).latest))}"
    run = Run(offer.folder)
    result, weight = run_records.read_summary(run.folder), size(run.model.stat().st_size)
    return f"{run.words.scored(result.test.accuracy)} · {weight}" if result else weight


@st.cache_data(max_entries=200, show_spinner=False)
def _bytes(folder: str, version: int) -> int:
    """Measured again with each version; other changes take next to no room."""
    return system.folder_bytes(Path(folder))
