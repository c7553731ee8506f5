"""Contents of each format's files beyond the boxes of `test_reader.py`."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.fixtures.annotated import coco, cvat, labelme, picture, source, voc, yolo
from tlcore.data.annotations.acceptance import fit
from tlcore.data.annotations.class_maps import class_map
from tlcore.data.annotations.formats import reader
from tlcore.data.annotations.formats.reader import AnnotatedSource

CAT, DOG = ("cat", (2.0, 3.0, 12.0, 13.0)), ("dog", (20.0, 5.0, 30.0, 25.0))


def read(**files: bytes | str) -> AnnotatedSource:
    """The annotations in these files beside a.png; in a name "__" stands for a dot, "___" for a slash."""
    named = {name.replace("___", "/").replace("__", "."): content for name, content in files.items()}
    with source({"a.png": picture(), **named}) as opened:
        return reader.read(opened)


def labels(told: AnnotatedSource) -> list[str]:
    return [box.label for one in told.annotations.values() for box in fit(one, 40, 30).boxes]


def test_voc_names_its_picture_or_is_named_like_it() -> None:
    told = read(other__xml=voc([CAT], r"C:\photos\A.PNG"), b__xml=voc([DOG], "nowhere.png"))
    assert labels(told) == ["cat"] and [one.name for one in told.skipped] == ["b.xml, nowhere.png", "b.xml"]


def test_voc_without_a_size_and_with_broken_objects() -> None:
    text = voc([CAT, ("", DOG[1]), ("dog", (1, 2, "three", 4))], size=(0, 0))  # type: ignore[list-item]
    text = text.replace(
        "</annotation>", "<object><name>dog</name></object><part><object/></part></annotation>"
    )
    told = read(a__xml=text)
    assert told.annotations["a.png"].width == 0 and labels(told) == ["cat"]
    assert told.refusals == {
        "It has no class.": 1,
        "One of its numbers is missing, or is not finite.": 1,
        "It has neither a box nor an area.": 1,
    }


def test_classes_of_voc_come_in_the_order_of_a_list_or_by_name() -> None:
    assert read(a__xml=voc([DOG, CAT])).classes == ("cat", "dog")
    assert read(a__xml=voc([DOG, CAT]), classes__txt="fox\ndog\n").classes == ("fox", "dog", "cat")
    assert read(a__xml=voc([DOG, CAT]), classes__txt="fox\nhen\n").classes == ("cat", "dog")


def test_coco_classes_keep_their_order_without_the_one_above_them() -> None:
    file = json.loads(coco({"a.png": [CAT]}, ("dog", "cat")))
    file["categories"] = [{"id": 0, "name": "pets", "supercategory": "none"}] + [
        one | {"supercategory": "pets"} for one in file["categories"]
    ]
    assert read(a__json=json.dumps(file)).classes == ("dog", "cat")


def test_coco_of_strange_numbers_ids_and_entries() -> None:
    file = json.loads(coco({"a.png": [CAT, DOG, CAT, ("fox", CAT[1])], "gone.png": [DOG]}))
    for one in file["annotations"]:
        one["image_id"], one["category_id"] = f"i{one['image_id']}", f"c{one['category_id']}"
    file["categories"] = [one | {"id": f"c{one['id']}"} for one in file["categories"]]
    file["images"] = [one | {"id": f"i{one['id']}"} for one in file["images"]]
    file["annotations"] += [
        {"image_id": "i0", "category_id": "c1", "bbox": ["far", 0, 1, 1]},
        {"image_id": "i0", "category_id": "c1", "bbox": [1, 2, 3]},
        {"image_id": "i0", "category_id": "c1", "bbox": []},
        {"image_id": "i0", "category_id": "c1", "bbox": [9, 9, -3, 4]},
        {"image_id": "i7", "category_id": "c1", "bbox": [1, 2, 3, 4]},
        {},
    ]
    told = read(a__json=json.dumps(file))
    assert labels(told) == ["cat", "dog"] and told.objects == 11
    assert told.refusals == {
        "The same object stands there twice.": 1,
        "Its class number is not among the categories.": 1,
        "Its entry cannot be read.": 1,
        "One of its numbers is missing, or is not finite.": 1,
        "It has neither a box nor an area.": 1,
        "It is empty: its width or height is not above zero.": 1,
        "It belongs to a picture that the file does not list.": 2,
        "Its picture is not there, or cannot be told from others.": 1,
    }


@pytest.mark.parametrize(
    ("width", "height"), [("40", "30"), ("40.0", "30.0"), ("wide", "high"), ("9" * 999, "")]
)
def test_sizes_may_be_text(width: str, height: str) -> None:
    """A size that is none says nothing, and the boxes are in pixels of the picture that is there."""
    file = json.loads(coco({"a.png": [CAT]}))
    file["images"][0] |= {"width": width, "height": height}
    told = read(a__json=json.dumps(file))
    assert labels(told) == ["cat"] and told.annotations["a.png"].width == (40 if "4" in width else 0)


def test_coco_captions_are_no_boxes() -> None:
    file = json.loads(coco({"a.png": []}))
    captions = {"images": file["images"], "annotations": [{"image_id": 0, "caption": "a cat"}]}
    told = read(captions__json=json.dumps(captions), instances__json=coco({"a.png": [CAT]}))
    assert labels(told) == ["cat"] and not told.refusals


@pytest.mark.parametrize(
    ("segmentation", "pixels"),
    [
        ([[0, 0, 20, 0, 20, 30, 0, 29], [30, 0, 40, 0, 40, 30, 30, 30], [1, 2]], 890),
        ({"size": [30, 40], "counts": [0, 600, 600]}, 600),
        ({"size": [30, 40], "counts": "0hb0hb0"}, 600),
    ],
)
def test_coco_areas(segmentation: object, pixels: int) -> None:
    told = read(a__json=coco({"a.png": [CAT]}, segmentation=segmentation))
    assert told.task == "segmentation"
    found = class_map(told.annotations["a.png"], told.classes, 40, 30)
    assert abs(int((found == 1).sum()) - pixels) <= 10


def test_coco_crowds_do_not_count() -> None:
    runs = {"size": [30, 40], "counts": [0, 600, 600]}
    text = coco({"a.png": [CAT, DOG]}, segmentation=runs, iscrowd=1)
    told = read(a__json=text)
    assert (class_map(told.annotations["a.png"], told.classes, 40, 30)[:, :20] == 255).all()


def test_yolo_lines() -> None:
    lines = ["0 .5 .5 .2 .2", "1 .5 .5 .2 .2 .9", "7 .5 .5 .2 .2", "-1 .5 .5 .2 .2", "0 nan .5 .2 .2"]
    lines += [
        "0 .5 .5",
        "cat .5 .5 .2 .2",
        "0 3 3 .2 .2",
        "0 .5 .5 -.2 .2",
        "0 .1 .1 .9 .1 .9 .9 .1 .9",
        "1e3 0",
    ]
    told = read(a__txt="\r\n".join(lines), classes__txt="cat\ndog")
    assert labels(told) == ["cat", "dog", "cat"]
    assert told.refusals.total() == 8 and told.refusals["Its class number is not in the class list."] == 2


def test_yolo_outlines_are_areas() -> None:
    told = read(a__txt="1 0 0 .5 0 .5 1 0 1\n", data__yaml="names: {0: cat, 1: dog}")
    assert told.task == "segmentation" and told.classes == ("background", "cat", "dog")
    found = class_map(told.annotations["a.png"], told.classes, 40, 30)
    assert found[5].tolist() == [2] * 20 + [0] * 20


POINTS = [(0.20, 0.15, 2), (0.10, 0.40, 1), (0.0, 0.0, 0), (0.3, 0.3, 2)]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_of_a_yolo_pose_the_box_is_taken(count: int) -> None:
    points = " ".join(f"{x} {y} {seen}" for x, y, seen in POINTS[:count])
    told = read(a__txt=f"{yolo([CAT])} {points}\n", classes__txt="cat\ndog")
    assert told.task == "detection" and fit(told.annotations["a.png"], 40, 30).boxes[0].right == 12


def test_the_class_list_tells_points_of_two_numbers_from_corners() -> None:
    line = f"{yolo([CAT])} 0.2 0.15 0.1 0.4 0.25 0.3\n"
    with_points = read(a__txt=line, data__yaml="names: [cat, dog]\nkpt_shape: [3, 2]\n")
    assert with_points.task == "detection" and labels(with_points) == ["cat"]
    assert read(a__txt=line, data__yaml="names: [cat, dog]\n").task == "segmentation"


@pytest.mark.parametrize("shape", ["[[1], 3]", "[x, 3]", "[-1, 3]", "[]", "{}", "3"])
def test_points_that_no_one_can_count(shape: str) -> None:
    told = read(a__txt=yolo([CAT]), data__yaml=f"names: [cat, dog]\nkpt_shape: {shape}\n")
    assert told.task == "detection"


@pytest.mark.parametrize(
    "corners",
    [
        "0.1 0.1 0.5 0.1 0.9 0.4 0.5 0.9 0.1 0.9",
        "0.3 0.2 0.3 0.3 0.1 0.3 0 0.2 0.1 0",  # in a corner of the picture
    ],
)
def test_an_outline_is_no_pose(corners: str) -> None:
    assert read(a__txt=f"0 {corners}\n", classes__txt="cat\ndog").task == "segmentation"


def test_a_file_of_which_objects_are_refused_is_named_once() -> None:
    told = read(a__json=coco({"a.png": [CAT, CAT, CAT, ("fox", CAT[1]), ("dog", (50, 50, 60, 60))]}))
    (skipped,) = told.skipped
    assert (skipped.name, skipped.reason) == (
        "a.json",
        "2 objects in it: The same object stands there twice. 1 more: Its class number is not among the "
        "categories. 1 more: It lies outside the picture.",
    )


def test_yolo_without_a_class_list_has_numbers_for_names() -> None:
    assert labels(read(a__txt=yolo([DOG]))) == ["class 1"]


def test_the_nearest_class_list_counts() -> None:
    files = {"train/b.png": picture(seed=1), "train/b.txt": yolo([DOG]), "train/classes.txt": "hen\nfox"}
    with source({"a.png": picture(), "a.txt": yolo([DOG]), "classes.txt": "cat\ndog", **files}) as opened:
        told = reader.read(opened)
    assert [told.annotations[name].boxes[0].label for name in ("a.png", "train/b.png")] == ["dog", "fox"]


def test_labelme_shapes() -> None:
    shapes = [
        ("rectangle", "cat", [[12, 13], [2, 3]]),
        ("rectangle", "cat", [[30, 3], [32, 3], [32, 9], [30, 9]]),
        ("circle", "cat", [[12, 13], [2, 3]]),
        ("rectangle", "dog", [[12, 13]]),
        ("polygon", "dog", [[12, 13], [13, 14]]),
    ]
    file = json.loads(labelme(shapes, path="..\\photos\\a.png"))
    file["shapes"] += [{"label": None, "points": [[1, 1], [5, 5]], "shape_type": "rectangle"}, {"label": 3}]
    file["shapes"].append({"label": 3, "points": [[1, 1], [5, 5]], "shape_type": "rectangle"})
    told = read(x__json=json.dumps(file))
    assert labels(told) == ["cat", "cat", "3"]
    assert told.refusals == {
        "A circle is neither a rectangle nor a polygon.": 1,
        "It has neither a box nor an area.": 1,
        "Its outline has fewer than three corners, or half a corner.": 2,
        "It has no class.": 1,
    }


def test_cvat_shapes() -> None:
    shapes = '<box label="cat" xtl="2" ytl="3" xbr="12" ybr="13" rotation="0.0"><attribute name="x"/></box>'
    shapes += '<box label="cat" xtl="2" ytl="3" xbr="12" ybr="13" rotation="30"/><polyline points="1,2;3,4"/>'
    shapes += '<polygon label="dog" points="0,0;20,0;20,30;0,30"/><tag label="cat"/>'
    shapes += '<mask label="cat" rle="0, 100" left="30" top="0" width="10" height="10"/>'
    shapes += '<mask label="cat" rle="5,5" left="30" top="0" width="10" height="10"/>'
    shapes += '<polygon label="dog" points=""/>'
    told = read(annotations__xml=cvat({"sub/a.png": shapes}))
    assert told.classes == ("background", "cat", "dog") and told.task == "segmentation"
    found = Counter(class_map(told.annotations["a.png"], told.classes, 40, 30).ravel().tolist())
    assert found == {0: 1200 - 600 - 100, 1: 100, 2: 600}  # the dog lies over the first cat
    assert told.refusals == {
        "A turned box is neither an upright box nor an area.": 1,
        "A polyline is neither an upright box nor an area.": 1,
        "A tag is neither an upright box nor an area.": 1,
        "Its run lengths do not fit its size.": 1,
        "Its outline has fewer than three corners, or half a corner.": 1,
    }
