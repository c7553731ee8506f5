from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from tests.fixtures.versions import with_states
from tlcore.config.split import SplitConfig
from tlcore.data import text_store
from tlcore.data.checks import Problem, describe_unchecked, problems
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, ImageStatistics, Manifest, Split
from tlcore.data.splits import assign
from tlcore.data.versions.edits import Exclude, apply
from tlcore.data.versions.example_states import states

PLAIN = ImageStatistics("JPEG", "0" * 16, 120, 50, 2000)


def example(
    number: int, label: str, split: Split | None = None, look: ImageStatistics = PLAIN, **about: int
) -> Example:
    size = {"width": 400, "height": 300, "bytes": 1000} | about
    return Example(f"{number:064x}", f"{label}/{number}.jpg", label, split=split, look=look, **size)


def ordinary(per_class: int = 20, split: Split | None = None, start: int = 0) -> list[Example]:
    """Pictures of two classes with nothing wrong."""
    return [example(start + n, ("cat", "dog")[n % 2], split) for n in range(2 * per_class)]


def a_manifest(examples: Iterable[Example], alike: Iterable[Iterable[int]] = (), **about: object) -> Manifest:
    groups = tuple(tuple(f"{number:064x}" for number in group) for group in alike)
    made = Manifest(name="pets", examples=tuple(examples), alike=groups)
    made = msgspec.structs.replace(made, **about)
    return with_states(made, states(made))


def found(manifest: Manifest, split: SplitConfig | None = None) -> dict[str, Problem]:
    return {problem.kind: problem for problem in problems(None, manifest, split)}


def remedied(manifest: Manifest, problem: Problem) -> Manifest:
    for edit in problem.remedy:
        manifest = apply(manifest, edit)
    return manifest


def numbers(problem: Problem) -> list[set[int]]:
    return [{int(sha256, 16) for sha256, _ in group} for group in problem.groups]


def test_nothing_wrong() -> None:
    assert found(a_manifest(ordinary())) == {}


def test_exact_copies_are_counted_once_after_the_remedy() -> None:
    twice = (example(2, "cat"), example(3, "dog"))
    again = [msgspec.structs.replace(e, name=f"again/{e.name}") for e in twice]
    manifest = a_manifest([*ordinary(), *again])
    told = found(manifest)
    assert set(told) == {"exact"} and numbers(told["exact"]) == [{2}, {3}]
    assert told["exact"].message.startswith("2 pictures are there more than once")
    better = remedied(manifest, told["exact"])
    assert len(better.examples) == 40 and found(better) == {}


def test_of_near_copies_the_largest_stays() -> None:
    small = example(90, "cat", width=200, height=150)
    manifest = a_manifest([*ordinary(), small], alike=[(0, 90)])
    told = found(manifest)
    assert set(told) == {"near"} and numbers(told["near"]) == [{0, 90}]
    better = remedied(manifest, told["near"])
    assert [e.key for e in better.aside] == [small.key] and found(better) == {}


@pytest.mark.parametrize("alike", [[], [(0, 90)]])
def test_copies_under_two_labels_are_grave(alike: list[tuple[int, int]]) -> None:
    wrong = example(90 if alike else 0, "dog")
    told = found(a_manifest([*ordinary(), wrong], alike))
    assert list(told) == ["two_classes"] and told["two_classes"].grave
    assert "“cat” and “dog”" in told["two_classes"].message
    better = remedied(a_manifest([*ordinary(), wrong], alike), told["two_classes"])
    assert len(better.aside) == 2 and found(better) == {}


def brought() -> list[Example]:
    parts: list[tuple[Split, int]] = [("train", 20), ("validation", 5), ("test", 5)]
    return [e for n, (split, count) in enumerate(parts) for e in ordinary(count, split, start=1000 * n)]


def test_look_alikes_across_a_split_that_was_brought_go_where_the_tests_stay_the_same() -> None:
    manifest = a_manifest(brought(), alike=[(0, 2000), (2, 4, 1000)])
    told = found(manifest)
    assert list(told) == ["crossing", "near"] and told["crossing"].grave
    assert "2 pictures for validation and test look the same as one to train on" in told["crossing"].message
    better = remedied(manifest, told["crossing"])
    assert "crossing" not in found(better)
    place = {int(e.sha256, 16): e.split for e in better.examples}
    assert place[0] == place[2000] == "test", "in doubt what is tested stays"
    assert {place[2], place[4], place[1000]} == {"train"}, "else where most of them are"
    before = {int(e.sha256, 16): e.split for e in manifest.examples}
    assert {n for n in place if place[n] != before[n]} == {0, 1000}


def test_a_remedy_never_leaves_a_class_without_training() -> None:
    """All that trains looks like what is tested: it all trains then, or there is no remedy."""
    manifest = a_manifest(brought(), alike=[(n, 2000 + n % 10) for n in range(10)])
    better = remedied(manifest, found(manifest)["crossing"])
    assert not better.problem and "crossing" not in found(better)


def test_look_alikes_do_not_cross_a_split_that_is_drawn_unless_a_person_wants_it() -> None:
    manifest = a_manifest(ordinary(), alike=[(0, 2, 4, 6, 8, 10, 12, 14)])
    assert "crossing" not in found(manifest)
    apart = SplitConfig(grouped=False)
    told = found(manifest, apart)["crossing"]
    places = dict(zip([e.key for e in manifest.examples], assign(manifest, apart), strict=True))
    assert len({places[key] for key in told.groups[0]}) > 1 and told.remedy == ()


def test_small_and_uneven_classes() -> None:
    few = [example(500 + n, "fox") for n in range(4)]
    told = found(a_manifest([*ordinary(40), *few]))
    assert set(told) == {"few", "uneven"} and "“fox”" in told["few"].message
    manifest = a_manifest([*ordinary(40), *few])
    assert remedied(manifest, told["few"]).classes == ("cat", "dog")
    evened = remedied(manifest, told["uneven"])
    assert evened.counts() == {"cat": 20, "dog": 20, "fox": 4}
    assert remedied(manifest, found(manifest)["uneven"]) == evened, "the same ones every time"


QUALITY = {
    "blank": {"look": ImageStatistics("JPEG", "0" * 16, 255, 0, 0)},
    "tiny": {"width": 20, "height": 20},
    "dark": {"look": ImageStatistics("JPEG", "0" * 16, 10, 12, 300)},
    "blurred": {"look": ImageStatistics("JPEG", "0" * 16, 120, 50, 10)},
    "odd_shape": {"width": 1000, "height": 200},
}


@pytest.mark.parametrize("kind", QUALITY)
def test_pictures_that_show_little(kind: str) -> None:
    manifest = a_manifest([*ordinary(), example(90, "cat", **QUALITY[kind])])
    told = found(manifest)
    assert set(told) == {kind} and numbers(told[kind]) == [{90}]
    assert told[kind].message.startswith("One picture")
    assert found(remedied(manifest, told[kind])) == {}


@pytest.mark.parametrize("kind", sorted(set(QUALITY) - {"blank"}))
def test_what_all_pictures_are_like_is_no_fault(kind: str) -> None:
    many = [example(n, ("cat", "dog")[n % 2], **QUALITY[kind]) for n in range(40)]
    assert found(a_manifest(many)) == {}


def test_short_texts(tmp_path: Path) -> None:
    plain = msgspec.structs.replace(a_manifest(ordinary()), task="texts")
    texts = {e.sha256: f"say {n} words" for n, e in enumerate(plain.examples)}
    text_store.write_texts(tmp_path, texts | {plain.examples[0].sha256: "yes"})
    (told,) = problems(Dataset(tmp_path), plain)
    assert told.kind == "short" and told.remedy == (Exclude((plain.examples[0].key,)),)


def test_nothing_to_look_at() -> None:
    assert found(a_manifest([])) == {}
    assert set(found(a_manifest([example(0, "cat")]))) == {"few"}


def test_near_copies_and_copies_of_them_go_together() -> None:
    again = msgspec.structs.replace(example(90, "cat", width=200), name="again/90.jpg")
    manifest = a_manifest([*ordinary(), example(90, "cat", width=200), again], alike=[(0, 90)])
    better = remedied(manifest, found(manifest)["near"])
    assert found(better) == {} and len(better.examples) == 40


def test_what_is_said_of_the_split_is_true() -> None:
    """A class that consists of one group of look-alikes is parted all the same."""
    alike = a_manifest(ordinary(), alike=[tuple(range(0, 40, 2))])
    told = found(alike)
    assert "crossing" in told and "one side" not in told["near"].message
    assert "one side" in found(a_manifest(ordinary(), alike=[(0, 2)]))["near"].message


def test_texts_that_are_nearly_the_same_may_well_be_of_two_classes() -> None:
    texts = msgspec.structs.replace(
        a_manifest([*ordinary(), example(90, "dog")], alike=[(0, 90)]), task="texts"
    )
    told = found(texts)
    assert set(told) == {"nearly_two_classes"} and not told["nearly_two_classes"].remedy
    equal = msgspec.structs.replace(a_manifest([*ordinary(), example(0, "dog")]), task="texts")
    assert list(found(equal)) == ["two_classes"] and found(equal)["two_classes"].grave


def test_what_could_not_be_looked_for_is_said() -> None:
    old = [msgspec.structs.replace(e, look=None) for e in ordinary()[:2]]
    assert describe_unchecked(a_manifest([*old, *ordinary()[2:]])).startswith("2 pictures came in before")
    assert describe_unchecked(a_manifest(ordinary())) == ""
    assert describe_unchecked(msgspec.structs.replace(a_manifest(old), task="texts")) == ""
