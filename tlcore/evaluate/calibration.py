"""Calibration: a model that is 80 % sure should be right in 80 of 100 cases, and a temperature helps.

Dividing the logits by one number, the temperature, changes the confidence of a model and never its answers
(Guo et al., 2017). All arrays are NumPy; the pipeline brings the answers, `report.json` holds the result.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from tlcore.evaluate.reliability import Bin, Calibration, Reliability
from tlcore.evaluate.statistics import metrics

LOWEST, HIGHEST = 0.05, 20.0  # temperatures that are tried
HALVINGS = 30  # of the interval between them, on a logarithmic scale
SHARES = 101  # of the way from 1 to the best temperature, on a logarithmic scale
BINS = 15  # of equal width, as in most of what is written about calibration
DRAWS = 1000  # bootstrap samples
AT_ONCE = 20_000  # examples that are drawn, or worked on, together: of a million all would take 500 MB


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the least mean negative log-likelihood.

    Ten right answers of ten would ask for a model that is always sure. So each answer counts as
    right by a little less than one, as Platt (1999) proposed: by (n + 1) / (n + 2), the chance that the next
    of a kind is right after n that were. With many answers this changes nothing.

    Args:
        logits: (n, classes), of examples that the model did not learn from.
        labels: class numbers, (n,).

    Returns:
        between `LOWEST` and `HIGHEST`; above 1 the model was too sure. 1 without an optimum: no answers,
        the same for all classes, or not all finite.
    """
    n, classes = logits.shape
    if not n or classes < 2 or not np.isfinite(logits).all() or not np.ptp(logits, axis=1).any():
        return 1.0
    parts = [(logits[at], labels[at]) for at in _parts(n)]
    target = sum(_wanted_sum(_at_most_zero(part), own, 1 / (n + 2)) for part, own in parts)
    # With s = 1 / temperature the likelihood is concave in s: its slope has one zero, which halving finds.
    low, high = np.log(1 / HIGHEST), np.log(1 / LOWEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if sum(_expected_sum(_at_most_zero(part), np.exp(-middle)) for part, _ in parts) > target:
            high = middle
        else:
            low = middle
    return float(np.exp(-(low + high) / 2))


def _parts(n: int) -> Iterator[slice]:
    """All of n examples, some at a time."""
    return (slice(at, at + AT_ONCE) for at in range(0, n, AT_ONCE))


def _at_most_zero(logits: np.ndarray) -> np.ndarray:
    """The logits (n, classes) as differences from the largest of each example."""
    logits = np.asarray(logits, dtype=float)
    return logits - logits.max(axis=1, keepdims=True)


def _wanted_sum(logits: np.ndarray, labels: np.ndarray, smoothing: float) -> float:
    """The sum of the logits, each weighted by the chance that its class should have."""
    targets = np.full_like(logits, smoothing / (logits.shape[1] - 1))
    targets[np.arange(len(labels)), labels] = 1 - smoothing
    return float((targets * logits).sum())


def _expected_sum(logits: np.ndarray, temperature: float) -> float:
    """The same with the chances that the logits give at this temperature."""
    return float((probabilities(logits, temperature) * logits).sum())


def cautious_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature nearest to 1 whose likelihood is within one standard error of the best one's.

    The one-standard-error rule of Breiman et al. (1984): heads that train on a part of the examples only
    resemble the model, so the temperature changes no more than they clearly ask for. With many examples the
    difference all but disappears. Otherwise as `fit_temperature`.
    """
    best = fit_temperature(logits, labels)
    least = _losses(logits, labels, best) if best != 1.0 else None
    for share in np.linspace(0, 1, SHARES):
        temperature = float(best**share)
        if least is None or temperature == best:
            break
        worse = _losses(logits, labels, temperature) - least
        if worse.mean() <= worse.std() / np.sqrt(len(worse)):
            return temperature
    return best


def _losses(logits: np.ndarray, labels: np.ndarray, temperature: float) -> np.ndarray:
    """Negative log-likelihood of each example, (n,)."""
    losses = np.empty(len(labels))
    for at in _parts(len(labels)):
        scaled = np.asarray(logits[at], dtype=float) / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        losses[at] = np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(scaled)), labels[at]]
    return losses


def probabilities(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Softmax of logits (n, classes) divided by the temperature."""
    found = np.empty(logits.shape)
    for at in _parts(len(logits)):
        scaled = np.asarray(logits[at], dtype=float) / temperature
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        found[at] = powers / powers.sum(axis=1, keepdims=True)
    return found


def bins(confidence: np.ndarray, right: np.ndarray) -> tuple[Bin, ...]:
    """The answers in bins of confidence, of equal width; empty bins are left out.

    Args:
        confidence: probability of the class answered, (n,).
        right: whether it was the class, (n,).
    """
    numbers = _bin_numbers(confidence)
    return tuple(
        Bin(
            low=number / BINS,
            high=(number + 1) / BINS,
            n=int((numbers == number).sum()),
            confidence=float(confidence[numbers == number].mean()),
            accuracy=float(right[numbers == number].mean()),
        )
        for number in np.unique(numbers).tolist()
    )


def _bin_numbers(confidence: np.ndarray) -> np.ndarray:
    """Bin of each answer, (n,); one on an edge belongs below it, one of 0 to the first."""
    return np.clip(np.searchsorted(np.arange(BINS + 1) / BINS, confidence) - 1, 0, BINS - 1)


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error (Naeini et al., 2015): the mean gap between confidence and accuracy
    over the bins, each weighted by its answers. No answers: 0.
    """
    return float(_errors(_bin_numbers(confidence), confidence - right, np.arange(len(right))[None])[0])


def _errors(numbers: np.ndarray, gaps: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """The error of each draw of examples (draws, n); `gaps` (n,) are confidence − right."""
    places = numbers[draws] + BINS * np.arange(len(draws))[:, None]
    sums = np.bincount(places.ravel(), gaps[draws].ravel(), minlength=BINS * len(draws))
    return np.abs(sums.reshape(-1, BINS)).sum(axis=1) / max(1, len(gaps))


def error_interval(confidence: np.ndarray, right: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """A 95 % interval of the expected calibration error, by bootstrap.

    Few examples leave gaps in their bins by chance: with 100 a model that is perfectly calibrated shows about
    0.05. Resampling adds to it once more, so the errors are reflected at the measured one to take that off
    (the basic bootstrap, Davison and Hinkley, 1997): plain quantiles would exclude 0 for every model. The
    measured error always belongs to the interval.
    """
    n = len(right)
    error = calibration_error(confidence, right)
    if not n:
        return 0.0, 1.0
    random = np.random.default_rng(seed)
    numbers, gaps = _bin_numbers(confidence), confidence - right
    step = max(1, AT_ONCE // n)
    sizes = [min(step, DRAWS - at) for at in range(0, DRAWS, step)]
    errors = np.concatenate([_errors(numbers, gaps, random.integers(n, size=(some, n))) for some in sizes])
    low, high = 2 * error - np.quantile(errors, [0.975, 0.025])
    return max(0.0, min(error, float(low))), min(1.0, max(error, float(high)))


def reliability(true: np.ndarray, answers: np.ndarray) -> Reliability:
    """Reliability of the probabilities `answers` (n, classes), for the report.

    Args:
        true: class numbers, (n,); at least one.
    """
    confidence, right = answers.max(axis=1).astype(float), answers.argmax(axis=1) == true
    return Reliability(
        loss=metrics.log_loss(true, answers),
        error=calibration_error(confidence, right),
        interval=error_interval(confidence, right),
        bins=bins(confidence, right),
    )


def calibrate(
    true: np.ndarray,
    logits: np.ndarray,
    temperature: float,
    fitted_on: Literal["out-of-fold", "validation"],
    n: int,
) -> Calibration:
    """Effect of the temperature on the test examples: class numbers (n,) and logits (n, classes).

    Args:
        n: number of examples that it was fitted on.
    """
    return Calibration(
        temperature=temperature,
        fitted_on=fitted_on,
        n=n,
        before=reliability(true, probabilities(logits)),
        after=reliability(true, probabilities(logits, temperature)),
    )
