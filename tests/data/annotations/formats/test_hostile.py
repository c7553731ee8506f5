"""Annotations of somebody who means harm, or of a broken program: a sentence each, and bounded memory."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.annotated import coco, cvat, labelme, mask, picture, source, voc, yolo
from tlcore.data.annotations.files import documents
from tlcore.data.annotations.files.class_lists import find_lists
from tlcore.data.annotations.files.documents import MalformedFile, read_yaml
from tlcore.data.annotations.files.layout import Layout
from tlcore.data.annotations.formats import coco as coco_format
from tlcore.data.annotations.formats import cvat as cvat_format
from tlcore.data.annotations.formats import labelme as labelme_format
from tlcore.data.annotations.formats import reader
from tlcore.data.annotations.formats import voc as voc_format
from tlcore.data.annotations.formats import yolo as yolo_format
from tlcore.data.annotations.formats.survey import AnnotationFormat
from tlcore.errors import DataError, PictureError

CAT = ("cat", (2.0, 3.0, 12.0, 13.0))
SHAPE = ("rectangle", "cat", [[2.0, 3.0], [12.0, 13.0]])
ALL: tuple[AnnotationFormat, ...] = (voc_format, coco_format, yolo_format, cvat_format, labelme_format)
LAUGHS = (
    '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><annotation><filename>&b;</filename></annotation>'
)
FILE = (
    '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><annotation><filename>&a;</filename></annotation>'
)
DEEP = "[" * 100_000


def reason(name: str, content: bytes | str) -> str:
    """Why a file is skipped that lies beside a good one of the same format."""
    kind = "shapes" if "shapes" in str(content[:20]) else name.rpartition(".")[2]
    good = {"xml": voc([CAT]), "json": coco({"a.png": [CAT]}), "txt": yolo([CAT]), "shapes": labelme([SHAPE])}
    files: dict[str, bytes | str] = {"a.png": picture(), "b.png": picture(seed=1), name: content}
    with source({**files, f"a.{name.rpartition('.')[2]}": good[kind]}) as opened:
        told = reader.read(opened)
    assert len(told.annotations["a.png"].boxes) == 1
    (skipped,) = told.skipped
    assert skipped.name == name
    return skipped.reason


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("b.xml", LAUGHS, "The XML has a document type or entities, which are refused."),
        ("b.xml", FILE, "The XML has a document type or entities, which are refused."),
        ("b.xml", "<!DOCTYPE annotation><annotation/>", "The XML has a document type or entities"),
        ("b.xml", "<annotation>" + "<a>" * 60_000, "there are more than 50,000 elements in one part"),
        ("b.xml", b"\0" * 100, "The XML cannot be read"),
        ("b.xml", '<?xml version="1.0" encoding="quantum"?><annotation/>', "unknown encoding"),
        ("b.xml", b" " * 10_000_001, "The file has 10.0 MB; the limit for this kind is 10 MB."),
        ("b.txt", b"0 .5 .5 .1 .1\n" * 800_000, "The file has 11.2 MB; the limit for this kind is 10 MB."),
        ("b.json", '{"images": ' + DEEP, "The JSON cannot be read: "),
        ("b.json", '{"images": [], "annotations": [1, 2]}', "The JSON cannot be read: "),
        (
            "b.json",
            '{"images": [], "annotations": [' + "{}," * 2_000_001 + "{}]}",
            "2,000,003 entries; the limit",
        ),
        ("b.json", '{"shapes": [' + "{}," * 100_001 + "{}]}", "100,003 entries; the limit is 100,000."),
    ],
    ids=lambda value: str(value)[:20],
)
def test_files_that_are_refused(
    name: str, content: bytes | str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MOST_ELEMENTS", 50_000)
    if name == "b.json" and "annotations" not in str(content)[:40] and "images" in str(content)[:40]:
        content = str(content).replace('{"images"', '{"annotations": [], "images"')
    assert said in reason(name, content)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1", "utf-16-le"])
def test_encodings(encoding: str) -> None:
    hen = ("hönä", CAT[1])
    square = ("polygon", "hönä", [[1, 1], [9, 1], [9, 9]])
    files = [
        {"a.xml": voc([hen])},
        {"a.json": coco({"a.png": [hen]}, ["hönä"]).encode().decode("unicode_escape")},
        {"a.json": labelme([square]).encode().decode("unicode_escape")},
        {"a.txt": yolo([hen], ["hönä"]), "classes.txt": "hönä\n"},
        {"a.txt": yolo([hen], ["hönä"]), "data.yaml": "names:\n- hönä\n"},
        {"x.xml": cvat({"a.png": '<box label="hönä" xtl="1" ytl="1" xbr="2" ybr="2"/>'}, ["hönä"])},
    ]
    for one in files:
        encoded = {name: content.encode(encoding) for name, content in one.items()}
        with source({"a.png": picture(), **encoded}) as opened:
            assert reader.read(opened).classes[-1] == "hönä", one


def test_numbers_that_json_does_not_have_cost_one_box() -> None:
    file = coco(
        {"a.png": [CAT, ("cat", (1.0, float("nan"), 5.0, 5.0)), ("cat", (1.0, 1.0, float("inf"), 5.0))]}
    )
    assert "NaN" in file and "Infinity" in file
    with source({"a.png": picture(), "a.json": file}) as opened:
        told = reader.read(opened)
    assert len(told.annotations["a.png"].boxes) == 1
    assert told.refusals == {"One of its numbers is missing, or is not finite.": 2}


def test_more_objects_than_a_picture_may_have() -> None:
    lines = "\n".join(f"0 0.5 0.5 {n / 20_000} 0.5" for n in range(1, 12_001))
    with source({"a.png": picture(), "a.txt": lines}) as opened:
        told = reader.read(opened)
    assert len(told.annotations["a.png"].boxes) == 10_000 and told.objects == 12_000
    assert told.refusals == {"The picture has more than 10,000 objects.": 2_000}


def test_an_outline_of_a_million_corners() -> None:
    corners = [[1, 2] * 1_000_000]
    with source({"a.png": picture(), "a.json": coco({"a.png": [CAT, CAT]}, segmentation=corners)}) as opened:
        told = reader.read(opened, task="segmentation")
    assert told.refusals == {"Its outline has more than 50,000 corners.": 2}


@pytest.mark.parametrize(
    "content",
    [
        "a: &a [x, x]\nb: &b [*a, *a]\nnames: [*b, *b]\n",
        "names: *nobody",
        "[" * 5_000,
        "names: [a\n b: }",
        "? [a]\n: b",
        "\ufffe",
        "names: 7",
        "- a",
        "",
        "names: {x: cat, 1: dog}",
        "names: {1" + "0" * 5_000 + ": dog}",
    ],
    ids=lambda value: value[:20],
)
def test_yaml_that_is_no_class_list(content: str) -> None:
    assert find_lists(Layout(source({"data.yaml": content}).entries)) == []


@pytest.mark.parametrize(
    "content", ["value,name\n0," + "x" * 150_000, "value,name\nx,cat\n", "name\ncat\n", '"']
)
def test_tables_that_are_no_class_list(content: str) -> None:
    assert find_lists(Layout(source({"classes.csv": content}).entries)) == []


def test_names_and_lines_of_millions_of_characters() -> None:
    long = "x" * 2_100_000
    shapes = f'<polygon label="cat" points="{long}"/><mask label="cat" rle="{long}"/>'
    objects = [CAT, ("cat", (1.0, 1.0, 5.0, 5.0)), (long, (1.0, 1.0, 5.0, 5.0))]
    files = [
        {"a.xml": voc(objects, long)},
        {"a.json": coco({"a.png": objects, long: []}, ("cat", long))},
        {"x.xml": cvat({"a.png": f'<box label="cat" xtl="1" ytl="1" xbr="5" ybr="5"/>{shapes}', long: ""})},
        {"a.txt": yolo([CAT]) + f"\n0 {'0.1 ' * 600_000}\n" + "\n" * 100_000},
    ]
    for one in files:
        with source({"a.png": picture(), **one}) as opened:
            told = reader.read(opened)
        assert told.annotations["a.png"].boxes and max(map(len, told.classes)) <= 100
        assert all(len(skipped.name) <= 200 for skipped in told.skipped)


def test_what_yaml_may_hold_is_text() -> None:
    assert read_yaml(b"names: [no, 1, 2001-01-01, 1:2]") == {"names": ["no", "1", "2001-01-01", "1:2"]}
    assert read_yaml(b"names: !!python/object/apply:os.abort []") == {"names": []}  # a tag is no order
    with pytest.raises(MalformedFile, match="aliases, which are not allowed here"):
        read_yaml(b"a: &a x\nb: *a")


def peak(act: Callable[[], object]) -> float:
    """The most memory that Python took meanwhile, in MB."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def test_memory_stays_bounded_whatever_a_file_claims() -> None:
    bombs = {
        "elements.xml": "<annotation>" + "<object/>" * 500 + "<x/>" * 60_000,
        "numbers.json": '{"images": [], "annotations": [' + "0," * 300_000 + "0]}",
        "shapes.json": '{"shapes": [' + "0," * 300_000 + "0]}",
        "points.json": '{"shapes": [{"points": [' + "[0,0]," * 700_000 + "[0,0]]}]}",
        "images.xml": "<annotations>" + '<image name="a.png"/>' * 10_000,
    }
    for name, content in bombs.items():
        with source({"a.png": picture(), "a.xml": voc([CAT]), name: content}) as opened:
            assert peak(lambda opened=opened: reader.read(opened)) < 5, name  # type: ignore[misc]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=200),
    st.sampled_from(["a.xml", "a.json", "a.txt", "data.yaml", "m_mask.png", "classes.csv"]),
)
def test_arbitrary_bytes_are_no_crash(content: bytes, name: str) -> None:
    files: dict[str, bytes | str] = {"a.png": picture((8, 6)), "m.png": picture((8, 6)), name: content}
    check_whole(files)


POLYGON = '<polygon label="cat" points="1,2;3,4;5,9"/>'
MASK = '<mask label="cat" rle="1,3" left="0" top="0" width="2" height="2"/>'
VALID = {
    "a.xml": voc([CAT, ("dog", (1, 1, 3, 3))]),
    "c.xml": cvat({"a.png": POLYGON + MASK}),
    "a.json": labelme([("polygon", "cat", [[1, 2], [3, 4], [9, 5]]), ("rectangle", "dog", [[1, 2], [3, 4]])]),
    "c.json": coco({"a.png": [CAT]}, segmentation={"size": [30, 40], "counts": [0, 600, 600]}),
    "a.txt": "0 .5 .5 .2 .2\n1 .1 .1 .9 .1 .9 .9",
    "data.yaml": "names:\n  0: cat\n  1: dog\n",
    "labelmap.txt": "sky:0,0,0::\ncat:1,2,3::\n",
    "classes.csv": "value,name\n0,sky\n1,cat\n",
    "masks/a.png": mask([[0, 1] * 20] * 30).decode("latin-1"),
}


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(VALID)), st.data())
def test_damaged_files_are_no_crash(name: str, data: st.DataObject) -> None:
    content = VALID[name].encode("latin-1")
    at = data.draw(st.integers(0, len(content)))
    wild = st.sampled_from(
        [b"", b"-", b"9" * 400, b"1e999", b"null", b"\xff\xfe", b"<", b"]", b'"', b"{}", b"nan", b"\0"]
    )
    content = (
        content[:at] + data.draw(wild | st.binary(max_size=3)) + content[at + data.draw(st.integers(0, 9)) :]
    )
    files: dict[str, bytes | str] = {"a.png": picture(), name: content}
    check_whole(files if "mask" in name else {**files, "data.yaml": VALID["data.yaml"], name: content})


def check_whole(files: dict[str, bytes | str]) -> None:
    """Whatever lies there is read, or refused in a sentence, and every object is accounted for."""
    try:
        with source(files) as opened:
            found = reader.find(opened)
            if found is None:
                return
            told = reader.read(opened)
    except DataError as error:
        assert str(error)
        return
    assert told.task == found.task and told.format in found.formats
    taken = sum(len(one.boxes) + len(one.areas) for one in told.annotations.values())
    assert told.objects == taken + told.refusals.total()
    assert all(one.reason.endswith(".") for one in told.skipped)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.NAME)
def test_a_file_that_cannot_be_read_says_so(kind: AnnotationFormat) -> None:
    def broken() -> bytes:
        raise PictureError("It is damaged inside the archive.")

    opened = source({"a.png": picture()})
    for name in ("a.xml", "a.json", "a.txt"):
        opened.add(name, 9, broken)
    for entry in kind.pick(Layout(opened.entries)):
        with pytest.raises(PictureError, match="damaged inside"):
            list(kind.read(entry, None))
    assert reader.find(opened) is None
    assert json.loads(coco({}))["images"] == []
