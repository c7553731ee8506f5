"""Export: the boxes and class maps of a data set as files that other programs read, COCO's or YOLO's.

Pictures keep their names below a folder for each split; where two are called the same, the second has a
number in front. Pictures at which nobody has looked are left out: without boxes they would say that nothing
is in them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import yaml
from pycocotools import mask as coco_mask

from tlcore.data.annotations.annotation import BACKGROUND, IGNORED
from tlcore.data.annotations.class_maps import pixel_counts
from tlcore.data.annotations.export.outlines import outlines
from tlcore.data.annotations.files.layout import stem
from tlcore.data.manifest import Box, Example, Key, Split

MapReader = Callable[
    [str], np.ndarray
]  # from a mask's SHA-256 to the class map, uint8 of shape (height, width)
_FOLDERS: dict[Split | None, str] = {"train": "train", "validation": "valid", "test": "test", None: "train"}


@dataclass(frozen=True)
class AnnotationExport:
    """Annotation files by their paths, and the path at which each picture belongs."""

    files: dict[str, bytes]
    pictures: dict[Key, str]


def as_coco(
    examples: Sequence[Example], classes: Sequence[str], read_map: MapReader | None = None
) -> AnnotationExport:
    """A COCO file for each split, beside its pictures, as Roboflow lays them out.

    Class maps become run lengths, an object for each class in a picture; pixels that do not count are a
    crowd.

    Args:
        classes: in their order; the background, if it is the first, is no category.
        read_map: gives the class maps of examples with a mask.
    """
    pictures = _paths(examples)
    numbers = class_numbers(classes)
    files: defaultdict[str, dict[str, list[dict[str, object]]]] = defaultdict(
        lambda: {
            "images": [],
            "annotations": [],
            "categories": [{"id": number, "name": label} for label, number in numbers.items()],
        }
    )
    for example in examples:
        if example.key not in pictures:
            continue
        folder, _, name = pictures[example.key].partition("/")
        images, objects = files[folder]["images"], files[folder]["annotations"]
        shape = {"width": example.width, "height": example.height}
        images.append({"id": len(images) + 1, "file_name": name} | shape)
        found = [encode_box(box, numbers[box.label]) for box in example.boxes or () if box.label in numbers]
        if example.mask and read_map is not None:
            found += encode_areas(read_map(example.mask), sorted(numbers.values()))
        for one in found:
            objects.append({"id": len(objects) + 1, "image_id": len(images)} | one)
    encoded = {f"{folder}/_annotations.coco.json": msgspec.json.encode(one) for folder, one in files.items()}
    return AnnotationExport(encoded, pictures)


def encode_box(box: Box, number: int) -> dict[str, object]:
    """A box as COCO writes it: its upper left corner, width and height."""
    width, height = box.right - box.left, box.bottom - box.top
    return {
        "category_id": number,
        "bbox": (box.left, box.top, width, height),
        "area": width * height,
        "iscrowd": 0,
    }


def encode_areas(pixels: np.ndarray, numbers: Sequence[int]) -> Iterator[dict[str, object]]:
    """The pixels of each class as COCO's run lengths, then those that do not count.

    Args:
        pixels: class map (height, width) uint8.
        numbers: the values in it that are classes.
    """
    counts = pixel_counts(pixels)  # most classes are in few pictures, and each costs a copy of the map
    for value in (number for number in (*numbers, IGNORED) if counts[number]):
        runs = coco_mask.encode(np.asfortranarray(pixels == value, np.uint8))
        yield {
            "category_id": numbers[0] if value == IGNORED else value,
            "bbox": coco_mask.toBbox(runs).tolist(),
            "area": int(counts[value]),
            "segmentation": {"size": runs["size"], "counts": runs["counts"].decode("ascii")},
            "iscrowd": int(value == IGNORED),
        }


def as_yolo(
    examples: Sequence[Example], classes: Sequence[str], read_map: MapReader | None = None
) -> AnnotationExport:
    """`data.yaml` and a text of boxes for each picture, as Ultralytics has them.

    Class maps become outlines, one for each connected area; pixels that do not count become background.

    Args:
        classes, read_map: as for `as_coco`.
    """
    pictures = {key: f"images/{path}" for key, path in _paths(examples).items()}
    folders = dict.fromkeys(path.split("/")[1] for path in pictures.values())
    names = {"train": "train", "valid": "val", "test": "test"}
    splits = {names[folder]: f"images/{folder}" for folder in folders}
    numbers = class_numbers(classes)
    top = {"path": ".", **splits, "names": dict(enumerate(numbers))}
    files = {"data.yaml": yaml.safe_dump(top, allow_unicode=True, sort_keys=False).encode()}
    for example in examples:
        if example.key in pictures:
            path = f"labels/{stem(pictures[example.key].removeprefix('images/'))}.txt"
            lines = [*_boxes(example, list(numbers))]
            if example.mask and read_map is not None:
                lines += _outlines(read_map(example.mask), list(numbers.values()))
            files[path] = "".join(lines).encode()
    return AnnotationExport(files, pictures)


def _boxes(example: Example, labels: Sequence[str]) -> Iterator[str]:
    """For each box its class's place, then its middle and size in shares of the picture."""
    for box in example.boxes or ():
        across, down = (box.left + box.right) / 2 / example.width, (box.top + box.bottom) / 2 / example.height
        width, height = (box.right - box.left) / example.width, (box.bottom - box.top) / example.height
        if box.label in labels:
            yield f"{labels.index(box.label)} {across:.8f} {down:.8f} {width:.8f} {height:.8f}\n"


def _outlines(pixels: np.ndarray, values: Sequence[int]) -> Iterator[str]:
    """For each area its class's place, then its corners in shares of the picture."""
    height, width = pixels.shape
    for place, value in enumerate(values):
        for corners in outlines(pixels == value):
            yield " ".join([str(place), *(f"{x / width:.8g} {y / height:.8g}" for x, y in corners)]) + "\n"


def class_numbers(classes: Sequence[str]) -> dict[str, int]:
    """The values of the classes in class maps, without that of the background."""
    return {label: number for number, label in enumerate(classes) if (number, label) != (0, BACKGROUND)}


def _paths(examples: Sequence[Example]) -> dict[Key, str]:
    """A path below its split's folder for each picture that has boxes or a mask, none for two."""
    paths: dict[Key, str] = {}
    used: Counter[str] = Counter()
    for example in examples:
        if example.boxes is None and not example.mask:
            continue
        path = f"{_FOLDERS[example.split]}/{example.name}"
        folder, _, last = path.rpartition("/")
        key = stem(path).casefold()  # texts of boxes are called as pictures, with another ending
        while used[key]:
            used[key] += 1
            path = f"{folder}/{used[key]}-{last}"
            key = stem(path).casefold()
        used[key] = 1
        paths[example.key] = path
    return paths
