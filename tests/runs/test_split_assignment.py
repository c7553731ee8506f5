"""What a run has learned from never moves into its own test, or into that of a run that continues it."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from tests.fixtures import evidence
from tlcore.config import RunConfig
from tlcore.config.split import SplitConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, Manifest, Split
from tlcore.errors import DataError
from tlcore.evaluate import report
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits, commonest_class, splits_by_content


def _manifest(per_class: int) -> Manifest:
    examples = [
        Example(f"{label}{n:03d}", f"{label}/{n}.jpg", label, 8, 8, 100)
        for label in ("cat", "dog")
        for n in range(per_class)
    ]
    return Manifest(name="pets", classes=("cat", "dog"), examples=tuple(examples))


def _run(folder: Path, per_class: int, start_from: Path | None = None, seed: int = 0) -> Run:
    """A run prepared on a data set of that many pictures a class."""
    dataset = Dataset(folder / "data")
    dataset.folder.mkdir(parents=True)
    dataset.write(_manifest(per_class))
    origin = str(start_from) if start_from else None
    config = RunConfig(data=str(dataset.folder), start_from=origin, split=SplitConfig(seed=seed))
    return Run.prepare(folder / "run", config)


def _moved(before: dict[str, Split], per_class: int, seed: int) -> list[str]:
    """Pictures that a fresh draw on the grown set would move from learning into the test."""
    manifest = _manifest(per_class)
    fresh = assign_splits(RunConfig(split=SplitConfig(seed=seed)), manifest)
    return [
        e.sha256
        for e, split in zip(manifest.examples, fresh, strict=True)
        if split == "test" and before.get(e.sha256, "test") != "test"
    ]


@pytest.mark.parametrize("seed", range(20))
def test_a_grown_data_set_keeps_the_places_of_the_earlier_run(tmp_path: Path, seed: int) -> None:
    earlier = _run(tmp_path / "first", 10, seed=seed)
    before = splits_by_content(earlier.config())
    after = splits_by_content(_run(tmp_path / "second", 60, earlier.folder, seed).config())
    assert {sha: after[sha] for sha in before} == before
    assert set(after) > set(before)


def test_a_fresh_draw_would_have_moved_some(tmp_path: Path) -> None:
    drawn = [
        (splits_by_content(_run(tmp_path / str(seed), 10, seed=seed).config()), seed) for seed in range(20)
    ]
    assert any(_moved(before, 60, seed) for before, seed in drawn)


def test_places_are_kept_over_several_continuations(tmp_path: Path) -> None:
    first = _run(tmp_path / "a", 6)
    second = _run(tmp_path / "b", 20, first.folder)
    third = _run(tmp_path / "c", 60, second.folder)
    kept = splits_by_content(second.config())
    assert {sha: split for sha, split in splits_by_content(third.config()).items() if sha in kept} == kept


def test_what_was_learned_from_elsewhere_stays_seen(tmp_path: Path) -> None:
    first = _run(tmp_path / "a", 10)
    other = Dataset(tmp_path / "b" / "data")
    other.folder.mkdir(parents=True)
    strange = [msgspec.structs.replace(e, sha256=f"x{e.sha256}") for e in _manifest(10).examples]
    other.write(msgspec.structs.replace(_manifest(10), examples=tuple(strange)))
    second = Run.prepare(
        tmp_path / "b" / "run", RunConfig(data=str(other.folder), start_from=str(first.folder))
    )
    before, after = splits_by_content(first.config()), splits_by_content(second.config())
    assert {sha: after[sha] for sha in before} == before and len(after) == 2 * len(before)
    # And back to the first data, drawn with another seed: nothing learned from moves into the test.
    again = RunConfig(data=first.config().data, start_from=str(second.folder), split=SplitConfig(seed=9))
    assert {sha: splits_by_content(again)[sha] for sha in before} == before


def test_without_the_earlier_data_nothing_is_guessed(tmp_path: Path) -> None:
    earlier = _run(tmp_path / "first", 10)
    later = _run(tmp_path / "second", 20, earlier.folder)
    (Path(earlier.config().data) / "manifest.json").unlink()
    with pytest.raises(DataError):
        splits_by_content(later.config())


def test_what_to_guess_is_counted_in_the_training_part_also_for_an_earlier_version(tmp_path: Path) -> None:
    """Its report says what is commonest in the test part; where the data are gone nobody knows better."""
    run = _run(tmp_path, 1)
    counts = {"train": {"cat": 4, "dog": 9}, "validation": {"cat": 9, "dog": 1}, "test": {"cat": 9, "dog": 1}}
    examples = [
        Example(f"{split}{label}{n}", "", label, split=split)
        for split, labels in counts.items()
        for label, count in labels.items()
        for n in range(count)
    ]
    dataset = Dataset(Path(run.config().data))
    dataset.write(Manifest(name="pets", classes=("cat", "dog"), examples=tuple(examples)))
    report.write(run.folder / "report.json", evidence.report("head", 0.9))
    assert run.report().test.baseline_from == "examples" and commonest_class(run) == "dog"
    shutil.rmtree(dataset.folder)
    assert commonest_class(run) is None
    told = run.report()
    test = msgspec.structs.replace(told.test, baseline_from="training", baseline_label="dog")
    report.write(run.folder / "report.json", msgspec.structs.replace(told, test=test))
    assert commonest_class(run) == "dog"
