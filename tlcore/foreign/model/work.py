"""The child that `tlcore/foreign/child.py` starts: one request, one step, one line of JSON."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import numpy as np

from tlcore.data.dataset import Dataset
from tlcore.errors import GraftError
from tlcore.foreign.child import REQUEST, ChildAnswer
from tlcore.foreign.facts import FACTS, ModelAnswers, ModelFacts, PixelRange
from tlcore.foreign.model import network, new_run, pictures
from tlcore.foreign.model.pictures import TrialPicture
from tlcore.foreign.trial import LIKELIEST, SHOWN, ModelTrial, RangeScore, TriedPicture
from tlcore.graft.engines.device import set_up_device
from tlcore.records import JsonType


class StepRequest(msgspec.Struct, kw_only=True):
    """A step and what it needs; `data` "": no data set."""

    step: str
    answers: ModelAnswers | None = None
    data: str = ""
    version: int = 1
    target: str = ""

    @property
    def dataset(self) -> Dataset | None:
        return Dataset(Path(self.data)) if self.data else None


_REQUEST = JsonType(StepRequest)


def perform(folder: Path, request: StepRequest) -> object:
    """The result of a step for the candidate in `folder`.

    Raises:
        GraftError: it is refused; says why.
    """
    model = network.load(folder / "model.keras")
    if request.step == "look" or request.answers is None:
        return network.look(model, "")
    facts, dataset = FACTS.read(folder / "facts.json"), request.dataset
    if request.step == "try":
        return try_on(network.asker(model, facts), facts, request, folder)
    data = (dataset, request.version) if dataset else None
    new_run.make(folder, model, facts, request.answers, data, Path(request.target))
    return None


def try_on(ask: network.Asker, facts: ModelFacts, request: StepRequest, folder: Path) -> ModelTrial:
    """The answers to pictures of the data set, or to those that were dropped, with each range."""
    answers, dataset = request.answers, request.dataset
    assert answers
    labels = answers.labels
    some = pictures.of_dataset(dataset, request.version, labels) if dataset else pictures.dropped(folder)
    squares = pictures.decoded(some, answers.size)
    chances = {pixels: ask(squares, pixels) for pixels in facts.ranges}
    true = np.array([labels.index(one.label) if one.label else -1 for one in some])
    scores = tuple(
        RangeScore(
            pixels=pixels,
            right=int((found.argmax(1) == true).sum()),
            confidence=float(found.max(1).mean()),
        )
        for pixels, found in chances.items()
    )
    shown = np.unique(np.linspace(0, len(some) - 1, SHOWN).astype(int))
    return ModelTrial(
        answers=answers,
        data=request.data,
        version=request.version,
        n=len(some) if dataset else 0,
        scores=scores,
        pictures=tuple(_tried(some[at], at, labels, chances) for at in shown.tolist()),
    )


def _tried(
    picture: TrialPicture, at: int, labels: tuple[str, ...], chances: dict[PixelRange, np.ndarray]
) -> TriedPicture:
    likeliest = {
        pixels: tuple(
            (labels[number], float(found[at, number]))
            for number in np.argsort(-found[at], kind="stable")[:LIKELIEST].tolist()
        )
        for pixels, found in chances.items()
    }
    return TriedPicture(file=picture.path.name, name=picture.name, label=picture.label, answers=likeliest)


def main(folder: Path) -> None:
    """Answer the request in the candidate's folder."""
    set_up_device()
    try:
        answer = ChildAnswer(perform(folder, _REQUEST.read(folder / REQUEST)))
    except GraftError as error:
        answer = ChildAnswer(None, error.what, error.received, error.remedy)
    print(msgspec.json.encode(answer).decode(), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
