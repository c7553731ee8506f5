"""The estimate in words: the sentence of each part, and the curve that leads to its forecast."""

from __future__ import annotations

import msgspec
import pytest

from pages.components.data.estimate import details, sentences
from tlcore.data.task_words import WORDS
from tlcore.evaluate.estimate.record import ClassEstimate, CurvePoint, Estimate

PICTURES = WORDS["images"]
FOUND = Estimate(
    version=1,
    backbone="efficientnet_lite0",
    total=300,
    n=300,
    right=258,
    interval=(0.82, 0.9),
    baseline_accuracy=0.2,
    classes=(ClassEstimate("a", 100, 95), ClassEstimate("*b*", 200, 163), ClassEstimate("none", 0, 0)),
    curve=tuple(CurvePoint(60 * n, 0.7 + 0.04 * n, (0.6 + 0.04 * n, 0.8)) for n in range(1, 5)),
    doubling=(0.03, -0.01, 0.07),
)


def test_sentences() -> None:
    assert sentences.headline(FOUND) == (
        "A first model would get about **86\N{NO-BREAK SPACE}% right** (82 to 90\N{NO-BREAK SPACE}%)."
    )
    hardest = sentences.classes(FOUND)
    assert "163 of 200 right" in hardest and r"\*b\*" in hardest and "none" not in hardest
    assert "may be chance (−1.0 to +7.0)" in sentences.curve(FOUND, PICTURES)
    ahead = msgspec.structs.replace(FOUND, forecast=0.9)
    assert "**twice as many pictures** would get about **90" in sentences.curve(ahead, PICTURES)
    perfect = msgspec.structs.replace(FOUND, right=300)
    assert "could fix" in sentences.more(perfect, PICTURES)
    some = msgspec.structs.replace(FOUND, total=5000, n=300)
    basis = sentences.basis(some, PICTURES)
    assert "300 of 5,000 pictures" in basis and "usual split" in basis
    gone = msgspec.structs.replace(FOUND, backbone="folder:/gone")
    assert "a backbone that is gone" in sentences.basis(gone, PICTURES)


def test_the_curve_leads_to_the_forecast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(details, "palette", lambda: ["#000"])
    drawn = details.curve_spec(msgspec.structs.replace(FOUND, forecast=0.9), PICTURES)
    assert [len(one["data"]) for one in drawn["series"]] == [4, 2, 2, 2, 2, 2]
    assert drawn["series"][-1]["data"] == [[240, 86.0], [480, 90.0]]
    assert drawn["yAxis"]["min"] == 60
