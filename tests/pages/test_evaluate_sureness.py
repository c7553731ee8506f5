"""Evaluate, how sure: the threshold below which a model is not sure, and whether its confidence holds."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import Open, numbers, words
from tests.written import Written
from tlcore.evaluate import calibration, report
from tlcore.runs import decision
from tlcore.runs.decision import Decision


def test_the_threshold_moves_both_numbers_and_is_kept(own: Written, empty: Open) -> None:
    test = own.run.report().test
    sure = [
        msgspec.structs.replace(p, confidence=0.5 if p.label != p.predicted else 0.9)
        for p in test.predictions
    ]
    report.write(
        own.run.folder / "report.json",
        msgspec.structs.replace(
            own.run.report(), test=msgspec.structs.replace(test, predictions=tuple(sure))
        ),
    )
    at = empty("evaluate", section="sureness")
    assert (numbers(at)["Answers"], numbers(at)["Right in"]) == ("100.0 %", "83.3 %")
    assert "Nothing is kept" in words(at)
    at.slider(key=f"threshold_{own.run.id}").set_value(60).run()
    assert (numbers(at)["Answers"], numbers(at)["Right in"]) == ("83.3 %", "100.0 %")
    assert decision.read(own.run.folder) == Decision()
    _button(at, "Keep this threshold").click().run()
    assert decision.read(own.run.folder) == Decision(0.6)
    again = empty("evaluate", section="sureness")
    assert not at.exception and "below **60 %** it says “not sure”" in words(again)
    assert again.slider(key=f"threshold_{own.run.id}").value == 60
    assert numbers(again)["Answers"] == "83.3 %"
    again.slider(key=f"threshold_{own.run.id}").set_value(100).run()
    assert (numbers(again)["Answers"], numbers(again)["Right in"]) == ("0.0 %", "–")


def _button(at: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(button for button in at.button if button.label == label)


def test_what_every_threshold_does_as_a_table(wordy: Open) -> None:
    at = wordy("evaluate", section="sureness")
    at.toggle(key="trade_off_as_table").set_value(True).run()
    table = at.dataframe[-1].value
    assert (list(table["Answered"]), list(table["Right in"])) == ([18], [pytest.approx(15 / 18)])
    assert not at.exception


@pytest.mark.parametrize(
    ("temperature", "said"), [(1.6, "was too sure"), (0.7, "was too doubtful"), (1.01, "little changes")]
)
def test_before_and_after_the_temperature(own: Written, empty: Open, temperature: float, said: str) -> None:
    random = np.random.default_rng(0)
    found = calibration.calibrate(
        random.integers(0, 3, 40), random.normal(size=(40, 3)), temperature, "out-of-fold", 42
    )
    report.write(own.run.folder / "report.json", msgspec.structs.replace(own.run.report(), calibration=found))
    at = empty("evaluate", section="sureness")
    assert not at.exception and said in words(at) and "42 answers" in words(at)
    shown = numbers(at)
    assert shown["Before: expected calibration error"] == f"{100 * found.before.error:.1f} %"
    assert shown["After: expected calibration error"] == f"{100 * found.after.error:.1f} %"
    at.toggle(key="reliability_as_table").set_value(True).run()
    table = at.dataframe[0].value
    assert sum(table["Test texts"]) == 80 and set(table["When"]) == {"Before", "After"}
