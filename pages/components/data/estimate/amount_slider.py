"""A slider for the examples of each class: the accuracy follows, from features that are there.

A child without TensorFlow works it out (`python -m tlcore estimate FOLDER -`). It stays warm while somebody
moves the slider, and every answer is kept, so that going back takes no time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import streamlit as st

from pages.components.data.estimate import sentences
from pages.components.data.estimate.curve_chart import curve_spec
from pages.components.shared.datasets import preparation
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import show_errors
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.errors import GraftError, RunError
from tlcore.evaluate.estimate import record
from tlcore.evaluate.estimate.amount import AmountScore
from tlcore.evaluate.estimate.record import Estimate
from tlcore.records import JsonType
from tlcore.runs.preparation import Preparation
from tlcore.runs.workers.conversation import Conversation, ConversationClosed, Conversations
from tlcore.workspace import Workspace

HEIGHT = 240  # pixels of the chart
NUMBER = 230  # pixels of the number, whatever it is: the slider keeps its width
MOST_AWAKE = 2  # children: each holds some libraries and the features, about 150 MB
ATTEMPTS = 5  # to get an answer while other people ask about other data
MOST_STORED = 500  # answers that a session stores
LOST = "The process that works this out had been ended from outside. Another one has taken its place."

_SCORE = JsonType(AmountScore)
_awake: Conversations[Conversation] = Conversations(MOST_AWAKE)


def show(dataset: Dataset, manifest: Manifest, found: Estimate) -> None:
    """The slider, what it says, and the chart; without the slider where there are no features any more."""
    job = preparation.current(dataset, manifest.version)
    if job is not None and found.most_each > 1 and (job.folder / record.FEATURES).is_file():
        st.fragment(_slide)(dataset, manifest, found, job)
    else:
        _chart(dataset, found, WORDS[manifest.task])


@show_errors
def _slide(dataset: Dataset, manifest: Manifest, found: Estimate, job: Preparation) -> None:
    words, most = WORDS[manifest.task], found.most_each
    tried: dict[int, AmountScore] = st.session_state.setdefault(key_of("amounts", job.id, found.version), {})
    with st.container(horizontal=True, vertical_alignment="center", gap="large"):
        each = st.slider(
            f"{words.many.capitalize()} of each class to learn from",
            1,
            most,
            most,
            key=key_of("amount", job.id),
            persist_state="session",
        )
        number = st.container(width=NUMBER)
    if each < most:
        with number:
            score = _score(job, each, words, tried)
        note = sentences.amount_basis(score, found, words)
    else:
        with contextlib.suppress(ConversationClosed, GraftError):  # the first move shows it
            _conversation(job).start()  # whoever looks at the slider is about to move it
        score = None
        note = sentences.WHOLE_AMOUNT.format(many=words.many)
    number.metric(
        sentences.amount_title(each, words, is_all=score is None),
        sentences.right(score.accuracy if score else found.accuracy),
    )
    st.caption(note)
    _chart(dataset, found, words, list(tried.values()), score)


def _score(job: Preparation, each: int, words: TaskWords, tried: dict[int, AmountScore]) -> AmountScore:
    """The score of an amount, asked once in a session.

    Raises:
        RunError: there is none.
    """
    if each not in tried:
        with st.spinner(f"Trying {each:,} {words.many} of each class …"):
            tried[each] = _ask(job, each)
        while len(tried) > MOST_STORED:
            del tried[next(iter(tried))]
    return tried[each]


def _ask(job: Preparation, each: int) -> AmountScore:
    for _ in range(ATTEMPTS):
        child = _conversation(job)
        before = child.losses
        with contextlib.suppress(ConversationClosed):  # closed for other data between these two steps
            answer = child.ask(str(each))
            if child.losses > before:
                st.toast(LOST, icon=":material/restart_alt:")
            if "error" in answer:
                raise RunError(str(answer["error"]))
            return _SCORE.convert(answer)
    remedy = f"At most {MOST_AWAKE} data sets can be tried at once. Wait a moment and try again."
    raise RunError("Too many people are trying amounts.", remedy=remedy)


def _conversation(job: Preparation) -> Conversation:
    """The child for this estimate; one that was made anew gets a new child."""

    def begin() -> Conversation:
        arguments, log = ["estimate", str(job.folder), "-"], Workspace().cache / "estimate.log"
        return Conversation(arguments, log, "The estimate")

    return _awake.of(f"{job.folder}@{record.modified_ns(job.folder)}", begin)


def _chart(
    dataset: Dataset,
    found: Estimate,
    words: TaskWords,
    tried: Sequence[AmountScore] = (),
    score: AmountScore | None = None,
) -> None:
    st.echarts_chart(
        curve_spec(found, words, tried, score),
        height=HEIGHT,
        key=key_of("estimate_curve", dataset.id),
        alt=f"Estimated share of right answers by the number of {words.many} to learn from",
    )
