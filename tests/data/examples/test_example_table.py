"""Lists in columns: they read, change and come back from disk like tuples."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.versions import any_edits, keys_of
from tlcore.config.split import SplitConfig
from tlcore.data import checks
from tlcore.data.dataset import Dataset
from tlcore.data.examples import example_table, table_differences, table_file
from tlcore.data.examples.example import Example, order_used
from tlcore.data.examples.example_table import ExampleBuilder, ExampleTable
from tlcore.data.examples.summary import columns_of
from tlcore.data.examples.table_differences import differences
from tlcore.data.manifest import Manifest
from tlcore.data.recent_versions import RECENT
from tlcore.data.splits import assign, group_numbers
from tlcore.data.versions import edits, versions
from tlcore.data.versions.edits import Edit, Exclude, Relabel, Rename
from tlcore.data.versions.example_states import changed_states, states, with_changes
from tlcore.errors import DataError

FEW = settings(max_examples=40)  # each makes a table of up to forty rows, and looks at all
SPLITS = (None, "train", "validation", "test")


@pytest.fixture(autouse=True)
def few_are_many() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example_table, "LONG", 5)
        patch.setattr(table_file, "LONG", 5)
        yield


def text(number: int, label: str, content: int | None = None, split: str | None = None) -> Example:
    sha256 = f"{(number if content is None else content) * 7919 % 1000:064x}"
    return Example(sha256, f"row {number}", label, bytes=number, split=split)  # type: ignore[arg-type]


def table(examples: tuple[Example, ...]) -> ExampleTable:
    builder = ExampleBuilder()
    for example in examples:
        builder.add(example)
    found = builder.finish()
    assert isinstance(found, ExampleTable)
    return found


def manifest(used: tuple[Example, ...], aside: tuple[Example, ...] = (), in_table: bool = False) -> Manifest:
    plain = Manifest(name="mails", task="texts", classes=("cat", "dog", "fox"), examples=used, aside=aside)
    plain = with_changes(plain, {})
    return msgspec.structs.replace(plain, examples=table(tuple(plain.examples))) if in_table else plain


MAILS = tuple(text(n, ["cat", "dog", "fox"][n % 3], split=SPLITS[n % 4]) for n in range(24))
ASIDE = (text(30, ""), text(31, "cat"), text(32, ""))
EXAMPLES = st.lists(
    st.builds(
        text,
        st.integers(0, 99),
        st.sampled_from(["", "cat", "Dog", "étude", "日本"]),
        st.none() | st.integers(0, 9),
        st.sampled_from(SPLITS),
    ),
    min_size=7,
    max_size=40,
    unique_by=lambda example: example.key,
).map(tuple)


@FEW
@given(EXAMPLES, st.integers(-50, 50), st.integers(-50, 50))
def test_it_reads_like_a_tuple(examples: tuple[Example, ...], one: int, other: int) -> None:
    found = table(examples)
    assert len(found) == len(examples) and tuple(found) == examples and found == examples
    assert tuple(found[one:other]) == examples[one:other] and tuple(found[::-2]) == examples[::-2]
    if -len(examples) <= one < len(examples):
        assert found[one] == examples[one]
    else:
        with pytest.raises(IndexError):
            found[one]
    for row, example in enumerate(examples):
        assert found.row_of(example.key) == row
    assert found.row_of(("f" * 64, "row 1")) is None and found.row_of((examples[0].sha256, "none")) is None


@FEW
@given(EXAMPLES)
def test_its_columns_say_the_same(examples: tuple[Example, ...]) -> None:
    own, plain = table(examples).columns, columns_of(examples)
    assert own.labels == plain.labels
    for row, example in enumerate(examples):
        assert own.contents[own.content[row]] == plain.contents[plain.content[row]] == example.sha256
    asked = ["f" * 64, *(example.sha256 for example in examples), ""]
    assert own.numbers_of(asked).tolist() == [-1, *own.content.tolist(), -1]
    for name in ("label", "split", "bytes"):
        assert getattr(own, name).tolist() == getattr(plain, name).tolist(), name


@FEW
@given(EXAMPLES, st.integers(0, 40))
def test_its_columns_know_no_class_that_none_has(examples: tuple[Example, ...], some: int) -> None:
    """A run on a part, or after a class was left out, would look for the number of one that is gone."""
    for part in (examples[:some], examples[some:]):
        rest = tuple(example for example in examples if example not in part)
        for own in (table(examples)[some:], table(examples).changed([e.key for e in rest], (), order_used)):
            assert isinstance(own, ExampleTable)
            assert own.columns.labels == columns_of(tuple(own)).labels
            assert own.columns.label.tolist() == columns_of(tuple(own)).label.tolist()


@given(st.integers(1, 40), st.integers(0, 3))
def test_many_copies_are_told_apart_by_their_names(count: int, others: int) -> None:
    copies = tuple(text(number, "cat", content=7) for number in range(count))
    rest = tuple(text(number, "dog") for number in range(100, 106 + others))
    found = table((*copies, *rest))
    for _ in range(2):
        assert [found.row_of(example.key) for example in copies] == [*range(count)]
        assert found.row_of((copies[0].sha256, "row 999")) is None
    asked = [copies[0].key, copies[-1].key, rest[0].key, (copies[0].sha256, "none")]
    assert found.rows_of(asked).tolist() == sorted({0, count - 1, count})


@FEW
@given(EXAMPLES, EXAMPLES, st.sets(st.integers(0, 40)), st.booleans())
def test_it_changes_like_a_sorted_list(
    before: tuple[Example, ...], new: tuple[Example, ...], gone: set[int], at_once: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example_table, "_FEW", 0 if at_once else 1000)
        patch.setattr(table_differences, "_TOGETHER", 5 if at_once else 65_536)
        before = tuple(sorted(before, key=order_used))
        keys = {before[row].key for row in gone if row < len(before)} | {example.key for example in new}
        was = table(before)
        now = was.changed(keys, new, order_used)
        assert tuple(now) == tuple(sorted([*(e for e in before if e.key not in keys), *new], key=order_used))
        for _ in range(2):
            old, added = differences(was, now)
            assert {*old} == {*before} - {*now} and {*added} == {*now} - {*before}
            now.settle()


@settings(max_examples=25, deadline=None)
@given(any_edits(manifest(MAILS, ASIDE), most=12), st.sampled_from([3, 50]), st.booleans())
def test_versions_are_those_of_a_tuple(list_of: list[Edit], every: int, forgets: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("tlcore.data.version_files.EVERY", every)
        plain, long = manifest(MAILS, ASIDE), Dataset(Path(folder) / "long")
        long.folder.mkdir()
        long.write(manifest(MAILS, ASIDE, in_table=True))
        for edit in list_of:
            try:
                made = edits.apply(plain, edit)
            except DataError as error:
                with pytest.raises(DataError, match=error.what[:20]):
                    versions.change(long, edit)
                continue
            found = versions.change(long, edit)
            old, new = changed_states(plain, made)
            if forgets:
                RECENT.clear()
            now = long.read()
            assert (now.examples, now.aside) == (tuple(made.examples), tuple(made.aside))
            assert columns_of(now.examples).labels == columns_of(tuple(made.examples)).labels
            assert now.classes == made.classes and now.problem == made.problem == found.problem
            assert changed_states(long.read(now.version - 1), now) == (old, new)
            plain = made
        assert isinstance(long.read().examples, ExampleTable)
        if long.latest > 1:
            versions.undo(long, long.latest)
            RECENT.clear()
            before = long.read(long.latest - 2)
            assert {*long.read().examples} == {*before.examples} and {*long.read().aside} == {*before.aside}


@FEW
@given(EXAMPLES, st.booleans(), st.booleans())
def test_splits_and_problems_are_those_of_a_tuple(
    examples: tuple[Example, ...], grouped: bool, brought: bool
) -> None:
    used = tuple(example for example in examples if example.label)
    groups = (
        {*(e.sha256 for e in used[at : at + 2]), f"{at:064x}"}
        - {"0" * 64}  # all but the first have one set aside
        for at in range(0, len(used) - 4, 5)
    )
    plain = msgspec.structs.replace(
        Manifest(name="m", task="texts", classes=tuple(sorted({e.label for e in used})), examples=used),
        alike=tuple(tuple(sorted(group)) for group in groups if len(group) > 1),
    )
    if len(used) <= 5:
        return
    long = msgspec.structs.replace(plain, examples=table(used))
    config = SplitConfig(grouped=grouped, brought=brought)
    try:
        places = assign(plain, config)
    except DataError:
        with pytest.raises(DataError):
            assign(long, config)
        return
    assert assign(long, config) == places
    assert group_numbers(long, config).tolist() == group_numbers(plain, config).tolist()
    assert checks.problems(None, long) == checks.problems(None, plain)


def test_on_disk_the_examples_lie_in_a_file_beside_the_version(tmp_path: Path) -> None:
    long = Dataset(tmp_path)
    long.write(manifest(MAILS, ASIDE))  # many enough, though it came as a tuple
    assert long.manifest(1).stat().st_size < 1000 and (tmp_path / "manifest.arrow").is_file()
    versions.change(long, Relabel(keys_of(manifest(MAILS), 0), "fox"))
    assert not (tmp_path / "versions" / "2.arrow").exists()
    versions.change(long, Rename("cat", "fox"))  # a third of them: all is said anew
    assert (tmp_path / "versions" / "3.arrow").is_file()
    RECENT.clear()
    assert {*long.contents()} == {example.sha256 for example in (*MAILS, *ASIDE)}
    assert long.read(2).counts() == {"cat": 7, "dog": 8, "fox": 9}
    assert long.read().counts() == {"dog": 8, "fox": 16}


@pytest.mark.parametrize("spoil", ["gone", "empty", "cut", "other", "label"])
def test_a_table_that_cannot_be_read_is_said(tmp_path: Path, spoil: str) -> None:
    import pyarrow as pa

    from tlcore.data.examples import arrow_file

    long = Dataset(tmp_path)
    long.write(manifest(MAILS, ASIDE))
    path = tmp_path / "manifest.arrow"
    whole = table_file.table_of(table(MAILS), ())
    assert whole is not None
    match spoil:
        case "gone":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(path.read_bytes()[:-200])
        case "other":
            arrow_file.write(path, pa.table({"sha256": ["a"]}))
        case "label":
            at = whole.schema.get_field_index("label")
            arrow_file.write(path, whole.set_column(at, "label", pa.array([99] * len(whole), pa.int32())))
    RECENT.clear()
    with pytest.raises(DataError, match="cannot be read"):
        long.read()
    with pytest.raises(DataError, match="cannot be read"):
        long.contents()


def test_states_are_found_by_key() -> None:
    long = manifest(MAILS, ASIDE, in_table=True)
    found = states(long)
    assert dict(found) == dict(states(manifest(MAILS, ASIDE))) and len(found) == 27
    assert dict(found.items()) == dict(found) and found.get(("0" * 64, "none")) is None


def test_an_edit_that_changes_nothing_is_refused_here_too(tmp_path: Path) -> None:
    long = Dataset(tmp_path)
    long.write(manifest(MAILS, ASIDE))
    with pytest.raises(DataError, match="changes nothing"):
        versions.change(long, Exclude((ASIDE[0].key,)))
    assert long.latest == 1
