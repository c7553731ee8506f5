from __future__ import annotations

from tlcore.data.examples.example_columns import SPLIT_CODES, make_columns, stand_ins
from tlcore.data.manifest import Example

EXAMPLES = (
    Example("c", "1", "dog", bytes=3, split="test"),
    Example("a", "2", "cat", bytes=5),
    Example("c", "3", "", bytes=3, split="train"),
)


def test_columns() -> None:
    found = make_columns(EXAMPLES)
    assert [*found.contents] == ["c", "a"] and found.content.tolist() == [0, 1, 0]
    assert [found.labels[code] for code in found.label] == ["dog", "cat", ""]
    assert [SPLIT_CODES[code] for code in found.split] == ["test", "", "train"]
    assert found.bytes.tolist() == [3, 5, 3]
    assert found.numbers_of(["c", "b", "d", "c"]).tolist() == [0, -1, -1, 0]


def test_no_examples() -> None:
    found = make_columns(())
    assert len(found.content) == len(found.contents) == 0 and found.numbers_of(["a"]).tolist() == [-1]


def test_the_first_of_a_group_stands_for_it_even_where_no_example_has_it() -> None:
    numbers, strange = stand_ins(make_columns(EXAMPLES), [("c", "a"), ("0", "c", "z")])
    assert numbers.tolist() == [2, 1] and strange == ["0"]
