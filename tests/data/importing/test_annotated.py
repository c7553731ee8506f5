"""Annotated pictures become a data set, and more of them are added to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.fixtures.annotated import coco, mask, picture, voc
from tlcore.data.annotations.annotation import MOST_AREA_CLASSES
from tlcore.data.dataset import Dataset
from tlcore.data.importing import additions
from tlcore.data.importing.additions import add, sweep
from tlcore.data.importing.importer import import_data, near_copies, scan, task_of
from tlcore.data.manifest import Box, Manifest
from tlcore.data.versions import versions
from tlcore.data.versions.edits import Exclude, Relabel, Rename, Restore
from tlcore.errors import DataError

Files = Mapping[str, bytes | str]
CAT, DOG = ("cat", (2.0, 3.0, 12.0, 13.0)), ("dog", (20.0, 5.0, 31.0, 25.0))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "home"))


def folder(root: Path, files: Files) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def with_boxes(seed: int = 0, **objects: list[tuple[str, tuple[float, float, float, float]]]) -> Files:
    files: dict[str, bytes | str] = {}
    for number, (name, found) in enumerate(objects.items(), start=seed):
        files |= {f"{name}.png": picture(seed=number), f"{name}.xml": voc(found, f"{name}.png")}
    return files


def with_masks(classes: str, *values: int, seed: int = 0) -> Files:
    """Pictures whose mask has one value in its upper third, 255 in the middle and 0 below."""
    files: dict[str, bytes | str] = {"classes.txt": classes}
    for number, value in enumerate(values, start=seed):
        files[f"images/{number}.png"] = picture(seed=number)
        files[f"masks/{number}.png"] = mask([[value] * 40] * 10 + [[255] * 40] * 10 + [[0] * 40] * 10)
    return files


def imported(source: Path, into: Path) -> Dataset:
    import_data(source, into, name="pets")
    return Dataset(into)


@pytest.fixture
def boxes(tmp_path: Path) -> Dataset:
    """Four pictures: a dog, a dog and a cat, a cat, nothing."""
    files = with_boxes(a=[DOG], b=[DOG, CAT], c=[CAT], d=[])
    return imported(folder(tmp_path / "voc", files), tmp_path / "boxes")


@pytest.fixture
def areas(tmp_path: Path) -> Dataset:
    files = with_masks("background\nfox\ncat", 1, 2, 2, 1)
    return imported(folder(tmp_path / "masks", files), tmp_path / "areas")


def maps(dataset: Dataset, manifest: Manifest) -> dict[str, tuple[str, ...]]:
    """The classes that each class map has, by the name of the picture."""
    found = {}
    for example in manifest.examples:
        numbers = np.unique(np.asarray(Image.open(dataset.file(example.mask))))
        found[example.name] = tuple(manifest.classes[number] for number in numbers if number != 255)
        assert found[example.name] == example.areas
    return found


def test_boxes_of_voc_and_of_coco_are_the_same(tmp_path: Path, boxes: Dataset) -> None:
    manifest = boxes.read()
    assert manifest.task == "detection" and manifest.counts() == {"cat": 2, "dog": 2}
    assert manifest.examples[1].boxes == (Box("dog", 20, 5, 31, 25), Box("cat", 2, 3, 12, 13))
    assert manifest.examples[3].boxes == () and manifest.examples[3].is_labelled
    pictures = {
        name: content for name, content in with_boxes(a=[], b=[], c=[], d=[]).items() if ".png" in name
    }
    told = coco({"a.png": [DOG], "b.png": [DOG, CAT], "c.png": [CAT], "d.png": []})
    source = folder(tmp_path / "coco", {**pictures, "_annotations.coco.json": told})
    assert [e.boxes for e in scan(source).examples] == [e.boxes for e in manifest.examples]


def test_a_picture_that_nobody_annotated_is_set_aside(tmp_path: Path) -> None:
    files = {**with_boxes(a=[DOG], b=[CAT], c=[DOG]), "stranger.png": picture(seed=9)}
    manifest = scan(folder(tmp_path / "voc", files))
    assert [example.name for example in manifest.aside] == ["stranger.png"]
    assert not manifest.aside[0].is_labelled and len(manifest.examples) == 3


def test_a_picture_whose_objects_were_all_refused_is_not_one_without_objects(tmp_path: Path) -> None:
    files = with_boxes(a=[DOG], b=[DOG], c=[CAT], d=[], e=[("dog", (9, 9, 9, 9))])
    manifest = scan(folder(tmp_path / "voc", files))
    assert [example.name for example in manifest.aside] == ["e.png"]
    assert [example.boxes for example in manifest.examples if example.name == "d.png"] == [()]
    assert any("not taken" in warning for warning in manifest.warnings)


def test_an_annotation_of_another_shape_is_skipped_with_its_reason(tmp_path: Path) -> None:
    files = {**with_masks("background\ncat", 1, 1, 1), "images/9.png": picture(seed=9)}
    manifest = scan(folder(tmp_path / "m", {**files, "masks/9.png": mask([[1] * 30] * 30)}))
    assert [example.name for example in manifest.aside] == ["images/9.png"]
    (skipped,) = manifest.skipped
    assert skipped.name == "images/9.png" and "30 × 30" in skipped.reason


def test_masks_of_a_smaller_copy_are_scaled_and_it_says_so(tmp_path: Path) -> None:
    files = with_masks("background\ncat", 1, 1, 1)
    assert not any("copy" in warning for warning in scan(folder(tmp_path / "whole", files)).warnings)
    half = mask([[1] * 20] * 15)
    manifest = scan(folder(tmp_path / "m", {**files, "masks/0.png": half}))
    assert len(manifest.examples) == 3 and not manifest.skipped
    said = "The masks or areas of one picture are for a larger or smaller copy of it, and were scaled to fit."
    assert said in manifest.warnings


def test_class_maps_are_kept_and_never_swept(areas: Dataset) -> None:
    manifest = areas.read()
    assert manifest.task == "segmentation" and manifest.classes == ("background", "fox", "cat")
    told = maps(areas, manifest)
    assert told["images/0.png"] == ("background", "fox") and told["images/1.png"] == ("background", "cat")
    (areas.folder / "files" / "ab").mkdir(exist_ok=True)
    strange = areas.folder / "files" / "ab" / ("ab" * 32)
    strange.write_bytes(b"left behind")
    contents = sweep(areas)
    assert not strange.exists() and maps(areas, manifest) == told
    assert contents.keys() == {name for e in manifest.examples for name in (e.sha256, e.mask)}


def test_new_objects_bring_their_classes(tmp_path: Path, boxes: Dataset) -> None:
    more = with_boxes(seed=20, e=[("ant", (1, 1, 9, 9)), DOG], f=[])
    made = add(folder(tmp_path / "more", more), boxes)
    assert made == boxes.read() and made.classes == ("cat", "dog", "ant")
    assert made.counts() == {"cat": 2, "dog": 3, "ant": 1} and len(made.examples) == 6
    assert made.change == "2 pictures added"
    undone = versions.undo(boxes, 2)
    assert undone == boxes.read() and undone.examples == boxes.read(1).examples
    assert undone.classes == ("cat", "dog")


def test_areas_of_another_class_list_get_the_numbers_of_the_data_set(tmp_path: Path, areas: Dataset) -> None:
    before = maps(areas, areas.read())
    more = with_masks("background\nant\ncat\nfox", 1, 2, 3, seed=20)
    made = add(folder(tmp_path / "more", more), areas)
    assert made == areas.read() and made.classes == ("background", "fox", "cat", "ant")
    told = maps(areas, made)
    assert before.items() <= told.items()
    assert [told[f"images/{n}.png"][1] for n in (20, 21, 22)] == ["ant", "cat", "fox"]
    undone = versions.undo(areas, 2)
    assert maps(areas, undone) == before and undone.examples == areas.read(1).examples
    sweep(areas)
    assert maps(areas, made) == told  # of a version that can come back


def test_a_class_that_is_renamed_while_areas_come_in_is_not_mixed_up(
    tmp_path: Path, areas: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename_meanwhile(*arguments: Any) -> Any:
        versions.change(areas, Rename("cat", "tiger"))
        return near_copies(*arguments)

    monkeypatch.setattr(additions, "near_copies", rename_meanwhile)
    more = folder(tmp_path / "more", with_masks("background\nant\ncat\nfox", 1, 2, 3, seed=20))
    with pytest.raises(DataError, match="changed the classes of the areas while these pictures came in"):
        add(more, areas)
    assert areas.latest == 2
    monkeypatch.undo()
    assert add(more, areas).classes == ("background", "fox", "tiger", "ant", "cat")


def test_more_classes_than_a_class_map_holds(tmp_path: Path, areas: Dataset) -> None:
    many = "\n".join(["background", *(f"c{number}" for number in range(MOST_AREA_CLASSES - 2))])
    with pytest.raises(DataError, match="255 classes at most"):
        add(folder(tmp_path / "more", with_masks(many, 1, 2, seed=20)), areas)
    assert areas.latest == 1


def test_one_picture_twice_keeps_both_annotations(tmp_path: Path) -> None:
    files = {**with_boxes(a=[DOG], b=[CAT], c=[DOG]), "d.png": picture(seed=0), "d.xml": voc([CAT], "d.png")}
    dataset = imported(folder(tmp_path / "voc", files), tmp_path / "set")
    twice = {e.name: e.labels for e in dataset.read().examples if e.name in ("a.png", "d.png")}
    assert twice == {"a.png": {"dog"}, "d.png": {"cat"}}


def test_what_was_set_aside_comes_back_with_its_classes(boxes: Dataset, areas: Dataset) -> None:
    for dataset in (boxes, areas):
        before = dataset.read()
        keys = tuple(example.key for example in before.examples if before.classes[-1] in example.labels)
        less = versions.change(dataset, Exclude(keys))
        assert less == dataset.read() and all(before.classes[-1] not in e.labels for e in less.examples)
        assert (before.classes[-1] in less.classes) == (
            dataset is areas
        )  # class maps hold places in the list
        back = versions.change(dataset, Restore(keys))
        assert back == dataset.read() and back.examples == before.examples and back.classes == before.classes


def test_a_picture_gets_no_class_where_objects_have_them(boxes: Dataset, areas: Dataset) -> None:
    for dataset in (boxes, areas):
        key = dataset.read().examples[0].key
        with pytest.raises(DataError, match="have classes, and pictures have none"):
            versions.change(dataset, Relabel((key,), "cat"))


def test_task(tmp_path: Path) -> None:
    assert task_of(folder(tmp_path / "voc", with_boxes(a=[DOG], b=[CAT]))) == "detection"
    assert task_of(folder(tmp_path / "masks", with_masks("background\ncat", 1, 1))) == "segmentation"
    plain = {f"{label}/1.png": picture(seed=len(label)) for label in ("cat", "horse")}
    assert task_of(folder(tmp_path / "plain", plain)) == "images"
