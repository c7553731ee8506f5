from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
import sklearn.calibration
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tlcore.evaluate import calibration
from tlcore.evaluate.calibration import HIGHEST, LOWEST, fit_temperature, probabilities


def drawn(n: int, classes: int, temperature: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and classes drawn by the probabilities that they give at that temperature."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 4, (n, classes))
    chances = probabilities(logits, temperature)
    return logits, (chances.cumsum(axis=1) < random.random((n, 1))).sum(axis=1).clip(0, classes - 1)


def likelihood(logits: np.ndarray, labels: np.ndarray, temperature: float, doubt: float = 0.0) -> float:
    """Mean negative log-likelihood; `doubt` is the share of each target that the other classes have."""
    logs = np.log(probabilities(logits, temperature))
    own = logs[np.arange(len(labels)), labels]
    others = (logs.sum(axis=1) - own) / (logits.shape[1] - 1)
    return float(-((1 - doubt) * own + doubt * others).mean())


@pytest.mark.parametrize("classes", [2, 5, 77])
@pytest.mark.parametrize("true", [0.5, 1.0, 2.7])
def test_the_temperature_is_the_one_that_scipy_finds(classes: int, true: float) -> None:
    for n, doubtful in ((40, True), (4000, True), (4000, False)):
        logits, labels = drawn(n, classes, true)
        doubt = 1 / (n + 2) if doubtful else 0.0
        wanted = scipy.optimize.minimize_scalar(
            lambda log, x=logits, y=labels, d=doubt: likelihood(x, y, np.exp(log), d),
            bounds=(np.log(LOWEST), np.log(HIGHEST)),
            method="bounded",
            options={"xatol": 1e-9},
        )
        found = fit_temperature(logits, labels)
        assert found == pytest.approx(np.exp(wanted.x), rel=1e-5 if doubtful else 0.03)
        if n == 4000:
            assert found == pytest.approx(true, rel=0.1)


@pytest.mark.parametrize("true", [0.4, 2.5])
def test_few_examples_change_less_than_many(true: float) -> None:
    """Between 1 and the best one, within a standard error of its likelihood."""
    found = []
    for n in (30, 300, 20_000):
        logits, labels = drawn(n, 5, true)
        best, cautious = fit_temperature(logits, labels), calibration.cautious_temperature(logits, labels)
        assert min(1, best) <= cautious <= max(1, best)
        found.append(abs(np.log(cautious / best)))
    assert found[-1] < 0.05
    assert calibration.cautious_temperature(np.zeros((0, 3)), np.zeros(0, int)) == 1.0
    assert calibration.cautious_temperature(np.array([[4.0, 0.0]]), np.zeros(1, int)) <= 1.1


def test_it_is_sane_where_examples_say_little() -> None:
    right = np.array([[4.0, 0.0, 0.0]])
    one, many = (fit_temperature(np.repeat(right, n, axis=0), np.zeros(n, int)) for n in (1, 1000))
    for n, found in ((1, one), (1000, many)):  # all right: as sure as so many make it
        assert probabilities(right, found)[0, 0] == pytest.approx((n + 1) / (n + 2), abs=1e-6)
    assert many < 1 < one
    assert fit_temperature(right * 1e9, np.zeros(1, int)) == pytest.approx(HIGHEST)
    assert fit_temperature(right, np.ones(1, int)) == pytest.approx(HIGHEST)  # wrong, and sure of it
    assert fit_temperature(np.full((3, 2), 0.1), np.array([0, 1, 1])) == 1.0
    assert fit_temperature(np.zeros((0, 3)), np.zeros(0, int)) == 1.0
    assert fit_temperature(np.ones((4, 1)), np.zeros(4, int)) == 1.0
    for spoiled in (np.inf, -np.inf, np.nan):
        assert fit_temperature(np.array([[spoiled, 0.0], [0.0, 1.0]]), np.array([0, 1])) == 1.0


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(
        np.float32, st.tuples(st.integers(1, 30), st.integers(2, 6)), elements=st.floats(-1e4, 1e4, width=32)
    ),
    st.integers(0, 2**32 - 1),
)
def test_no_temperature_does_better_and_no_answer_changes(logits: np.ndarray, seed: int) -> None:
    labels = np.random.default_rng(seed).integers(logits.shape[1], size=len(logits))
    found = fit_temperature(logits, labels)
    assert LOWEST <= found <= HIGHEST
    # Logarithms of probabilities without their rounding to zero.
    scaled = logits.astype(float) - logits.max(axis=1, keepdims=True)
    doubt = 1 / (len(labels) + 2)

    def loss(temperature: float) -> float:
        logs = scaled / temperature - np.log(np.exp(scaled / temperature).sum(axis=1, keepdims=True))
        own = logs[np.arange(len(labels)), labels]
        others = (logs.sum(axis=1) - own) / (logits.shape[1] - 1)
        return float(-((1 - doubt) * own + doubt * others).mean())

    best = loss(found)
    assert all(best <= loss(other) + 1e-6 * (1 + abs(best)) for other in (LOWEST, 0.3, 1.0, 4.0, HIGHEST))
    plain, tempered = probabilities(logits), probabilities(logits, found)
    assert tempered.sum(axis=1) == pytest.approx(np.ones(len(logits)))
    top = plain.argmax(axis=1)
    assert (tempered[np.arange(len(top)), top] == tempered.max(axis=1)).all()


def test_bins_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    confidence = random.uniform(0, 1, 500)
    right = random.random(500) < confidence
    found = calibration.bins(confidence, right)
    kept, promised = sklearn.calibration.calibration_curve(right, confidence, n_bins=calibration.BINS)
    assert [b.accuracy for b in found] == pytest.approx(kept.tolist())
    assert [b.confidence for b in found] == pytest.approx(promised.tolist())
    assert sum(b.n for b in found) == 500
    assert calibration.calibration_error(confidence, right) == pytest.approx(
        sum(b.n * abs(b.accuracy - b.confidence) for b in found) / 500
    )


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_every_answer_lies_in_one_bin(answers: list[tuple[float, bool]]) -> None:
    confidence, right = (np.array(column) for column in zip(*answers, strict=True))
    found = calibration.bins(confidence, right)
    assert sum(b.n for b in found) == len(answers)
    for b in found:
        assert b.n and 0 <= b.low < b.high <= 1 and 0 <= b.accuracy <= 1
        assert b.low - 1e-9 <= b.confidence <= b.high + 1e-9
    assert 0 <= calibration.calibration_error(confidence, right) <= 1
    low, high = calibration.error_interval(confidence, right)
    assert 0 <= low <= calibration.calibration_error(confidence, right) <= high <= 1


def test_edges_belong_below_and_sure_is_sure() -> None:
    edges = np.arange(1, calibration.BINS + 1) / calibration.BINS
    found = calibration.bins(edges, np.ones(len(edges), bool))
    assert [b.n for b in found] == [1] * calibration.BINS
    assert found[-1].high == 1.0 and calibration.calibration_error(np.ones(3), np.ones(3, bool)) == 0.0
    assert calibration.calibration_error(np.ones(3), np.zeros(3, bool)) == 1.0


def test_the_interval_repeats_and_knows_what_chance_alone_does() -> None:
    """A hundred answers of a perfectly calibrated model show some error, and most intervals reach 0."""
    with_zero, errors = 0, []
    for seed in range(40):
        random = np.random.default_rng(seed)
        confidence = random.uniform(0.5, 1, 100)
        right = random.random(100) < confidence
        low, high = calibration.error_interval(confidence, right)
        assert (low, high) == calibration.error_interval(confidence, right)
        errors.append(calibration.calibration_error(confidence, right))
        assert low <= errors[-1] <= high
        with_zero += low < 0.02
    assert 0.03 < np.mean(errors) < 0.12 and with_zero >= 30
    random = np.random.default_rng(1)
    sure = random.uniform(0.5, 1, 2000)
    low, high = calibration.error_interval(sure, random.random(2000) < sure - 0.2)
    assert 0.15 < low < 0.2 < high < 0.25


def test_what_a_temperature_changed_is_reported() -> None:
    logits, labels = drawn(2000, 4, temperature=3.0)
    temperature = fit_temperature(logits, labels)
    found = calibration.calibrate(labels, logits, temperature, "validation", 2000)
    assert (found.temperature, found.fitted_on, found.n) == (temperature, "validation", 2000)
    assert found.before.loss == pytest.approx(
        sklearn.metrics.log_loss(labels, probabilities(logits)), rel=1e-3
    )
    assert found.after.loss < found.before.loss and found.after.error < 0.05 < found.before.error
    assert sum(b.n for b in found.after.bins) == 2000
    single = calibration.calibrate(labels[:1], logits[:1], 2.0, "out-of-fold", 7)
    assert single.after.interval[0] <= single.after.error <= single.after.interval[1]
