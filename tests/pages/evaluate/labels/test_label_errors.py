"""Labels to check: what is shown, what is done, and the change in score after training again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared.analyses.labels.label_errors import PER_PAGE
from tests.fixtures.analysed_run import EACH, FIRST, SECOND, flowers, studied, trained
from tests.fixtures.planted_faults import LILY, ROSE, TULIP
from tests.fixtures.text_workspace import Written
from tests.pages.conftest import Open, words
from tlcore.config import RunConfig
from tlcore.data import confirmed_labels
from tlcore.data.dataset import Dataset
from tlcore.data.versions.edits import Exclude, Relabel, Rename, Restore
from tlcore.data.versions.example_states import states
from tlcore.data.versions.versions import change
from tlcore.evaluate import analysis
from tlcore.evaluate.analysis import Analysis, LabelError
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

NUMBERS = (1, 2, 3, EACH + 1)  # three roses and a tulip, none of them a test picture


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    return flowers(thumbnails=10)


@pytest.fixture
def run(dataset: Dataset) -> Run:
    run = trained(dataset, FIRST, wrong=3)
    studied(run, dataset, NUMBERS)
    return run


def opened(empty: Open, run: str = FIRST) -> AppTest:
    at = empty("evaluate", run=run, section="labels")
    assert not at.exception, at.exception
    return at


def label_of(dataset: Dataset, number: int) -> str:
    found = {int(state.example.sha256, 16): state for state in states(dataset.read()).values()}
    return found[number].example.label if found[number].used else "aside"


def press(at: AppTest, name: str) -> AppTest:
    (button,) = [button for button in at.button if button.label == name]
    button.click().run()
    assert not at.exception, at.exception
    return at


def tick(at: AppTest, *places: int) -> AppTest:
    for place in places:
        at.checkbox[place].check()
    return at.run()


def test_the_most_suspicious_come_first_and_names_are_text(run: Run, empty: Open) -> None:
    at = opened(empty)
    assert "about **2** probably have a wrong label." in words(at)
    assert "the **4** most suspicious ones: **4** to check." in words(at)
    assert [box.label for box in at.checkbox] == [
        *["**\u2068\\<b\\>rose\\<\\/b\\>\u2069** → \u2068\\*tulip\\*\u2069"] * 3,
        "**\u2068\\*tulip\\*\u2069** → \u2068lily\u2069",
    ]
    fits = [caption.value for caption in at.caption if caption.value.startswith("Fit ")]
    assert fits == ["Fit 1.0 %", "Fit 2.0 %", "Fit 3.0 %", "Fit 4.0 %"]
    assert "Confident learning" in words(at)
    off = {"Relabel", "Set aside", "Label is right", "Clear", "Train again"}
    assert {button.label for button in at.button if button.disabled} == off


def test_some_are_relabelled_as_suggested_as_one_version(run: Run, dataset: Dataset, empty: Open) -> None:
    at = tick(opened(empty), 0, 3)
    press(at, "Relabel")
    assert dataset.latest == 2
    assert (label_of(dataset, 1), label_of(dataset, EACH + 1), label_of(dataset, 2)) == (TULIP, LILY, ROSE)
    assert "**2** to check." in words(at) and len(at.checkbox) == 2
    assert ":material/check: \u2068now \\*tulip\\*\u2069" in words(at)
    press(at, "Undo")
    assert dataset.latest == 3 and label_of(dataset, 1) == ROSE and len(at.checkbox) == 4


def test_a_whole_page_is_laid_aside(run: Run, dataset: Dataset, empty: Open) -> None:
    at = press(opened(empty), "Tick this page")
    press(at, "Set aside")
    assert dataset.latest == 2 and [label_of(dataset, n) for n in NUMBERS] == ["aside"] * 4
    assert "**0** to check." in words(at) and not at.checkbox
    (only,) = [toggle for toggle in at.toggle if toggle.label == "Only unchecked ones"]
    only.set_value(True).run()
    assert not at.exception and "set aside" not in "".join(
        m.value for m in at.markdown if "aside\u2069" in m.value
    )


def test_ticks_can_be_cleared(run: Run, empty: Open) -> None:
    at = press(opened(empty), "Tick this page")
    assert "4 ticked" in words(at)
    press(at, "Clear")
    assert "0 ticked" in words(at)


def test_a_label_that_is_right_is_not_asked_about_again_in_any_run(
    run: Run, dataset: Dataset, empty: Open
) -> None:
    at = press(tick(opened(empty), 1, 2), "Label is right")
    assert dataset.latest == 1 and len(confirmed_labels.read(dataset.folder)) == 2
    assert "2 labels confirmed" in words(at) and len(at.checkbox) == 2
    other = trained(dataset, SECOND, wrong=3)
    studied(other, dataset, NUMBERS)
    again = opened(empty, SECOND)
    assert len(again.checkbox) == 2 and "Not shown: 2 pictures whose label you confirmed" in words(again)
    press(again, "Show again")
    assert len(again.checkbox) == 4 and confirmed_labels.read(dataset.folder) == set()
    press(tick(again, 0), "Label is right")
    press(again, "Undo")
    assert len(again.checkbox) == 4


def test_what_was_done_elsewhere_is_seen(run: Run, dataset: Dataset, empty: Open) -> None:
    keys = {int(e.sha256, 16): e.key for e in dataset.read().examples}
    change(dataset, Exclude((keys[1],)))
    change(dataset, Relabel((keys[2],), LILY))
    at = opened(empty)
    assert len(at.checkbox) == 2 and "set aside\u2069" in words(at) and "now lily\u2069" in words(at)


def test_a_class_that_was_suggested_and_is_gone_is_not_made_again(
    run: Run, dataset: Dataset, empty: Open
) -> None:
    change(dataset, Rename(LILY, "orchid"))
    at = tick(opened(empty), 3)
    assert "the suggested class no longer exists" in words(at)
    (button,) = [button for button in at.button if button.label == "Relabel"]
    assert button.disabled


def test_many_come_a_page_at_a_time(dataset: Dataset, empty: Open) -> None:
    run = trained(dataset, FIRST, wrong=0)
    studied(run, dataset, [n for n in range(60) if n % 4])
    at = opened(empty)
    assert len(at.checkbox) == PER_PAGE and "the **45** most suspicious" in words(at)


@pytest.mark.parametrize(
    ("likely", "said"),
    [
        (None, "Graft checked 45 pictures. Its earlier version did not estimate"),
        (0, "Of 45 pictures, hardly any is likely to have a wrong label."),
        (1, "Of 45 pictures, about **1** probably has a wrong label."),
    ],
)
def test_how_many_are_likely_wrong_is_another_number(
    dataset: Dataset, empty: Open, likely: int | None, said: str
) -> None:
    studied(trained(dataset, FIRST, wrong=0), dataset, [1], likely)
    at = opened(empty)
    assert said in words(at) and "the most suspicious one: **1** to check." in words(at)


def test_without_a_study_it_is_said_why(dataset: Dataset, empty: Open) -> None:
    run = trained(dataset, FIRST, wrong=0)
    assert "without the label check" in words(opened(empty))
    analysis.write(run.folder, Analysis())
    assert "too few pictures per class" in words(opened(empty))
    analysis.write(run.folder, Analysis(no_label_errors="continued"))
    assert "This run started from another model" in words(opened(empty))
    analysis.write(run.folder, Analysis(no_label_errors="failed"))
    assert "train.log" in words(opened(empty))
    analysis.write(run.folder, Analysis(examples=45))
    assert "No label looks wrong among 45 pictures" in opened(empty).success[0].value
    (run.folder / "status.json").write_text('{"state": "cancelled"}')
    (run.folder / analysis.FILE).unlink()
    assert "stopped before the label check was ready" in words(opened(empty))
    (run.folder / "status.json").write_text('{"state": "done"}')
    (run.folder / analysis.FILE).write_text("{")
    assert "without the label check" in words(opened(empty))


def test_nothing_changed_nothing_to_train_again(run: Run, empty: Open) -> None:
    at = opened(empty)
    assert "The data has not changed since this run" in words(at) and "Before" not in words(at)


def test_what_was_undone_is_nothing_to_train_again_on(run: Run, dataset: Dataset, empty: Open) -> None:
    (key, *_) = (example.key for example in dataset.read().examples)
    change(dataset, Exclude((key,)))
    assert "The data has not changed since this run" not in words(opened(empty))
    change(dataset, Restore((key,)))
    at = opened(empty)
    assert "The data has not changed since this run" in words(at)
    assert next(button for button in at.button if button.label == "Train again").disabled


def test_the_change_in_score_is_said_on_what_both_were_asked(run: Run, dataset: Dataset, empty: Open) -> None:
    keys = {int(e.sha256, 16): e.key for e in dataset.read().examples}
    change(dataset, Relabel((keys[1], keys[0]), TULIP))  # 0 is a test picture
    trained(dataset, "other-20260102-120000-cccc", wrong=0, seed=5)  # other settings: not compared
    trained(dataset, SECOND, wrong=1)
    for shown in (FIRST, SECOND):
        at = opened(empty, shown) if shown == FIRST else _with_study(dataset, empty)
        numbers = {metric.label: metric.value for metric in at.metric}
        assert numbers == {
            "Before: version 1 of the data": "85.7 %",
            "After: version 2 of the data": "100.0 %",
        }
        assert "On the 14 test pictures that both runs answered, training again gained" in words(at)
        assert "14.3 points; that could still be chance" in words(at)
        assert "Left out: one picture that has another label now." in words(at)


def _with_study(dataset: Dataset, empty: Open) -> AppTest:
    run = Run(Workspace().runs / SECOND)
    studied(run, dataset, NUMBERS)
    return opened(empty, SECOND)


def test_two_tests_that_are_not_the_same_are_told(run: Run, dataset: Dataset, empty: Open) -> None:
    keys = {int(e.sha256, 16): e.key for e in dataset.read().examples}
    change(dataset, Exclude((keys[0], keys[4])))
    trained(dataset, SECOND, wrong=0)
    assert "The tests differ: only the earlier run answered 2 pictures" in words(opened(empty))


def test_train_again_starts_the_same_settings_on_the_newest_version(
    run: Run, dataset: Dataset, empty: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[RunConfig, dict[str, str]]] = []
    monkeypatch.setattr(
        "pages.components.evaluate.labels.retrain.start",
        lambda data, config, **more: started.append((config, more)),
    )
    at = press(tick(opened(empty), 0), "Relabel")
    assert "on version 2 of the data. This run used version 1" in words(at).replace("\\", "")
    press(at, "Train again")
    ((config, more),) = started
    assert config.data_version == 2 and more == {"after": FIRST}
    assert json.loads((run.folder / "config.json").read_bytes())["seed"] == config.seed


def test_texts_are_checked_in_the_same_way(written: Written, tmp_path: Path, empty: Open) -> None:
    own = written.copy(tmp_path / "workspace")
    found = own.dataset.read().examples[:3]
    made = [
        LabelError(sha256=e.sha256, name=e.name, label=e.label, suggested="blame", quality=0.1) for e in found
    ]
    analysis.write(own.run.folder, Analysis(examples=50, label_errors=tuple(made)))
    at = opened(empty, own.run.id)
    assert "lovely" in words(at) and "picture" not in words(at)
    press(press(at, "Tick this page"), "Relabel")
    assert own.dataset.read().counts()["blame"] == 23
