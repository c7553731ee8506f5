"""The estimate in words: the sentence of each part, and the curve that leads to its forecast."""

from __future__ import annotations

import msgspec
import pytest

from pages.components.data.estimate import curve_chart, sentences
from tlcore.data.task_words import WORDS
from tlcore.evaluate.estimate.amount import AmountScore
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
AMOUNT = AmountScore(each=5, learned=15.0, n=300, draws=20, accuracy=0.62, interval=(0.55, 0.69))


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
    assert sentences.COUNTED not in basis and sentences.COUNTED in sentences.basis(some, WORDS["texts"])
    assert "a backbone that is gone" in sentences.basis(gone, PICTURES)


def test_the_curve_leads_to_the_forecast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curve_chart, "palette", lambda: ["#000", "#f00"])
    ahead = msgspec.structs.replace(FOUND, forecast=0.9)
    drawn = curve_chart.curve_spec(ahead, PICTURES)
    assert [len(one["data"]) for one in drawn["series"]] == [4, 2, 2, 2, 2, 2, 2, 1]
    assert drawn["series"][5]["data"] == [[80, 86.0], [160, 90.0]], "of each of the three classes"
    assert drawn["series"][-1]["data"] == [[80, 86.0]], "all examples are marked"
    assert drawn["yAxis"]["min"] == 60
    few, some = AMOUNT, msgspec.structs.replace(AMOUNT, each=30, learned=90.0, accuracy=0.75)
    drawn = curve_chart.curve_spec(ahead, PICTURES, [some, few], few)
    assert [x for x, _ in drawn["series"][0]["data"]] == [5, 20, 30, 40, 60, 80]
    assert drawn["series"][-1]["data"] == [[5, 62.0]] and drawn["yAxis"]["min"] == 50


def test_an_amount_is_said_with_its_interval_and_what_it_rests_on() -> None:
    assert sentences.amount_title(1, PICTURES) == "With 1 picture of each class"
    assert sentences.amount_title(80, PICTURES, is_all=True) == "With all, 80 of each class"
    basis = sentences.amount_basis(AMOUNT, FOUND, PICTURES).replace("\N{NO-BREAK SPACE}", " ")
    assert "**55 and 69 %** in 95 of 100" in basis and "cross-validation on 300 pictures" in basis
    assert "20 random draws" in basis and "fewer" not in basis
    many = msgspec.structs.replace(AMOUNT, each=100, draws=1)
    assert "one random draw. One class has fewer and gives all." in sentences.amount_basis(
        many, FOUND, PICTURES
    )
