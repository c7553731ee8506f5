"""The verdict on an answer."""

from __future__ import annotations

import pytest

from tlcore.evaluate.confidence_threshold import verdict


@pytest.mark.parametrize(
    ("confidence", "unknown", "threshold", "expected"),
    [
        (0.3, False, 0.0, "answered"),  # nobody has chosen: it always answers
        (0.79, False, 0.8, "not sure"),
        (0.8, False, 0.8, "answered"),
        (1.0, False, 1.0, "answered"),
        (1.0, True, 0.0, "unknown"),  # however sure it looks
        (0.2, True, 0.8, "unknown"),
    ],
)
def test_verdict(confidence: float, unknown: bool, threshold: float, expected: str) -> None:
    assert verdict(confidence, unknown, threshold) == expected
