from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tlcore.data.importing.folder_labels import ClassAssignment, assign_from_folders

PLAIN = ["cat/1.jpg", "cat/close/2.jpg", "dog/1.jpg"]
PLACES = [ClassAssignment("cat"), ClassAssignment("cat"), ClassAssignment("dog")]


@pytest.mark.parametrize("wrapper", ["", "pets/", "home/me/pets/"])
def test_wrapping_folders_are_taken_off(wrapper: str) -> None:
    assert assign_from_folders([wrapper + name for name in PLAIN]) == PLACES


@pytest.mark.parametrize("beside", ["readme.txt", "pets/labels.csv", "annotations/1.xml"])
def test_files_beside_do_not_hide_the_classes(beside: str) -> None:
    *places, reason = assign_from_folders([*("pets/" + name for name in PLAIN), beside])
    assert places == PLACES and isinstance(reason, str)


@pytest.mark.parametrize("train", ["train", "Training", "TRAIN"])
@pytest.mark.parametrize(("held", "split"), [("test", "test"), ("Testing", "test"), ("val", "validation")])
@pytest.mark.parametrize("wrapper", ["", "pets/"])
def test_splits(train: str, held: str, split: str, wrapper: str) -> None:
    names = [f"{wrapper}{top}/{label}/1.jpg" for top in (train, held) for label in ("cat", "dog")]
    expected = [ClassAssignment(label, of) for of in ("train", split) for label in ("cat", "dog")]  # type: ignore[arg-type]
    assert assign_from_folders(names) == expected


def test_wrapper_inside_splits() -> None:
    names = ["train/img/cat/1.jpg", "train/img/dog/1.jpg", "val/img/cat/1.jpg"]
    assert assign_from_folders(names) == [
        ClassAssignment("cat", "train"),
        ClassAssignment("dog", "train"),
        ClassAssignment("cat", "validation"),
    ]


def test_only_a_test_folder() -> None:
    assert assign_from_folders(["test/cat/1.jpg", "test/dog/1.jpg"]) == [
        ClassAssignment("cat", "test"),
        ClassAssignment("dog", "test"),
    ]


def test_unlabelled_test_pictures_are_skipped_with_a_reason() -> None:
    assert (
        assign_from_folders(["train/cat/1.jpg", "train/dog/1.jpg", "test/9.jpg"])[2]
        == "It is in no class folder."
    )


def test_classes_may_be_called_test() -> None:
    assert assign_from_folders(["test/1.jpg", "control/1.jpg"]) == [
        ClassAssignment("test"),
        ClassAssignment("control"),
    ]
    assert assign_from_folders(["test/a/1.jpg", "control/1.jpg"]) == [
        ClassAssignment("test"),
        ClassAssignment("control"),
    ]


def test_one_class_is_not_a_wrapper() -> None:
    assert assign_from_folders(["cat/1.jpg", "cat/2.jpg"]) == [ClassAssignment("cat"), ClassAssignment("cat")]


def test_loose_pictures_are_skipped() -> None:
    assert all(isinstance(place, str) for place in assign_from_folders(["1.jpg", "2.jpg"]))


def test_equal_names_are_one_class_and_long_ones_are_cut() -> None:
    composed, decomposed, long, other = assign_from_folders(
        ["é/1.jpg", "e\u0301/2.jpg", "x" * 300 + "/3.jpg", "CON/4.jpg"]
    )
    assert composed == decomposed == ClassAssignment("é")
    assert (long, other) == (ClassAssignment("x" * 100), ClassAssignment("CON"))


PART = st.sampled_from(["train", "Test", "val", "cat", "dog", "pets", "a.jpg", "b.txt", "\u202e", " "])


@given(st.lists(st.lists(PART, min_size=1, max_size=5).map("/".join)))
@example(["cat", "cat/train/train/train"])  # a file where the wrapping folder should be
def test_every_name_is_answered_whatever_the_order(names: list[str]) -> None:
    answers = assign_from_folders(names)
    assert len(answers) == len(names)
    assert all(answer if isinstance(answer, str) else answer.label for answer in answers)
    assert assign_from_folders(names[::-1]) == answers[::-1]


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 4), min_size=2))
def test_plain_class_folders_are_always_understood(classes: dict[str, int]) -> None:
    names = [(label, f"x/{label}/{n}.png") for label, count in classes.items() for n in range(count)]
    assert assign_from_folders([name for _, name in names]) == [ClassAssignment(label) for label, _ in names]
