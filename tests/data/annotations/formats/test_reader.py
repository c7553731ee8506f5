from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.data.conftest import jpeg
from tests.fixtures.annotated import coco, cvat, labelme, mask, picture, source, voc, yolo
from tlcore.data.annotations.acceptance import fit
from tlcore.data.annotations.annotation import MOST_OBJECTS
from tlcore.data.annotations.formats import reader
from tlcore.data.annotations.formats.reader import AnnotatedSource
from tlcore.data.files.open_source import open_source
from tlcore.data.manifest import Box
from tlcore.errors import DataError

CAT, DOG = ("cat", (2.0, 3.0, 12.0, 13.0)), ("dog", (20.0, 5.0, 30.0, 25.0))
BOXES = (Box("cat", 2.0, 3.0, 12.0, 13.0), Box("dog", 20.0, 5.0, 30.0, 25.0))
SQUARE = [2, 3, 12, 3, 12, 13, 7, 20, 2, 13]
BOX = '<box label="cat" xtl="2" ytl="3" xbr="12" ybr="13"/>'
BOX += '<box label="dog" xtl="20" ytl="5" xbr="30" ybr="25"/>'
SHAPES = [("rectangle", "cat", [[12, 13], [2, 3]]), ("rectangle", "dog", [[20, 5], [30, 25]])]

# Two pictures with the same two boxes in the first and none in the second, as each format has it.
LAYOUTS: dict[str, dict[str, bytes | str]] = {
    "VOC beside the pictures": {"a.xml": voc([CAT, DOG]), "b.xml": voc([])},
    "VOC in a folder": {"Annotations/a.xml": voc([CAT, DOG], "a.png"), "Annotations/b.xml": voc([], "x.png")},
    "COCO": {"annotations/instances.json": coco({"a.png": [CAT, DOG], "b.png": []})},
    "COCO of Roboflow": {"_annotations.coco.json": coco({"a.png": [CAT, DOG], "b.png": []})},
    "YOLO": {"labels/a.txt": yolo([CAT, DOG]), "labels/b.txt": "", "data.yaml": "names: [cat, dog]\n"},
    "YOLO with numbers": {"a.txt": yolo([CAT, DOG]), "b.txt": "", "x.yaml": "names:\n  0: cat\n  1: dog\n"},
    "YOLO of Darknet": {"a.txt": yolo([CAT, DOG]), "b.txt": "\n", "_darknet.labels": "cat\r\ndog\r\n"},
    "LabelMe": {"a.json": labelme(SHAPES), "b.json": labelme([], "b.png")},
    "CVAT": {"annotations.xml": cvat({"a.png": BOX, "b.png": ""})},
}


def read(files: dict[str, bytes | str], **options: object) -> AnnotatedSource:
    """The annotations of these files, whose figures add up."""
    with source(files) as opened:
        found = reader.find(opened)
        assert found is not None
        told = reader.read(opened, **options)  # type: ignore[arg-type]
        left = {entry.name for entry in opened.entries}
    taken = sum(len(one.boxes) + len(one.areas) for one in told.annotations.values())
    assert told.objects == taken + told.refusals.total()
    assert {*told.annotations, *told.without} <= left  # of the pictures nothing is lost
    assert not told.annotations.keys() & set(told.without)
    return told


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_format_gives_the_same_boxes(name: str) -> None:
    pictures = {"images/a.png": picture(), "images/b.png": picture(seed=1)}
    told = read(pictures | LAYOUTS[name])
    assert (told.task, told.classes, told.without, told.skipped) == ("detection", ("cat", "dog"), (), ())
    fitted = {name: fit(one, 40, 30).boxes for name, one in told.annotations.items()}
    assert fitted["images/b.png"] == ()
    for found, wanted in zip(fitted["images/a.png"], BOXES, strict=True):
        assert found.label == wanted.label
        for edge in ("left", "top", "right", "bottom"):
            assert getattr(found, edge) == pytest.approx(getattr(wanted, edge), abs=0.01)


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_folders_and_archives_are_alike(kind: str, tmp_path: Path) -> None:
    files = {"train/a.png": picture(), "train/a.xml": voc([CAT]).encode(), "valid/b.png": picture(seed=1)}
    path = tmp_path / "pets"
    if kind == "folder":
        for name, content in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        with tarfile.open(path, "w:gz") as packed:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                packed.addfile(info, io.BytesIO(content))
    with open_source(path) as opened:
        told = reader.read(opened)
        assert {entry.name for entry in opened.entries} == {"train/a.png", "valid/b.png"}
        assert opened.total_bytes == len(files["train/a.png"]) + len(files["valid/b.png"])
    assert told.annotations["train/a.png"].boxes == BOXES[:1]
    assert told.without == ("valid/b.png",)
    assert told.splits == {"train/a.png": "train", "valid/b.png": "validation"}


def test_masks_of_a_tar_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tarfile.open(tmp_path / "pets.tgz", "w:gz") as archive:
        for name, content in (("pics/a.png", picture()), ("masks/a.png", mask([[0] * 40] * 30))):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    with open_source(tmp_path / "pets.tgz") as opened:
        told = reader.read(opened)
    file = told.annotations["pics/a.png"].mask
    assert file is not None and file.entry.read() == mask([[0] * 40] * 30)  # though the archive is closed
    monkeypatch.setattr(reader, "_MOST_KEPT", 10)
    with open_source(tmp_path / "pets.tgz") as opened:
        far = reader.read(opened).annotations["pics/a.png"].mask
        assert far is not None and far.entry.read() == file.entry.read()


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"cat/a.txt": "a text of a cat", "dog/b.txt": "a text"},
        {"cat/a.txt": "0 0.5 0.5 0.1 0.1"},  # of no picture
        {"cat/a.png": picture(), "dog/a.png": picture(seed=1), "dog/a.txt": "taken 12 May 2019, 3 4"},
        {"a.png": picture(), "b.png": picture(seed=1), "labels.csv": "file,label\na.png,cat\nb.png,dog\n"},
        {"mask/1.png": picture(), "no_mask/1.png": picture(seed=1), "no_mask/2.png": picture(seed=2)},
        {"normal/1.png": picture(), "with mask/1.png": picture(seed=1)},
        {"cat/a.png": picture(), "cat/info.xml": "<notes/>", "dog/b.png": picture(), "dog/x.json": "{}"},
        {"a.png": picture(), "annotations.xml": cvat({"other.png": BOX})},
        {"a.png": picture(), "coco.json": coco({"a.png": []}), "a.xml": voc([]), "a.txt": ""},
        {"cat/a.png": picture(), "manifest.json": '{"images": [], "annotations": []}'},
        {f"{label}/{number}.png": b"" for label in ("cat", "dog") for number in range(100)}
        | {"cat/1.xml": voc([CAT])},  # one of 200: the folders are the classes
    ],
    ids=str,
)
def test_what_is_no_annotated_data_stays_what_it_is(files: dict[str, bytes | str]) -> None:
    with source(files) as opened:
        before = list(opened.entries)
        assert reader.find(opened) is None
        assert opened.entries == before
        with pytest.raises(DataError, match=r"no annotations of these pictures\. Received: pets"):
            reader.read(opened)


def test_trees_of_the_importing_tests_are_not_annotated(
    tree: Callable[..., Path], two_classes: dict[str, bytes | int]
) -> None:
    for files in (two_classes, {f"train/{name}": content for name, content in two_classes.items()}):
        with open_source(tree(files, f"pets{len(next(iter(files)))}")) as opened:
            assert reader.find(opened) is None


def test_formats_side_by_side_are_compared_and_one_is_used() -> None:
    files: dict[str, bytes | str] = {"a.png": jpeg(), "classes.txt": "cat\ndog\n"}
    files |= {"voc/a.xml": voc([CAT, DOG]), "yolo/a.txt": yolo([CAT, DOG])}
    more = ("cat", (0.0, 0.0, 5.0, 5.0))
    told = read(files | {"coco.json": coco({"a.png": [CAT, DOG]})})
    assert told.format == "Pascal VOC" and told.notes == (
        "Pascal VOC was used. COCO and YOLO have the same 2 boxes.",
    )
    told = read(files | {"coco.json": coco({"a.png": [CAT, more, ("dog", (20.0, 5.0, 31.0, 25.0))]})})
    assert told.format == "COCO" and len(told.annotations["a.png"].boxes) == 3
    assert told.notes == (
        "COCO was used. Pascal VOC has 1 of its boxes; 2 are only in COCO and 1 only in Pascal VOC.",
        "COCO was used. YOLO has 1 of its boxes; 2 are only in COCO and 1 only in YOLO.",
    )


def test_areas_make_it_segmentation_and_a_mixture_is_the_commoner() -> None:
    pictures = {"a.png": picture(), "b.png": picture(seed=1)}
    areas = coco({"a.png": [CAT], "b.png": [DOG]}, segmentation=[SQUARE])
    told = read(pictures | {"coco.json": areas})
    assert (told.task, told.classes) == ("segmentation", ("background", "cat", "dog"))
    assert [area.label for area in told.annotations["a.png"].areas] == ["cat"]
    assert read(pictures | {"coco.json": areas}, task="detection").annotations["a.png"].boxes == BOXES[:1]
    shapes = [*SHAPES, ("polygon", "cat", [[1, 1], [9, 1], [5, 9]])]
    told = read(pictures | {"a.json": labelme(shapes)})
    assert told.task == "detection" and len(told.annotations["a.png"].boxes) == 3
    assert told.notes == ("Areas were taken as the boxes around them: 1. Most objects have boxes.",)
    told = read(pictures | {"a.json": labelme([*shapes[1:], ("polygon", "dog", [[1, 1], [9, 1], [5, 5]])])})
    assert told.task == "segmentation" and len(told.annotations["a.png"].areas) == 3
    assert told.notes == ("Boxes were taken as the areas that they cover: 1. Most objects have areas.",)


def test_an_outline_that_repeats_the_box_is_a_box() -> None:
    outline = [[2, 3, 12, 3, 12, 13, 2, 13]]
    told = read({"a.png": picture(), "coco.json": coco({"a.png": [CAT]}, segmentation=outline)})
    assert told.task == "detection"


def test_masks_beside_boxes_of_fewer_pictures() -> None:
    files: dict[str, bytes | str] = {f"images/{name}.png": picture(seed=ord(name)) for name in "ab"}
    files |= {f"trimaps/{name}.png": mask([[0] * 40] * 29 + [[1] * 40]) for name in "ab"}
    told = read(files | {"xmls/a.xml": voc([CAT])})
    assert told.task == "segmentation" and told.format == "mask pictures"
    assert "The source was taken for segmentation, by mask pictures; Pascal VOC is not used." in told.notes


def test_splits_by_the_name_of_a_file_of_many_pictures() -> None:
    pictures = {f"images/{name}.png": picture(seed=ord(name)) for name in "abc"}
    files = {"instances_train2017.json": coco({"a.png": [CAT], "b.png": [CAT]})}
    files |= {"instances_val2017.json": coco({"c.png": [DOG]})}
    splits = read(pictures | files).splits
    assert splits == {"images/a.png": "train", "images/b.png": "train", "images/c.png": "validation"}
    # A picture's own name says nothing, and neither does a source without a part for training.
    named = {"test board.png": picture(), "test board.txt": yolo([CAT]), "data.yaml": "names: [cat, dog]"}
    assert read(named).splits == {}


def test_one_broken_file_costs_no_other() -> None:
    files: dict[str, bytes | str] = {f"{name}.png": picture(seed=ord(name)) for name in "abcd"}
    files |= {
        "a.xml": voc([CAT]),
        "b.xml": voc([DOG])[:-20],
        "c.xml": b"\xff\xfe\x00",
        "gone.xml": voc([CAT, DOG]),
    }
    told = read(files)
    assert set(told.annotations) == {"a.png"} and told.without == ("b.png", "c.png", "d.png")
    reasons = {one.name: one.reason for one in told.skipped}
    assert reasons["b.xml"].startswith("The XML cannot be read: ")
    assert reasons["gone.xml"] == "2 objects in it: Its picture is not there, or cannot be told from others."
    assert told.refusals.total() == 2


def test_two_annotations_of_one_picture() -> None:
    told = read({"a.png": picture(), "x/a.xml": voc([CAT]), "y/a.xml": voc([CAT, DOG])})
    assert len(told.annotations["a.png"].boxes) == 1 and told.refusals.total() == 2
    assert told.skipped[0].name == "y/a.xml"
    assert told.skipped[0].reason == "An earlier annotation is of the same picture."


def test_there_is_an_end_to_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlcore.data.annotations.formats.collection.MOST_OBJECTS", 5)
    files = {"a.png": picture(), "b.png": picture(seed=1), "a.xml": voc([CAT, DOG]), "b.xml": voc([CAT, DOG])}
    with source(files) as opened, pytest.raises(DataError, match="have over 5 pictures and objects"):
        reader.read(opened)
    assert MOST_OBJECTS == 1_000_000


def test_reading_can_be_ended() -> None:
    def stop() -> None:
        raise DataError("The import was stopped.")

    with (
        source({"a.png": picture(), "a.xml": voc([CAT])}) as opened,
        pytest.raises(DataError, match="stopped"),
    ):
        reader.read(opened, pause=stop)
