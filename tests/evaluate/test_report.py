from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
import sklearn.metrics

from tlcore.errors import RunError
from tlcore.evaluate import report
from tlcore.evaluate.report import ClassCurve, Macro, Report, Score

LABELS = ("cat", "dög", "=eel")
TRUE = np.array([0, 0, 1, 1, 1, 2])
ANSWERS = np.array(
    [[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.1, 0.9, 0.0], [0.0, 0.7, 0.3], [0.5, 0.4, 0.1], [0.2, 0.7, 0.1]]
)
SHOWN = [(f"{i:064x}", f"{LABELS[label]}/{i}.png") for i, label in enumerate(TRUE)]


@pytest.fixture
def score() -> Score:
    return report.score("test", LABELS, TRUE, ANSWERS, SHOWN)


def test_numbers_of_a_small_case(score: Score) -> None:
    assert (score.n, score.accuracy) == (6, 0.5)
    assert score.confusion == ((1, 1, 0), (1, 2, 0), (0, 1, 0))
    assert (score.baseline_label, score.baseline_accuracy) == ("dög", 0.5)
    cat, dog, eel = score.per_class
    assert (cat.precision, cat.recall, cat.n) == (0.5, 0.5, 2)
    assert (dog.precision, dog.recall, dog.n) == (0.5, pytest.approx(2 / 3), 3)
    assert (eel.precision, eel.recall, eel.f1, eel.n) == (0.0, 0.0, 0.0, 1)


def test_guessing_names_the_commonest_class_of_the_training_part(score: Score) -> None:
    """That of the test part nobody can know beforehand: it is counted only where the other is not known."""
    assert score.baseline_from == "examples"
    known = report.score("test", LABELS, TRUE, ANSWERS, SHOWN, guess=0)
    found = known.baseline_label, known.baseline_accuracy, known.baseline_from
    assert found == ("cat", pytest.approx(2 / 6), "training")


def test_every_number_opens_its_examples(score: Score) -> None:
    for i, true in enumerate(LABELS):
        for j, predicted in enumerate(LABELS):
            behind = score.predictions_of(true, predicted)
            assert len(behind) == score.confusion[i][j]
            assert [p.confidence for p in behind] == sorted((p.confidence for p in behind), reverse=True)


def test_means_and_curves_of_a_small_case(score: Score) -> None:
    assert score.macro == Macro(
        precision=pytest.approx((0.5 + 0.5 + 0) / 3),
        recall=pytest.approx((0.5 + 2 / 3 + 0) / 3),
        f1=pytest.approx(np.mean([c.f1 for c in score.per_class])),
    )
    assert [curve.label for curve in score.curves] == list(LABELS)
    cat, _, eel = score.curves
    assert cat.average_precision == pytest.approx(
        sklearn.metrics.average_precision_score(TRUE == 0, ANSWERS[:, 0])
    )
    assert cat.area == pytest.approx(sklearn.metrics.roc_auc_score(TRUE == 0, ANSWERS[:, 0]))
    assert (eel.false_alarms[0], eel.found[0], eel.false_alarms[-1], eel.found[-1]) == (0, 0, 1, 1)
    assert (cat.precision[-1], cat.recall[-1]) == (1, 0)


def test_a_class_that_the_test_does_not_hold_has_no_curves() -> None:
    score = report.score("test", LABELS, TRUE[:5], ANSWERS[:5], SHOWN[:5])
    assert score.curves[2] == ClassCurve(
        label="=eel", recall=(), precision=(), average_precision=None, false_alarms=(), found=(), area=None
    )
    alone = report.score("test", LABELS, TRUE[5:], ANSWERS[5:], SHOWN[5:]).curves[2]
    assert (alone.average_precision, alone.area, alone.false_alarms) == (1.0, None, ())


def test_a_report_of_many_texts_and_classes_stays_small(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    labels = tuple(f"class number {i}" for i in range(77))
    true = random.integers(0, 77, 3080)
    chances = random.dirichlet(np.ones(77), 3080)  # knows nothing: the longest curves there are
    shown = [(f"{i:064x}", f"row {i} of the table") for i in range(3080)]
    score = report.score("test", labels, true, chances, shown)
    report.write(tmp_path / "report.json", _whole(score))
    assert (tmp_path / "report.json").stat().st_size < 2_000_000
    assert max(len(curve.recall) for curve in score.curves) <= 100


def test_nothing_to_score() -> None:
    score = report.score("test", LABELS, np.zeros(0, int), np.zeros((0, 3)), [])
    assert (score.n, score.accuracy, score.interval, score.loss) == (0, 0.0, (0.0, 1.0), 0.0)
    assert score.macro == Macro(0.0, 0.0, 0.0)
    assert {(curve.average_precision, curve.area, curve.recall) for curve in score.curves} == {
        (None, None, ())
    }


def _whole(score: Score) -> Report:
    return Report(
        test=score,
        validation_accuracy=0.5,
        validation_loss=1.25,
        validation_n=4,
        best_epoch=1,
        epochs=2,
        cross_validation=report.cross_validation([0.5, 0.75], 8),
    )


def test_an_old_report_opens_without_what_it_does_not_have(score: Score, tmp_path: Path) -> None:
    written = msgspec.to_builtins(_whole(score))
    for name in ("macro", "curves"):
        del written["test"][name]
    del written["calibration"]
    (tmp_path / "report.json").write_bytes(msgspec.json.encode(written))
    old = report.read(tmp_path / "report.json")
    assert (old.test.macro, old.test.curves, old.calibration) == (None, (), None)
    assert old.test.predictions == score.predictions


def test_a_report_survives_its_file_byte_by_byte(score: Score, tmp_path: Path) -> None:
    whole = _whole(score)
    report.write(tmp_path / "report.json", whole)
    assert report.read(tmp_path / "report.json") == whole
    first = (tmp_path / "report.json").read_bytes()
    report.write(tmp_path / "report.json", report.read(tmp_path / "report.json"))
    assert (tmp_path / "report.json").read_bytes() == first


@pytest.mark.parametrize(("content", "said"), [(None, "no report yet"), (b"{}", "cannot be read")])
def test_a_missing_or_strange_report_is_said(content: bytes | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "report.json").write_bytes(content)
    with pytest.raises(RunError, match=said):
        report.read(tmp_path / "report.json")


def test_the_spread_over_folds() -> None:
    folds = report.cross_validation([0.8, 0.9, 1.0], 30)
    assert folds.mean == pytest.approx(0.9) and folds.deviation == pytest.approx(0.1)
