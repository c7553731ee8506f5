"""The pages' names for the scores of a detector and a segmenter."""

from __future__ import annotations

import csv

import pytest

from pages.components.compare.actions import as_csv
from pages.components.shared.runs.run_facts import facts_of
from pages.components.train import share_card
from tests.fixtures.place_workspace import Placed, placed  # noqa: F401 (a fixture)
from tests.pages.conftest import Open, numbers, words


@pytest.fixture(autouse=True)
def shared(placed: Placed, empty: Open, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """The shared workspace: only look."""
    monkeypatch.setenv("GRAFT_HOME", str(placed.home))


@pytest.mark.parametrize(("name", "score"), [("detector", "mAP at IoU 0.5"), ("segmenter", "mean IoU")])
def test_train_names_the_score_of_the_task(placed: Placed, empty: Open, name: str, score: str) -> None:  # noqa: F811
    at = empty("train", run=getattr(placed, name).id)
    assert not at.exception and not at.error
    assert numbers(at)[f"Validation {score}, last epoch"] == "0.800"
    assert "ccuracy" not in words(at) and "% right" not in words(at)


@pytest.mark.parametrize(("name", "score"), [("detector", "mAP at IoU 0.5"), ("segmenter", "mean IoU")])
def test_compare_and_its_csv_have_the_score(placed: Placed, empty: Open, name: str, score: str) -> None:  # noqa: F811
    run = getattr(placed, name)
    at = empty("compare", runs=run.id)
    at.selectbox(key="compare_data").select_index(1 + (name == "detector")).run()
    ((_, row),) = at.dataframe[0].value.iterrows()
    test = run.report().test
    assert not at.exception and row[f"Test {score}"] == pytest.approx(test.accuracy)
    assert row["95 % interval"].startswith(f"{test.accuracy:.3f} (") and "%" not in row["95 % interval"]
    (exported,) = csv.DictReader(as_csv([facts_of(run)]).decode("utf-8-sig").splitlines())
    assert float(exported[f"Test {score}"]) == pytest.approx(test.accuracy, abs=1e-4)
    both = as_csv([facts_of(placed.detector), facts_of(placed.segmenter)]).decode("utf-8-sig")
    assert [one["Score"] for one in csv.DictReader(both.splitlines())] == ["mAP at IoU 0.5", "mean IoU"]
    assert "Test score" in both.splitlines()[0]


def test_home_and_compare_name_the_scores(placed: Placed, empty: Open) -> None:  # noqa: F811
    detector, segmenter = placed.detector, placed.segmenter
    assert "% right" not in words(empty("home"))
    at = empty("compare", runs=f"{detector.id},{segmenter.id}")
    assert not at.exception
    assert "Test score, with its 95 % interval" in words(at)
    assert "tested on different examples" in words(at)


def test_the_card_to_share_says_what_the_figure_is(placed: Placed) -> None:  # noqa: F811
    for run in (placed.detector, placed.segmenter):
        assert share_card.draw(run).startswith(b"\x89PNG")
        figure, meaning = share_card._result(run.report(), run.words)
        assert figure == f"{run.report().test.accuracy:.2f}"
        assert meaning.startswith(f"{run.words.score} on 8 pictures")
