"""Evaluate, how sure: the threshold below which a model is not sure, and whether its confidence holds."""

from __future__ import annotations

import shutil

import msgspec
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.fixtures.text_workspace import Written
from tests.pages.conftest import Open, numbers, words
from tlcore.evaluate import calibration, confidence_threshold, report
from tlcore.evaluate.confidence_threshold import ConfidenceThreshold


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
    assert (numbers(at)["Answers"], numbers(at)["Right"]) == ("100.0 %", "83.3 %")
    assert "No threshold saved" in words(at)
    at.slider(key=f"threshold_{own.run.id}").set_value(60).run()
    assert (numbers(at)["Answers"], numbers(at)["Right"]) == ("83.3 %", "100.0 %")
    assert confidence_threshold.read(own.run.folder) == ConfidenceThreshold()
    _button(at, "Save threshold").click().run()
    assert confidence_threshold.read(own.run.folder) == ConfidenceThreshold(0.6, own.run.edition())
    assert own.run.edition() and not empty("evaluate", section="sureness").warning
    again = empty("evaluate", section="sureness")
    assert not at.exception and "below **60 %** it says “not sure”" in words(again)
    assert again.slider(key=f"threshold_{own.run.id}").value == 60
    assert numbers(again)["Answers"] == "83.3 %"
    again.slider(key=f"threshold_{own.run.id}").set_value(100).run()
    assert (numbers(again)["Answers"], numbers(again)["Right"]) == ("0.0 %", "–")


def test_a_threshold_kept_for_the_model_before_is_to_be_kept_anew(own: Written, empty: Open) -> None:
    confidence_threshold.write(own.run.folder, ConfidenceThreshold(0.5, "the model before"))
    at = empty("evaluate", section="sureness")
    assert "another model now" in at.warning[0].value
    _button(at, "Save threshold").click().run()
    assert not at.warning and confidence_threshold.read(own.run.folder) == ConfidenceThreshold(
        0.5, own.run.edition()
    )


def test_a_run_that_is_deleted_in_another_tab_is_said_to_be_gone(own: Written, empty: Open) -> None:
    """The slider draws its part of the page alone."""
    at, run = empty("evaluate", section="sureness"), own.run
    shutil.rmtree(run.folder)
    at.slider(key=f"threshold_{run.id}").set_value(60).run()
    assert not at.exception and (at.error or at.info)


def _button(at: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(button for button in at.button if button.label == label)


def test_what_every_threshold_does_as_a_table(wordy: Open) -> None:
    at = wordy("evaluate", section="sureness")
    at.toggle(key="trade_off_as_table").set_value(True).run()
    table = at.dataframe[-1].value
    assert (list(table["Answered"]), list(table["Right"])) == ([18], [pytest.approx(15 / 18)])
    assert not at.exception


@pytest.mark.parametrize(
    ("temperature", "said"), [(1.6, "was too sure"), (0.7, "was too cautious"), (1.01, "little changes")]
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
    refused = msgspec.structs.replace(found, temperature=1.0, refused=0.44)
    report.write(
        own.run.folder / "report.json", msgspec.structs.replace(own.run.report(), calibration=refused)
    )
    assert "stayed at 1, which changes nothing: 0.44 fitted best" in words(
        empty("evaluate", section="sureness")
    )
    at.toggle(key="reliability_as_table").set_value(True).run()
    table = at.dataframe[0].value
    assert sum(table["Test texts"]) == 80 and set(table["When"]) == {"Before", "After"}
