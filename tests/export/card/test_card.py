"""The model card says what the run measured, and no name in it becomes anything but text."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import msgspec
import pytest
import yaml
from huggingface_hub import ModelCard as HubCard
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.fixtures.analysed_run import FIRST, flowers, studied, trained
from tests.fixtures.card_run import EACH, HOSTILE, finished
from tests.fixtures.tiny_training import Trained
from tlcore.backbones.catalogue import catalogue
from tlcore.characters import JOINER, on_one_line
from tlcore.config.task import Task
from tlcore.errors import RunError
from tlcore.evaluate import confidence_threshold, report
from tlcore.evaluate.confidence_threshold import ConfidenceThreshold
from tlcore.export.card import card, facts, metadata
from tlcore.export.card.sections import MOST_CLASSES
from tlcore.runs import run_records
from tlcore.runs.run import Run
from tlcore.runs.run_records import Notes

HEAD = re.compile(r"---\n.*?\n---\n", re.S)


def tokens(text: str) -> list[Token]:
    """All of a card's Markdown, as the Hub reads it."""
    found = MarkdownIt("commonmark").enable("table").parse(HEAD.sub("", text, count=1))
    return found + [child for token in found for child in token.children or ()]


def shown(text: str) -> str:
    """A name as a reader sees it."""
    return " ".join(on_one_line(" ".join(text.split())).split())


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the table below a heading."""
    parsed = MarkdownIt("commonmark").enable("table").parse(text[text.index(heading) :])
    end = next(i for i, token in enumerate(parsed) if token.type == "table_close")
    cells: list[list[str]] = []
    for i, token in enumerate(parsed[:end]):
        if token.type == "tr_open":
            cells.append([])
        if token.type in ("td_open", "th_open"):
            said = "".join(child.content for child in parsed[i + 1].children or ())
            cells[-1].append(said.replace(JOINER, ""))
    return cells


def test_it_says_what_was_measured(tmp_path: Path) -> None:
    run = finished(tmp_path / "run")
    confidence_threshold.write(run.folder, ConfidenceThreshold(0.6))
    text = card.make(run).text
    assert rows(text, "## Results")[1] == ["Accuracy on test", "87.5 %", "52.9 % to 97.8 %", "8"]
    assert ["Accuracy on validation", "87.5 %", "", "40"] in rows(text, "## Results")
    assert rows(text, "## Classes")[1] == ["1", "daisy", "–", "1.000", "0.750", "0.857", "4"]
    for sentence in (
        "EfficientNet-Lite0: Apache-2.0",
        "differ by 8.5 points on average",
        "Its temperature is 1.250, fitted on 99 out-of-fold answers",
        'Below a confidence of 60 % it is "not sure".',
        "The pictures are no longer on the computer",
        "8 pictures are few",
        "Hardly tested, with fewer than 10 in the test part: daisy, rose.",
    ):
        assert sentence in text
    assert str(tmp_path) not in text
    assert ["Dropout", "0.4"] in rows(text, "## Training") and ["Input size", "224"] in rows(
        text, "## Training"
    )


def test_it_says_where_the_data_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    dataset = flowers()
    run = trained(dataset, FIRST, wrong=3)
    studied(run, dataset)
    run_records.write_notes(run.folder, Notes(name="My *best* one"))
    made = card.make(run)
    assert made.title == r"My \*best\* one"
    assert "**flowers**, version 1: 60 pictures, 3 classes." in made.rest
    assert re.search(r"Split: \d+ for training, \d+ for validation, 15 for test\.", made.rest)
    assert "About 2 of the 45 labels" in made.rest and str(tmp_path) not in made.text


def test_it_says_that_the_file_holds_words(tmp_path: Path) -> None:
    run = finished(tmp_path / "run")
    assert "head counts" not in card.make(run).text
    choice = report.HeadChoice(penalty=0.1, counts="characters", terms=1234)
    report.write(run.folder / "report.json", msgspec.structs.replace(run.report(), head_choice=choice))
    assert "holds the 1,234 letters and rows of them that its head counts" in card.make(run).text


def test_no_name_becomes_anything_but_text(tmp_path: Path) -> None:
    run = finished(tmp_path / "run", HOSTILE, wrong=len(HOSTILE) * EACH)
    run = Run(run.folder.rename(tmp_path / "<b>|---|`x` \nrun"))
    text = card.make(run).text
    found = tokens(text)
    assert not {"html_block", "html_inline", "link_open", "hr", "s_open"} & {token.type for token in found}
    assert [token.attrs["src"] for token in found if token.type == "image"] == [card.PICTURE]
    headings = [found[i + 1].content for i, token in enumerate(found) if token.type == "heading_open"]
    assert headings[1:] == [
        *("Use", "Results", "Classes", "Calibration", "Limits", "Data", "Training", "Licence", "Software")
    ]
    cells = rows(text, "## Classes")[1:]
    assert [row[1] for row in cells] == [shown(label) for label in HOSTILE]
    assert {len(row) for row in cells} == {7}
    head = yaml.safe_load(text.split("---\n")[1])
    assert head["model-index"][0]["name"] == on_one_line(run.id)


def test_of_many_classes_the_weakest_are_listed(tmp_path: Path) -> None:
    labels = tuple(f"class {n}" for n in range(MOST_CLASSES + 1))
    text = card.make(finished(tmp_path / "run", labels, wrong=1)).text
    assert f"The {MOST_CLASSES} weakest of {MOST_CLASSES + 1} classes." in text
    assert rows(text, "## Classes")[1][1] == "class 0"  # the only one with a mistake


def test_the_hub_understands_its_metadata(tmp_path: Path) -> None:
    data = HubCard(card.make(finished(tmp_path / "run", HOSTILE)).text).data
    assert (data.license, data.library_name, data.pipeline_tag) == (
        "apache-2.0",
        "keras",
        "image-classification",
    )
    assert data.model_name == "run"
    found = {result.metric_type: result for result in data.eval_results or ()}
    assert list(found) == ["accuracy", "f1", "ece"]
    score = finished(tmp_path / "again", HOSTILE).report().test
    assert found["accuracy"].metric_value == round(score.accuracy, 4)
    low, high = score.interval
    assert found["accuracy"].metric_name == f"Accuracy (95 % interval {low:.3f} to {high:.3f})"
    assert found["f1"].dataset_split == "test"


def test_every_licence_of_the_catalogue_has_a_name_on_the_hub(tmp_path: Path) -> None:
    run = finished(tmp_path / "run")
    gathered = facts.gather(run)
    tasks: tuple[Task, ...] = ("images", "texts")
    told = {}
    for backbone in (entry for task in tasks for entry in catalogue.catalogue(task).values()):
        told[backbone.id] = metadata.licence(dataclasses.replace(gathered, backbone=backbone))
    assert set(told.values()) == {*metadata.LICENCES.values(), "other"}
    others = {id for id, licence in told.items() if licence == "other"}
    assert all("agreement" in catalogue.get(id).licence for id in others)  # which the hub has no name for
    assert told["mobilenet_v2"] == "bsd-3-clause"  # the weights', not that of the package around them


@pytest.mark.parametrize(
    ("fixture", "pipeline", "metric", "sentence"),
    [
        ("trained_detector", "object-detection", "mean_average_precision", "A box counts from a score of"),
        ("trained_segmenter", "image-segmentation", "mean_iou", "Each pixel gets its likeliest class"),
        ("trained_texts", "text-classification", "accuracy", "Its backbone was trained on texts in English"),
    ],
)
def test_every_task_has_one(
    fixture: str, pipeline: str, metric: str, sentence: str, request: pytest.FixtureRequest
) -> None:
    one: Trained = request.getfixturevalue(fixture)
    made = card.make(one.run)
    assert made.metadata["pipeline_tag"] == pipeline and metric in made.metadata["metrics"]
    assert sentence in made.text and made.picture.startswith(b"\x89PNG")
    assert [row[1] for row in rows(made.text, "## Classes")[1:]] == list(one.run.labels())
    assert "Saved with Keras" in made.text


def test_without_a_model_there_is_none(tmp_path: Path) -> None:
    run = finished(tmp_path / "run")
    run.model.unlink()
    with pytest.raises(RunError, match="no model yet"):
        card.make(run)
