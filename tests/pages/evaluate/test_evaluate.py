"""Evaluate: every section for pictures, texts and runs that lack something. Clicks are in tests/journey."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from pages.components.evaluate.results.confusion_chart import ConfusionCounts, drawn_cells, spec
from pages.components.evaluate.sections import SECTIONS
from pages.components.shared.text import isolated, plain
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.text_workspace import TEXTS, Written
from tests.pages.conftest import Open, count_words, numbers, primary, words
from tlcore.config import RunConfig
from tlcore.evaluate import report
from tlcore.runs.run import Run


def test_empty(empty: Open) -> None:
    at = empty("evaluate")
    assert not at.exception
    assert primary(at) == ["Begin with a sample or your data"]
    assert "You have no model yet" in words(at)


def test_a_run_without_a_model(empty: Open, tmp_path: Path) -> None:
    run = Run.prepare(tmp_path / "workspace" / "runs" / "new-one", RunConfig(data=str(tmp_path)))
    at = empty("evaluate", run=run.id, section="mistakes")
    assert not at.exception
    assert primary(at) == ["Go to Train"]
    assert "This run has no model yet" in words(at)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens_for_pictures(full: Open, furnished: Furnished, section: str) -> None:
    at = full("evaluate", run=furnished.run.id, section=section)
    assert not at.exception and not at.error
    assert primary(at) == ["Try it"]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens_for_texts(wordy: Open, section: str) -> None:
    at = wordy("evaluate", section=section)
    assert not at.exception and not at.error
    assert "picture" not in words(at)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens_when_the_data_are_gone(own: Written, empty: Open, section: str) -> None:
    for path in sorted(own.dataset.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert not empty("evaluate", section=section).exception


def test_a_section_that_is_none_is_the_first(wordy: Open) -> None:
    at = wordy("evaluate", section="<b>nothing</b>")
    assert not at.exception
    assert numbers(at) == numbers(wordy("evaluate"))


def test_overview(wordy: Open, written: Written) -> None:
    at, test = wordy("evaluate"), written.run.report().test
    assert test.macro is not None
    assert numbers(at) == {
        "Right on texts it has never seen": "83.3 %",
        "Always guessing “praise”": "33.3 %",
        "Recall": f"{100 * test.macro.recall:.1f} %",
        "Precision": f"{100 * test.macro.precision:.1f} %",
        "F1": f"{100 * test.macro.f1:.1f} %",
    }
    assert "18 test texts" in words(at) and "95 % interval" in words(at)


def test_what_an_earlier_version_called_guessing_is_called_otherwise(own: Written, empty: Open) -> None:
    """It took the commonest class of the test part, which nobody can know beforehand."""
    file = own.run.folder / "report.json"
    told = json.loads(file.read_text())
    del told["test"]["baseline_from"]
    file.write_text(json.dumps(told))
    shown = numbers(empty("evaluate"))
    assert shown["Guessing at best (“praise”)"] == "33.3 %" and "Always guessing “praise”" not in shown


def test_the_box_of_cells_counts_every_example(wordy: Open, written: Written) -> None:
    at = wordy("evaluate", section="confusion")
    (box,) = [box for box in at.selectbox if box.label == "Texts in the cell"]
    assert box.options[0] == "praise, taken for blame (1)"
    assert isolated(TEXTS["praise"][1]) in words(at)
    counts = [int(option.rsplit("(", 1)[1].removesuffix(")")) for option in box.options]
    assert sum(counts) == written.run.report().test.n


def test_the_matrix_as_a_table(wordy: Open, written: Written) -> None:
    at = wordy("evaluate", section="confusion")
    at.toggle(key=f"confusion_as_table_{written.run.id}").set_value(True).run()
    table = at.dataframe[0].value
    assert list(table["Count"]) == [1, 1, 1, 5, 5, 5]
    assert list(table["Class"][:3]) == ["praise", "blame", "<i>other</i>"]
    assert table["Of its class"][0] == pytest.approx(100 / 6)
    assert not at.exception


def test_many_classes_begin_as_a_table(own: Written, empty: Open) -> None:
    _with_labels(own, tuple(f"class {n}" for n in range(40)))
    at = empty("evaluate", section="confusion")
    assert not at.exception
    assert at.toggle(key=f"confusion_as_table_{own.run.id}").value is True
    assert len(at.dataframe) == 1
    at.toggle(key=f"confusion_as_table_{own.run.id}").set_value(False).run()
    assert not at.exception


def test_a_cell_of_the_chart_is_one_of_its_own(written: Written) -> None:
    """Few classes: every cell. Many: only those that hold something, and the chart's numbers say which."""
    test = written.run.report().test
    few = ConfusionCounts(test.labels, test.labels, test.confusion, "texts")
    drawn = spec(few)["series"][0]["data"]
    assert len({cell["name"] for cell in drawn}) == len(drawn) == 9
    for (row, column), cell in zip(drawn_cells(few), drawn, strict=True):
        assert cell["value"][:3] == [column, row, test.confusion[row][column]]
        assert 0 < (cell["value"][3] if row == column else -cell["value"][3]) <= 1
    names = [f"class {n}" for n in range(40)]
    many = ConfusionCounts(
        names, names, [[int(i == j or i == 3) for j in range(40)] for i in range(40)], "texts"
    )
    assert len(drawn_cells(many)) == 39 + 40
    assert [cell["value"][2] for cell in spec(many)["series"][0]["data"]] == [1] * 79


def _with_labels(own: Written, labels: tuple[str, ...]) -> None:
    """Answers to two texts of each class, the second wrong."""
    n = 2 * len(labels)
    examples = own.dataset.read().examples
    shown = [(examples[i % len(examples)].sha256, f"row {i}") for i in range(n)]
    true = np.arange(n) // 2
    said = np.where(np.arange(n) % 2, (true + 1) % len(labels), true)
    chances = np.full((n, len(labels)), 0.1 / len(labels))
    chances[np.arange(n), said] = 0.9
    kept = msgspec.structs.replace(own.run.report(), test=report.score("test", labels, true, chances, shown))
    report.write(own.run.folder / "report.json", kept)


def test_the_table_of_classes_and_the_curves_of_one(wordy: Open, written: Written) -> None:
    at, test = wordy("evaluate", section="classes"), written.run.report().test
    table = at.dataframe[0].value
    assert list(table["Class"]) == list(TEXTS) and list(table["Test texts"]) == [6, 6, 6]
    assert list(table["F1"]) == [100 * c.f1 for c in test.per_class]
    (box,) = [box for box in at.selectbox if box.label == "Class"]
    at.selectbox(key=box.key).select_index(2).run()
    assert not at.exception
    assert numbers(at)["Area under the curve"] == f"{100 * (test.curves[2].area or 0):.1f} %"
    assert plain("<i>other</i>") in words(at)
    at.toggle(key=f"curves_{written.run.id}_as_table").set_value(True).run()
    assert [list(frame.value) for frame in at.dataframe[1:]] == [
        ["Recall", "Precision"],
        ["False alarms", "Recall"],
    ]


def test_a_class_without_test_examples_has_no_curves(own: Written, empty: Open) -> None:
    whole = own.run.report()
    bare = msgspec.structs.replace(
        whole.test.curves[0], average_precision=None, area=None, recall=(), precision=(), found=()
    )
    curves = (bare, msgspec.structs.replace(whole.test.curves[1], area=None), whole.test.curves[2])
    report.write(
        own.run.folder / "report.json",
        msgspec.structs.replace(whole, test=msgspec.structs.replace(whole.test, curves=curves)),
    )
    at = empty("evaluate", section="classes")
    (box,) = [box for box in at.selectbox if box.label == "Class"]
    at.selectbox(key=box.key).select_index(0).run()
    assert not at.exception and "This class has no test texts" in words(at)
    at.selectbox(key=box.key).select_index(1).run()
    assert not at.exception and "All test texts are of this class" in words(at)


def test_mistakes_are_the_surest_first(wordy: Open, written: Written) -> None:
    at = wordy("evaluate", section="mistakes")
    assert "**3** of 18 answers are wrong." in words(at)
    at.toggle(key="mistakes_as_table").set_value(True).run()
    confidence = list(at.dataframe[0].value["Confidence"])
    assert len(confidence) == 3 and confidence == sorted(confidence, reverse=True)
    at.selectbox(key=f"mistakes_on_{written.run.id}").select("blame").run()
    table = at.dataframe[0].value
    assert (list(table["Class"]), list(table["Answer"])) == (["blame"], ["<i>other</i>"])
    assert not at.exception


def test_no_mistakes(own: Written, empty: Open) -> None:
    test = own.run.report().test
    right = tuple(msgspec.structs.replace(p, predicted=p.label) for p in test.predictions)
    report.write(
        own.run.folder / "report.json",
        msgspec.structs.replace(own.run.report(), test=msgspec.structs.replace(test, predictions=right)),
    )
    at = empty("evaluate", section="mistakes")
    assert not at.exception
    assert [box.value for box in at.success] == ["No mistake on 18 test texts."]


@pytest.mark.parametrize("section", SECTIONS)
def test_old_reports(own: Written, empty: Open, section: str) -> None:
    path = own.run.folder / "report.json"
    old = json.loads(path.read_text())
    for name in ("macro", "curves"):
        del old["test"][name]
    path.write_text(json.dumps(old))
    at = empty("evaluate", section=section)
    assert not at.exception and not at.error
    if section == "overview":
        assert numbers(at)["F1"] == "83.3 %"
    if section == "classes":
        assert "without curves" in words(at)
    if section == "sureness":
        assert "Now: expected calibration error" in numbers(at)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_report_of_nothing(own: Written, empty: Open, section: str) -> None:
    nothing = report.score("test", tuple(TEXTS), np.zeros(0, int), np.zeros((0, 3)), [])
    report.write(own.run.folder / "report.json", msgspec.structs.replace(own.run.report(), test=nothing))
    assert not empty("evaluate", section=section).exception


@pytest.mark.parametrize("content", [None, "{"])
@pytest.mark.parametrize("section", SECTIONS)
def test_a_run_without_a_report_says_so(own: Written, empty: Open, section: str, content: str | None) -> None:
    path = own.run.folder / "report.json"
    path.write_text(content) if content else path.unlink()
    at = empty("evaluate", section=section)
    assert not at.exception


def test_what_was_once_read_is_read_again_when_it_changes(own: Written, empty: Open) -> None:
    at = empty("evaluate")
    assert numbers(at)["Right on texts it has never seen"] == "83.3 %"
    test = msgspec.structs.replace(own.run.report().test, accuracy=0.25)
    report.write(own.run.folder / "report.json", msgspec.structs.replace(own.run.report(), test=test))
    assert numbers(at.run())["Right on texts it has never seen"] == "25.0 %"


def test_a_head_that_was_chosen_is_told_with_its_refit(own: Written, empty: Open) -> None:
    file = own.run.folder / "report.json"
    chosen = msgspec.structs.replace(own.run.report(), refit=True, head_choice=report.HeadChoice(penalty=0.1))
    report.write(file, chosen)
    said = words(empty("evaluate"))
    assert "a simple one without hidden layers" in said and "figures on these are from before" in said
    report.write(file, msgspec.structs.replace(chosen, refit=False, head_choice=None))
    assert "The head was chosen" not in words(empty("evaluate"))


def test_counted_words_are_told_unless_the_network_came_in_a_file(
    own: Written, empty: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = "also counts 1,234 words and pairs of words, in the whole of each text"
    count_words(own.run)
    assert counted in words(empty("evaluate"))
    monkeypatch.setattr(Run, "is_from_elsewhere", True)
    assert counted not in words(empty("evaluate"))
