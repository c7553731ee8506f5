"""Labels to check: examples whose label is probably wrong, and ways to fix them.

For a fragment: a tick draws only this section anew. An edit becomes a version of the data set; a
confirmed label is stored with the data set, for every analysis of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.components.shared.analyses.analysed import AnalysedExamples
from pages.components.shared.analyses.labels import confirmation
from pages.components.shared.datasets import edits as datasets_edits
from pages.components.shared.paging import choose_page
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import isolated, percent
from pages.components.tasks.tasks import VIEWS
from tlcore.data import confirmed_labels
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Key, Manifest
from tlcore.data.task_words import TaskWords
from tlcore.data.versions.edits import Edit, Exclude, Relabel
from tlcore.data.versions.example_states import ExampleState, states
from tlcore.errors import printable
from tlcore.evaluate.analysis import Analysis, LabelError

PER_PAGE = 24
INTRO = """
Graft asked models that had not learned from these {many}. You see those where they chose another class, the
lowest **fit** first: the probability that they give the label. *Confident learning* estimates how many
labels are wrong. It misses some, so up to a tenth of all {many} are listed. Many of these labels will be
right: a model that makes many mistakes doubts good labels, too.
"""


@dataclass(frozen=True)
class LabelErrorCard:
    """A label error in the newest version of the data set; `done` names what was done to it, or is ""."""

    error: LabelError
    done: str
    can_relabel: bool

    @property
    def key(self) -> Key:
        return self.error.sha256, self.error.name

    @property
    def label(self) -> confirmed_labels.Label:
        return (*self.key, self.error.label)


def show(source: AnalysedExamples, manifest: Manifest) -> None:
    """The cards in this version of the data set, and the tools for those that are ticked."""
    found, words = source.analysis, source.words
    confirmed = confirmed_labels.read(source.dataset.folder)
    cards = cards_of(found.label_errors, manifest)
    left = [card for card in cards if card.label not in confirmed]
    _summary(found, cards, left, words)
    if left:
        _gallery(source, left)
    settled = [card.label for card in cards if card.label in confirmed]
    confirmation.show_count(source.dataset, settled, words)


def cards_of(errors: Sequence[LabelError], manifest: Manifest) -> list[LabelErrorCard]:
    """Cards for the label errors in this version of the data set, in their order."""
    now = states(manifest)
    return [
        LabelErrorCard(
            error,
            _done(error, now.get((error.sha256, error.name))),
            error.suggested in manifest.classes,
        )
        for error in errors
    ]


def _done(error: LabelError, now: ExampleState | None) -> str:
    if now is None:
        return "no longer in the data set"
    if not now.used:
        return "set aside"
    return "" if now.example.label == error.label else f"now {now.example.label}"


def _summary(
    found: Analysis, cards: Sequence[LabelErrorCard], left: Sequence[LabelErrorCard], words: TaskWords
) -> None:
    checked = words.counted(found.examples)
    if not cards:
        st.success(f"No label looks wrong among {checked}.", icon=":material/check:")
        return
    still_open = sum(not card.done for card in left)
    st.markdown(f"{_estimate(found, words)} {_listed(len(cards))} **{still_open:,}** to check.")
    st.caption(INTRO.format(many=words.many))


def _estimate(found: Analysis, words: TaskWords) -> str:
    """Sentence on how many labels are probably wrong, which differs from how many are listed."""
    looked, likely = words.counted(found.examples), found.likely_errors
    if likely is None:
        return f"Graft checked {looked}. Its earlier version did not estimate how many labels are wrong."
    if not likely:
        return f"Of {looked}, hardly any is likely to have a wrong label."
    return f"Of {looked}, about **{likely:,}** probably {'has' if likely == 1 else 'have'} a wrong label."


def _listed(count: int) -> str:
    if count == 1:
        return "Here is the most suspicious one:"
    return f"Here are the **{count:,}** most suspicious ones:"


def _gallery(source: AnalysedExamples, left: list[LabelErrorCard]) -> None:
    """A page of cards, below the tools for the ticked ones."""
    viewer, place = VIEWS[source.task].data.viewer, _place(source)
    # Always there: what follows keeps its place when the first one is done.
    nothing_done = not any(card.done for card in left)
    if st.toggle("Only unchecked ones", key=f"open_{place}", disabled=nothing_done):
        left = [card for card in left if not card.done]
    tools = st.container()
    page = choose_page(len(left), PER_PAGE, f"{place}_page")
    shown = left[(page - 1) * PER_PAGE : page * PER_PAGE]
    boxes = {_box(place, card): card for card in shown if not card.done}
    with st.grid(min_column_width=viewer.card, gap="small", key=f"{place}_grid"):
        for card in shown:
            with st.container(border=True, height="stretch", vertical_alignment="distribute"):
                _card(source.dataset, card, viewer.small, _box(place, card))
    ticked = [card for box, card in boxes.items() if st.session_state.get(box)]
    with tools:
        _tools(source, list(boxes), ticked)


def _card(dataset: Dataset, card: LabelErrorCard, small: Callable[[Dataset, str], None], box: str) -> None:
    small(dataset, card.error.sha256)
    with st.container(gap="xxsmall"):
        _card_text(card, box)


def _card_text(card: LabelErrorCard, box: str) -> None:
    error = card.error
    labels = f"**{isolated(printable(error.label, 40))}** → {isolated(printable(error.suggested, 40))}"
    if card.done:
        st.markdown(f":material/check: {isolated(printable(card.done, 60))}")
        st.caption(labels)
        return
    # One label for both classes: a screen reader reads what is seen.
    st.checkbox(labels, key=box, width="stretch")
    st.caption(f"Fit {percent(error.quality)}")


def _tools(source: AnalysedExamples, boxes: list[str], ticked: list[LabelErrorCard]) -> None:
    dataset, place = source.dataset, _place(source)
    st.caption(f"{len(ticked)} ticked. A card shows **its label** → the models' answer.")
    with st.container(horizontal=True, key=f"tools_{place}"):
        st.button(
            "Tick this page",
            key=f"all_{place}",
            on_click=_tick,
            args=(boxes, True),
            disabled=not boxes or len(ticked) == len(boxes),
        )
        st.button("Clear", key=f"none_{place}", on_click=_tick, args=(boxes, False), disabled=not ticked)
        _act("Relabel", ":material/label:", [c for c in ticked if c.can_relabel], source, _relabel)
        _act("Set aside", ":material/inventory_2:", ticked, source, _set_aside)
        st.button(
            "Label is right",
            icon=":material/verified:",
            key=f"right_{place}",
            disabled=not ticked,
            on_click=confirmation.confirm,
            args=(dataset, [card.label for card in ticked]),
        )
    if any(not card.can_relabel for card in ticked):
        st.caption("Some cannot be relabelled: the suggested class no longer exists.")
    datasets_edits.notice(dataset, place)
    confirmation.show_notice(dataset)


def _act(
    name: str,
    icon: str,
    cards: list[LabelErrorCard],
    source: AnalysedExamples,
    edits: Callable[[Sequence[LabelErrorCard]], list[Edit]],
) -> None:
    dataset, place = source.dataset, _place(source)
    st.button(
        name,
        icon=icon,
        key=f"{name}_{place}",
        disabled=not cards,
        on_click=_carry_out,
        args=(dataset, edits(cards), place),
    )


def _carry_out(dataset: Dataset, edits: list[Edit], place: str) -> None:
    confirmation.forget_last(dataset)
    datasets_edits.carry_out(dataset, edits, place)


def _relabel(cards: Sequence[LabelErrorCard]) -> list[Edit]:
    by_class: dict[str, list[Key]] = defaultdict(list)
    for card in cards:
        by_class[card.error.suggested].append(card.key)
    return [Relabel(tuple(keys), label) for label, keys in by_class.items()]


def _set_aside(cards: Sequence[LabelErrorCard]) -> list[Edit]:
    return [Exclude(tuple(card.key for card in cards))]


def _tick(boxes: list[str], value: bool) -> None:
    for box in boxes:
        st.session_state[box] = value


def _place(source: AnalysedExamples) -> str:
    return key_of("suspects", source.id)


def _box(place: str, card: LabelErrorCard) -> str:
    return f"{place}_{'_'.join(card.key)}_{card.error.label}"
