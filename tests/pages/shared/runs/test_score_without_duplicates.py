"""The honest score: what is said on the Train page and, before and after, among the problems."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from tests.fixtures.data_parts import Part, part  # noqa: F401 (a fixture)
from tests.fixtures.planted_faults import LILY, ROSE, example, planted, settled
from tests.pages.conftest import Open, words
from tlcore import config as configuration
from tlcore.config import RunConfig
from tlcore.config.split import SplitConfig
from tlcore.config.training import HeadConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.data.versions.edits import Exclude, MoveToSplit
from tlcore.data.versions.versions import change
from tlcore.evaluate import report
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits
from tlcore.workspace import Workspace

BEFORE = "flowers-20260101-120000-aaaa"
AFTER = "flowers-20260102-120000-bbbb"


@pytest.fixture
def dataset(part: Part) -> Dataset:  # noqa: F811
    """Forty pictures with their own split; four of the ten in test look like one in training."""
    examples = [example(n, (ROSE, LILY)[n % 2], "test" if n < 10 else "train") for n in range(40)]
    alike = tuple((examples[n].sha256, examples[n + 10].sha256) for n in range(4))
    return planted(settled(Manifest(name="flowers", examples=tuple(examples), alike=alike)))


def apart(dataset: Dataset) -> None:
    """Put all that looks alike on one side."""
    keys = tuple(e.key for e in dataset.read().examples if int(e.sha256, 16) in range(10, 14))
    change(dataset, MoveToSplit(keys, "test"))


def trained(dataset: Dataset, id: str, wrong: int, **settings: object) -> Run:
    """A finished run on the newest version; its last `wrong` answers on test are wrong."""
    manifest = dataset.read()
    config = RunConfig(data=str(dataset.folder), data_version=manifest.version)
    config = configuration.resolved(msgspec.structs.replace(config, **settings))
    run = Run.prepare(Workspace().runs / id, config)
    places = assign_splits(config, manifest)
    tested = [e for e, place in zip(manifest.examples, places, strict=True) if place == "test"]
    tested.sort(key=lambda e: e.sha256)
    true = np.array([manifest.classes.index(e.label) for e in tested])
    said = np.where(np.arange(len(true)) >= len(true) - wrong, 1 - true, true)
    chances = np.full((len(true), 2), 0.1)
    chances[np.arange(len(true)), said] = 0.9
    score = report.score("test", manifest.classes, true, chances, [(e.sha256, e.name) for e in tested])
    told = report.Report(
        test=score, validation_accuracy=0.9, validation_loss=0.3, validation_n=9, best_epoch=4, epochs=4
    )
    report.write(run.folder / "report.json", told)
    run.write_labels(manifest.classes)
    (run.folder / "status.json").write_text(json.dumps({"state": "done", "device": "CPU"}))
    (run.folder / "metrics.jsonl").write_text("")
    run.model.write_bytes(b"a model would be here")
    return run


def test_a_run_says_what_it_reaches_on_what_is_new_to_it(dataset: Dataset, empty: Open) -> None:
    trained(dataset, BEFORE, wrong=3)
    at = empty("train", run=BEFORE)
    assert not at.exception
    assert "4 test pictures look the same as one in training" in words(at)
    assert "**70.0 %** right on all test pictures, **50.0 %** on the 6 others" in words(at)
    assert any("Fix it on the Data page" in str(link.proto) for link in at.get("page_link"))


def test_a_run_without_copies_says_nothing(dataset: Dataset, empty: Open) -> None:
    apart(dataset)
    trained(dataset, AFTER, wrong=3)
    at = empty("train", run=AFTER)
    assert not at.exception and "look the same as one" not in words(at)


def test_where_all_are_copies_no_score_is_made_up(dataset: Dataset, empty: Open) -> None:
    change(
        dataset, Exclude(tuple(e.key for e in dataset.read().examples if int(e.sha256, 16) in range(4, 10)))
    )
    trained(dataset, BEFORE, wrong=1)
    at = empty("train", run=BEFORE)
    assert "There are no others" in words(at) and "honest score" not in words(at)


def test_before_and_after_are_told_among_the_problems(dataset: Dataset, part: Part) -> None:  # noqa: F811
    trained(dataset, BEFORE, wrong=3)
    at = part("problems")
    assert "**50.0 %** on the 6 others" in words(at) and "Before" not in words(at)
    apart(dataset)
    trained(dataset, AFTER, wrong=7)
    at = part("problems")
    assert not at.exception
    assert "Before: **70.0 %**. After, with look-alikes in the same split" in words(at)
    assert "**50.0 %**." in words(at)


@pytest.mark.parametrize(
    "settings",
    [
        {"head": HeadConfig(hidden=())},
        {"backbone": "mobilenet_v2"},
        {"split": SplitConfig(most_per_class=3)},
    ],
)
def test_other_settings_are_no_after(dataset: Dataset, part: Part, settings: dict[str, object]) -> None:  # noqa: F811
    trained(dataset, BEFORE, wrong=3)
    apart(dataset)
    trained(dataset, AFTER, wrong=7, **settings)
    at = part("problems")
    assert not at.exception and "Honest score" in words(at) and "Before" not in words(at)


def test_another_seed_and_another_split_are_an_after(dataset: Dataset, part: Part) -> None:  # noqa: F811
    trained(dataset, BEFORE, wrong=3)
    apart(dataset)
    trained(dataset, AFTER, wrong=7, seed=3, split=SplitConfig(seed=3), engine="keras")
    assert "Before" in words(part("problems"))


def test_what_nobody_knows_is_no_after(dataset: Dataset, part: Part) -> None:  # noqa: F811
    trained(dataset, BEFORE, wrong=3)
    apart(dataset)
    run = trained(dataset, AFTER, wrong=7)
    (run.folder / "report.json").write_text("{}")
    at = part("problems")
    assert not at.exception and "Honest score" in words(at) and "Before" not in words(at)


def test_what_an_earlier_run_saw_counts_as_seen(dataset: Dataset, empty: Open) -> None:
    first = trained(dataset, BEFORE, wrong=3)
    keys = tuple(e.key for e in dataset.read().examples if int(e.sha256, 16) in range(10, 14))
    change(dataset, Exclude(keys))  # no copy is among its own pictures, but the weights know them
    trained(dataset, AFTER, wrong=3, start_from=str(first.folder))
    at = empty("train", run=AFTER)
    assert not at.exception and "4 test pictures look the same" in words(at)


def test_a_run_whose_earlier_one_is_gone_is_left_out(dataset: Dataset, empty: Open) -> None:
    first = trained(dataset, BEFORE, wrong=3)
    trained(dataset, AFTER, wrong=3, start_from=str(first.folder))
    shutil.rmtree(Path(first.folder))
    at = empty("train", run=AFTER)
    assert not at.exception and "look the same" not in words(at)


def test_what_was_not_looked_for_is_said(part: Part) -> None:  # noqa: F811
    examples = tuple(example(n, (ROSE, LILY)[n % 2], look=None) for n in range(40))
    planted(settled(Manifest(name="old", examples=examples)))
    at = part("problems")
    assert not at.exception and not at.success
    assert "40 pictures came in before Graft measured pictures" in at.info[0].value
    assert "Checked for" not in words(at)
