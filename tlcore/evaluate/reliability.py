"""How far a model's confidence can be relied on, as a report holds it; `calibration.py` works it out."""

from __future__ import annotations

from typing import Literal

import msgspec


class Bin(msgspec.Struct, frozen=True):
    """The answers with a confidence above `low` and up to `high`: their mean confidence and accuracy."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


class Reliability(msgspec.Struct, frozen=True, kw_only=True):
    """Reliability of the confidence on the test examples.

    `error` is the expected calibration error, the mean gap between confidence and accuracy; `interval`: 95 %,
    bootstrap. `loss`: mean negative log-likelihood, nats.
    """

    loss: float
    error: float
    interval: tuple[float, float]
    bins: tuple[Bin, ...]


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """The temperature of the model, and its effect. It was fitted on `n` examples, none of them a test one.

    `refused`: a temperature that was not used, since it would have made validation worse.
    """

    temperature: float
    fitted_on: Literal["out-of-fold", "validation"]
    n: int
    before: Reliability
    after: Reliability
    refused: float | None = None
