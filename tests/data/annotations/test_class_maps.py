from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.fixtures.annotated import coco, labelme, mask, picture, source
from tlcore.data.annotations.class_maps import class_map
from tlcore.data.annotations.formats import reader
from tlcore.data.annotations.formats.reader import AnnotatedSource
from tlcore.errors import DataError, PictureError

VALUES = np.repeat([[0, 0, 1, 2, 255]], 30, axis=0).repeat(8, axis=1)  # 40 × 30


def maps(files: dict[str, bytes | str]) -> tuple[AnnotatedSource, dict[str, np.ndarray]]:
    with source(files) as opened:
        told = reader.read(opened)
        return told, {name: class_map(one, told.classes, 40, 30) for name, one in told.annotations.items()}


def pair(content: bytes, **more: bytes | str) -> dict[str, bytes | str]:
    return {"images/a.png": picture(), "masks/a.png": content, **more}


def told_of(
    content: bytes, listed: str = "", name: str = "classes.csv"
) -> tuple[tuple[str, ...], np.ndarray]:
    told, found = maps(pair(content, **({name: listed} if listed else {})))
    assert told.task == "segmentation" and told.format == "mask pictures" and not told.skipped
    return told.classes, found["images/a.png"]


@pytest.mark.parametrize(
    ("listed", "name", "classes"),
    [
        (
            "value,name\n0,background\n1,cat\n2,dog\n255,ignore (border)\n",
            "classes.csv",
            ("background", "cat", "dog"),
        ),
        ("Pixel Value, Class\n0, background\n1, cat\n2, dog\n", "_classes.csv", ("background", "cat", "dog")),
        ("id,name\n1,cat\n2,dog\n", "classes.csv", ("background", "cat", "dog")),
        ("sky\ncat\ndog\n", "classes.txt", ("sky", "cat", "dog")),
        ("cat\ndog\n", "classes.txt", ("background", "cat", "dog")),
        ("names: [cat, dog]", "data.yaml", ("background", "cat", "dog")),
        ("", "", ("background", "class 1", "class 2")),
    ],
)
def test_indices_by_any_class_list(listed: str, name: str, classes: tuple[str, ...]) -> None:
    found, pixels = told_of(mask(VALUES), listed, name)
    assert found == classes
    assert (pixels == VALUES).all()


def test_values_far_apart_become_places_among_the_classes() -> None:
    classes, pixels = told_of(mask(VALUES * 100 % 256), "value,name\n0,sky\n100,cat\n200,dog\n156,void\n")
    assert classes == ("sky", "cat", "dog") and (pixels == VALUES).all()  # 255 × 100 is 156 of 256


@pytest.mark.parametrize(
    ("listed", "name", "classes"),
    [
        ("", "", ("background", "class 1")),
        ("cat", "classes.txt", ("background", "cat")),
        ("sky\ncat", "classes.txt", ("sky", "cat")),
        ("value,name\n0,sky\n255,cat\n", "classes.csv", ("sky", "cat")),
    ],
)
def test_masks_of_black_and_white_have_a_class_at_255(
    listed: str, name: str, classes: tuple[str, ...]
) -> None:
    found, pixels = told_of(mask((VALUES > 0) * 255), listed, name)
    assert found == classes and (pixels == (VALUES > 0)).all()


@pytest.mark.parametrize(
    ("listed", "name"),
    [
        ("# label:color_rgb:parts:actions\nsky:0,0,0::\ncat:10,20,30::\ndog:0,255,0::\n", "labelmap.txt"),
        ("name,r,g,b\nsky,0,0,0\ncat,10,20,30\ndog,0,255,0\nVoid,9,9,9\n", "class_dict.csv"),
        ("0 0 0 sky\n10 20 30\tcat\n0 255 0 dog\n", "label_colors.txt"),
    ],
)
@pytest.mark.parametrize("form", ["RGB", "RGBA", "P"])
def test_colours_by_a_class_list(listed: str, name: str, form: str) -> None:
    colours = np.array([(0, 0, 0), (10, 20, 30), (0, 255, 0), (9, 9, 9)], np.uint8)
    image = Image.fromarray(colours[np.minimum(VALUES, 3)])
    out = io.BytesIO()
    (image.quantize(8) if form == "P" else image.convert(form)).save(out, "PNG")
    classes, pixels = told_of(out.getvalue(), listed, name)
    assert classes == ("sky", "cat", "dog") and (pixels == VALUES).all()


def test_values_that_no_list_names_do_not_count_and_are_told() -> None:
    told, found = maps(pair(mask(VALUES), **{"classes.csv": "value,name\n0,sky\n1,cat\n"}))
    assert (found["images/a.png"] == np.where(VALUES == 2, 255, VALUES)).all()
    assert told.notes == (
        "The class list does not name the values 2 of the masks: their pixels do not count.",
    )
    assert "No class list names" in maps(pair(mask(VALUES)))[0].notes[0]


@pytest.mark.parametrize(
    "name", ["a_mask.png", "SegmentationClass/a.png", "Train-Annot/a.png", "gt/A.PNG", "x/a_L.png"]
)
def test_names_of_masks(name: str) -> None:
    told, found = maps({"JPEGImages/a.png": picture(), name: mask(VALUES)})
    assert (found["JPEGImages/a.png"] == VALUES).all() and told.without == ()


def test_a_mask_in_which_nothing_counts() -> None:
    classes, pixels = told_of(mask(np.full((30, 40), 255)))
    assert classes == ("background",) and (pixels == 255).all()


def test_class_numbers_that_no_mask_can_have_are_no_classes() -> None:
    listed = "value,name\n0,sky\n1,cat\n2,dog\n-1,fox\n1" + "0" * 30 + ",hen\n"
    classes, pixels = told_of(mask(VALUES), listed)
    assert classes == ("sky", "cat", "dog") and (pixels == VALUES).all()


@pytest.mark.parametrize("front", ["Face mask labels/", "a/segmentation/b/"])
def test_a_folder_around_all_says_nothing(front: str) -> None:
    files: dict[str, bytes | str] = {f"{front}images/{n}.png": picture(seed=n) for n in range(3)}
    files |= {f"{front}masks/{n}.png": mask(VALUES) for n in range(3)}
    files |= {f"{front}images/7.jpg": picture(), f"{front}masks/7.png": mask(VALUES)}
    files |= {f"{front}images/8.png": picture()}
    told, found = maps(files | {"READ.ME": "labels", f"{front}masks/gone.png": mask(VALUES)})
    assert sorted(found) == [f"{front}images/{n}" for n in ("0.png", "1.png", "2.png", "7.jpg")]
    assert told.without == (f"{front}images/8.png",)
    assert [skipped.reason for skipped in told.skipped] == ["There is no such picture."]


def test_masks_of_objects_are_left_alone() -> None:
    files = {"JPEGImages/a.png": picture(), "SegmentationObject/a.png": mask(VALUES)}
    told, _ = maps({**files, "SegmentationClass/a.png": mask(np.minimum(VALUES, 1))})
    assert "Masks that tell objects apart, and not classes, are not used: 1." in told.notes
    assert told.classes == ("background", "class 1") and told.without == ()
    with source(files) as opened:
        assert reader.find(opened) is None


@pytest.mark.parametrize("content", [picture(), picture((20, 20)), mask(VALUES[:10]), b"", b"no picture"])
def test_what_is_no_mask_of_the_picture(content: bytes) -> None:
    with source(pair(content)) as opened:
        assert reader.find(opened) is None


@pytest.mark.parametrize("size", [(80, 60), (20, 15), (13, 10), (60, 80)])
def test_a_mask_has_the_shape_of_its_picture(size: tuple[int, int]) -> None:
    with source({"images/a.png": picture(size), "masks/a.png": mask(VALUES)}) as opened:
        told = reader.read(opened)
    assert class_map(told.annotations["images/a.png"], told.classes, 80, 60).max() == 255


def test_masks_are_scaled_with_their_picture_or_refused() -> None:
    files: dict[str, bytes | str] = {}
    for number in range(30):
        files |= {f"images/{number}.png": picture(seed=number), f"masks/{number}.png": mask(VALUES)}
    with source(files) as opened:
        told = reader.read(opened)
    one = told.annotations["images/0.png"]
    assert (class_map(one, told.classes, 20, 15)[0] == VALUES[0, ::2]).all()
    with pytest.raises(PictureError, match="Its mask is for 40 × 30 pixels; the picture has 30 × 40"):
        class_map(one, told.classes, 30, 40)


def test_a_broken_mask_and_one_of_too_many_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    files: dict[str, bytes | str] = {f"images/{n:02}.png": picture(seed=n) for n in range(20)}
    files |= {f"masks/{n:02}.png": mask(VALUES) if n != 0 else b"\x89PNG broken" for n in range(20)}
    with source(files) as opened:
        told = reader.read(opened)
    with pytest.raises(PictureError, match="The mask is no PNG that can be read"):
        class_map(told.annotations["images/00.png"], told.classes, 40, 30)
    monkeypatch.setattr("tlcore.data.annotations.class_maps.MOST_PIXELS", 1_000)
    with pytest.raises(PictureError, match=r"claims 40 × 30 pixels"):
        class_map(told.annotations["images/01.png"], told.classes, 40, 30)


def test_too_many_classes_for_a_byte() -> None:
    listed = (
        "name,r,g,b\n" + "".join(f"class {n},{n % 256},{n // 256},7\n" for n in range(300)) + "sky,0,0,0\n"
    )
    colours = np.zeros((30, 40, 3), np.uint8)
    colours[0, :20] = (5, 0, 7)
    opened = source(pair(mask(colours), **{"class_dict.csv": listed}))
    with pytest.raises(DataError, match="301 classes; at most 255"):
        reader.read(opened)


def test_areas_are_drawn_at_the_size_of_the_picture() -> None:
    square = [[10, 10], [30, 10], [30, 20], [10, 20]]
    shapes = [("polygon", "Background", square), ("polygon", "cat", [[0, 0], [20, 0], [20, 30], [0, 30]])]
    told, found = maps({"a.png": picture(), "a.json": labelme(shapes[::-1])})
    assert told.classes == ("background", "cat")
    assert found["a.png"][15].tolist() == [1] * 10 + [0] * 30
    small = class_map(told.annotations["a.png"], told.classes, 20, 15)
    assert small[7].tolist() == [1] * 5 + [0] * 15


def test_run_lengths_are_drawn_at_their_size_and_scaled() -> None:
    runs = {"size": [30, 40], "counts": [600, 600]}
    files = {"a.png": picture(), "a.json": coco({"a.png": [("dog", (20, 0, 40, 30))]}, segmentation=runs)}
    told, found = maps(files)
    assert told.task == "segmentation" and told.classes == ("background", "cat", "dog")
    assert found["a.png"][3].tolist() == [0] * 20 + [2] * 20
    assert class_map(told.annotations["a.png"], told.classes, 20, 15)[3].tolist() == [0] * 10 + [2] * 10


def test_masks_give_no_boxes() -> None:
    with (
        source(pair(mask(VALUES))) as opened,
        pytest.raises(DataError, match="areas of these pictures, and no boxes"),
    ):
        reader.read(opened, task="detection")
