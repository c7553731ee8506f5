from __future__ import annotations

import msgspec

from tlcore.data.manifest import Box, Example, Manifest
from tlcore.data.version_files import VERSION_FILE, content_of, replay

# As they were written before there were boxes and masks.
TEXT = b'{"sha256":"aa","name":"row 1","label":"ham","width":0,"height":0,"bytes":4,"split":null,"look":null}'
PICTURE = (
    b'{"sha256":"bb","name":"a.png","label":"cat","width":40,"height":30,"bytes":99,"split":"train",'
    b'"look":["PNG","0123456789abcdef",10,20,30,"",null,null]}'
)


def test_examples_without_boxes_and_mask_are_read_and_written_as_before() -> None:
    file = b'{"name":"old","examples":[' + TEXT + b"," + PICTURE + b"]}"
    examples = VERSION_FILE.decode(file).examples
    assert [(e.boxes, e.mask, e.width) for e in examples] == [(None, "", 0), (None, "", 40)]
    assert [msgspec.json.encode(e) for e in examples] == [TEXT, PICTURE]
    assert msgspec.json.encode(Example("aa", "row 1", "ham", bytes=4)) == TEXT


def test_boxes_and_masks_come_back_whole() -> None:
    boxes = (Box("cat", 0.0, 1.5, 20.25, 30.0), Box("dog", 2.0, 2.0, 3.0, 4.0))
    examples = (
        Example("aa", "a.png", "", 40, 30, boxes=boxes),
        Example("bb", "b.png", "", 40, 30, boxes=(), mask="cc"),
        Example("dd", "d.png", "", 40, 30),
    )
    manifest = Manifest(name="pets", examples=examples)
    back = replay([VERSION_FILE.decode(content_of(manifest, None).json)])
    assert back == manifest and hash(back.examples) == hash(examples)
    assert [e.boxes is None for e in back.examples] == [False, False, True]  # none found is not "not looked"


def test_boxes_are_counted_by_class_in_their_order() -> None:
    boxes = (Box("dog", 0, 0, 1, 1), Box("dog", 1, 1, 2, 2), Box("cat", 2, 2, 3, 3))
    examples = (Example("aa", "a.png", "", boxes=boxes), Example("bb", "b.png", "", boxes=()))
    counts = Manifest(name="pets", classes=("fox", "dog", "cat"), examples=examples).box_counts()
    assert list(counts.items()) == [("fox", 0), ("dog", 2), ("cat", 1)]
    assert Manifest(name="pets", classes=("cat",), examples=examples[1:]).box_counts() == {}
