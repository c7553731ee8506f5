"""Evaluate, labels to check: examples whose label is probably wrong, to put right, and to train again.

All of it is one fragment: a tick draws only this section anew. What is done to an example becomes a version
of the data set; that a label is right is kept with the data set, for every run on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.components.evaluate.labels import retrain
from pages.components.evaluate.results.analysis_cache import analysis_of, label_error_estimate, show_missing
from pages.components.shared.datasets import edits as datasets_edits
from pages.components.shared.paging import choose_page
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.selection import manifest_of
from pages.components.shared.text import isolated, percent, plain, show_error
from pages.components.tasks.tasks import VIEWS
from tlcore.data import confirmed_labels
from tlcore.data.dataset import Dataset
from tlcore.data.edits import Edit, ExampleState, Exclude, Relabel, states
from tlcore.data.manifest import Key, Manifest
from tlcore.data.task_words import TaskWords
from tlcore.errors import GraftError, printable
from tlcore.evaluate.analysis import Analysis, LabelError
from tlcore.runs.run import Run

PER_PAGE = 24
CONFIRMED = "kept_right"  # what this session called right last, by data set
HOW = """
Models were trained without these {many} and then asked about them. Listed are those of which they say another
class, the lowest **fit** first: the chance that they give to the label it has. How many labels are likely
wrong is estimated by *confident learning*. It misses some, so up to a tenth of all {many} are listed. Expect
many of them to be right: a model that errs often doubts good labels, too.
"""
NOTHING = {  # why nothing was looked through
    "few": "This run has too few {many} of each class to train models without some of them, so nothing can "
    "be said of its labels.",
    "continued": "This run goes on from another one, or did not train a head by itself first, so there is no "
    "model that has not seen its {many}. Train a new one on the same data to check their labels.",
    "failed": "Looking through the labels of this run failed; train.log in its folder says why. Train again "
    "with the same settings to try once more.",
}


@dataclass(frozen=True)
class LabelErrorCard:
    """A suspect as it stands in the newest version; `done` says what was done to it, "" while it is open."""

    suspect: LabelError
    done: str
    can_relabel: bool

    @property
    def key(self) -> Key:
        return self.suspect.sha256, self.suspect.name

    @property
    def label(self) -> confirmed_labels.Label:
        return (*self.key, self.suspect.label)


def show(run: Run) -> None:
    """All of it, or why there is nothing to show."""
    study, words = analysis_of(run), run.words
    dataset = run.dataset()
    if study is None:
        show_missing(run, "which labels are suspect")
        return
    if not dataset.is_ready:
        st.info("The data set of this run was deleted, and its labels with it.", icon=":material/info:")
        return
    if not study.examples:
        st.info(NOTHING[study.no_label_errors or "few"].format(many=words.many), icon=":material/info:")
        return
    st.fragment(_section)(run, dataset, study, words)


def _section(run: Run, dataset: Dataset, study: Analysis, words: TaskWords) -> None:
    try:
        manifest = manifest_of(dataset)
        right = confirmed_labels.read(dataset.folder)
        cards = cards_of(study.label_errors, manifest)
        left = [card for card in cards if card.label not in right]
        _summary(study, cards, left, words)
        if left:
            _gallery(run, dataset, left)
        _confirmed_count(dataset, [card.label for card in cards if card.label in right], words)
        retrain.show(run, dataset, manifest)
    except GraftError as error:
        show_error(error)


def cards_of(suspects: Sequence[LabelError], manifest: Manifest) -> list[LabelErrorCard]:
    """Each suspect as it stands in this version of its data set, in their order."""
    now = states(manifest)
    return [
        LabelErrorCard(
            suspect,
            _done(suspect, now.get((suspect.sha256, suspect.name))),
            suspect.suggested in manifest.classes,
        )
        for suspect in suspects
    ]


def _done(suspect: LabelError, now: ExampleState | None) -> str:
    if now is None:
        return "not in the data set any more"
    if not now.used:
        return "set aside"
    return "" if now.example.label == suspect.label else f"now {now.example.label}"


def _summary(
    study: Analysis, cards: Sequence[LabelErrorCard], left: Sequence[LabelErrorCard], words: TaskWords
) -> None:
    looked = words.counted(study.examples)
    if not cards:
        st.success(f"Among {looked} no label looks wrong.", icon=":material/check:")
        return
    still_open = sum(not card.done for card in left)
    st.markdown(f"{label_error_estimate(study, words)} {_listed(len(cards))} **{still_open:,}** still open.")
    st.caption(HOW.format(many=words.many))


def _listed(count: int) -> str:
    if count == 1:
        return "The most suspicious one is listed:"
    return f"The **{count:,}** most suspicious are listed, the strongest first:"


def _gallery(run: Run, dataset: Dataset, left: list[LabelErrorCard]) -> None:
    """A page of them, below what can be done to those that are ticked."""
    viewer, place = VIEWS[run.task].data.viewer, _place(run)
    # Always there: what follows keeps its place when the first one is done.
    nothing_done = not any(card.done for card in left)
    if st.toggle("Only what is still open", key=f"open_{place}", disabled=nothing_done):
        left = [card for card in left if not card.done]
    tools = st.container()
    page = choose_page(len(left), PER_PAGE, f"{place}_page")
    shown = left[(page - 1) * PER_PAGE : page * PER_PAGE]
    boxes = {_box(place, card): card for card in shown if not card.done}
    with st.grid(min_column_width=viewer.card, gap="small", key=f"{place}_grid"):
        for card in shown:
            with st.container(border=True, height="stretch", vertical_alignment="distribute"):
                _card(dataset, card, viewer.small, _box(place, card))
    ticked = [card for box, card in boxes.items() if st.session_state.get(box)]
    with tools:
        _tools(run, dataset, list(boxes), ticked)


def _card(dataset: Dataset, card: LabelErrorCard, small: Callable[[Dataset, str], None], box: str) -> None:
    small(dataset, card.suspect.sha256)
    with st.container(gap="xxsmall"):
        _card_text(card, box)


def _card_text(card: LabelErrorCard, box: str) -> None:
    suspect = card.suspect
    said = f"**{isolated(printable(suspect.label, 40))}** → {isolated(printable(suspect.suggested, 40))}"
    if card.done:
        st.markdown(f":material/check: {isolated(printable(card.done, 60))}")
        st.caption(said)
        return
    # Nothing is lost by the joined label: a screen reader says the same as is seen.
    st.checkbox(said, key=box, width="stretch")
    st.caption(f"Fit {percent(suspect.quality)}")


def _tools(run: Run, dataset: Dataset, boxes: list[str], ticked: list[LabelErrorCard]) -> None:
    place = _place(run)
    st.caption(f"{len(ticked)} ticked. On a card: **its label** → what the models say.")
    with st.container(horizontal=True, key=f"tools_{place}"):
        st.button(
            "Tick all on this page",
            key=f"all_{place}",
            on_click=_tick,
            args=(boxes, True),
            disabled=not boxes or len(ticked) == len(boxes),
        )
        st.button("Clear", key=f"none_{place}", on_click=_tick, args=(boxes, False), disabled=not ticked)
        _act("Relabel as suggested", ":material/label:", [c for c in ticked if c.can_relabel], run, _relabel)
        _act("Set aside", ":material/inventory_2:", ticked, run, _laid_aside)
        st.button(
            "The label is right",
            icon=":material/verified:",
            key=f"right_{place}",
            disabled=not ticked,
            on_click=_confirm,
            args=(dataset, [card.label for card in ticked]),
        )
    if any(not card.can_relabel for card in ticked):
        st.caption("Some of these cannot be relabelled: the class that was suggested is not there any more.")
    datasets_edits.notice(dataset, place)
    _confirm_notice(dataset)


def _act(
    name: str,
    icon: str,
    cards: list[LabelErrorCard],
    run: Run,
    edits: Callable[[Sequence[LabelErrorCard]], list[Edit]],
) -> None:
    dataset, place = run.dataset(), _place(run)
    st.button(
        name,
        icon=icon,
        key=f"{name}_{place}",
        disabled=not cards,
        on_click=_carry_out,
        args=(dataset, edits(cards), place),
    )


def _carry_out(dataset: Dataset, edits: list[Edit], place: str) -> None:
    st.session_state.get(CONFIRMED, {}).pop(dataset.id, None)
    datasets_edits.carry_out(dataset, edits, place)


def _relabel(cards: Sequence[LabelErrorCard]) -> list[Edit]:
    by_class: dict[str, list[Key]] = defaultdict(list)
    for card in cards:
        by_class[card.suspect.suggested].append(card.key)
    return [Relabel(tuple(keys), label) for label, keys in by_class.items()]


def _laid_aside(cards: Sequence[LabelErrorCard]) -> list[Edit]:
    return [Exclude(tuple(card.key for card in cards))]


def _tick(boxes: list[str], value: bool) -> None:
    for box in boxes:
        st.session_state[box] = value


def _confirm(dataset: Dataset, labels: list[confirmed_labels.Label]) -> None:
    """Remember that these labels are right."""
    kept = st.session_state.setdefault(CONFIRMED, {})
    datasets_edits.log(dataset).place = ""  # what was done before that is no longer the last thing
    try:
        confirmed_labels.add(dataset.folder, labels)
        kept[dataset.id] = labels
    except GraftError as error:
        kept[dataset.id] = error


def _confirm_notice(dataset: Dataset) -> None:
    """What was called right here last, with the way back; or why it could not be kept."""
    kept = st.session_state.get(CONFIRMED, {}).get(dataset.id)
    if isinstance(kept, GraftError):
        show_error(kept)
    elif kept:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="kept_notice"):
            said = "One label is" if len(kept) == 1 else f"{len(kept)} labels are"
            st.markdown(f":material/check: {said} right, and not asked about again.", width="stretch")
            st.button(
                "Undo", icon=":material/undo:", key="undo_kept", on_click=_ask_again, args=(dataset, kept)
            )


def _ask_again(dataset: Dataset, labels: list[confirmed_labels.Label]) -> None:
    kept = st.session_state.setdefault(CONFIRMED, {})
    kept.pop(dataset.id, None)
    try:
        confirmed_labels.remove(dataset.folder, labels)
    except GraftError as error:
        kept[dataset.id] = error


def _confirmed_count(dataset: Dataset, labels: list[confirmed_labels.Label], words: TaskWords) -> None:
    """How many suspects somebody has called right, and the way to see them again."""
    if not labels:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Not shown: {plain(words.counted(len(labels)))} whose label somebody called right.")
        st.button(
            "Ask again",
            key=key_of("again", dataset.id),
            type="tertiary",
            on_click=_ask_again,
            args=(dataset, labels),
        )


def _place(run: Run) -> str:
    return key_of("suspects", run.id)


def _box(place: str, card: LabelErrorCard) -> str:
    return f"{place}_{'_'.join(card.key)}_{card.suspect.label}"
