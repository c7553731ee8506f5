"""The file of a version's examples in columns: those that are used, then those that are set aside."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from tlcore.data.examples import arrow_file
from tlcore.data.examples.example import Example
from tlcore.data.examples.example_columns import SPLIT_CODES
from tlcore.data.examples.example_table import LONG, ExampleTable, is_plain, to_arrow
from tlcore.data.examples.hashes import HASH_BYTES
from tlcore.records import JsonType, MalformedJson

if TYPE_CHECKING:
    import pyarrow as pa

ENDING = ".arrow"  # of the file, beside the version's own
FIRST = f"manifest{ENDING}"  # of the first version
_COLUMNS = {
    "sha256": f"fixed_size_binary[{HASH_BYTES}]",
    "name": "string",
    "label": "int32",
    "split": "int8",
    "bytes": "int64",
}
_LABELS = b"labels"  # in the file's metadata: a JSON list of the classes
_NAMES = JsonType(tuple[str, ...])


def table_of(used: Sequence[Example], aside: Sequence[Example]) -> pa.Table | None:
    """Both in one table, as its file has them; None: they are few, or no columns hold all of them."""
    is_table = isinstance(used, ExampleTable) or isinstance(aside, ExampleTable)
    if not is_table and (len(used) + len(aside) <= LONG or not all(map(is_plain, chain(used, aside)))):
        return None
    import msgspec
    import pyarrow as pa

    labels = tuple(sorted({*_labels(used), *_labels(aside)}))
    parts = [
        side.coded(labels) if isinstance(side, ExampleTable) else to_arrow(side, labels)
        for side in (used, aside)
    ]
    return pa.concat_tables(parts).replace_schema_metadata({_LABELS: msgspec.json.encode(labels)})


def _labels(side: Sequence[Example]) -> set[str]:
    return {*side.columns.labels} if isinstance(side, ExampleTable) else {example.label for example in side}


def write(path: Path, table: pa.Table) -> None:
    """Write what `table_of` made, whole or not at all.

    Raises:
        OSError: the disk is full, say.
    """
    arrow_file.write(path, table)


def read(path: Path, used: int) -> tuple[ExampleTable, ExampleTable]:
    """The examples that are used, the first `used` of the file, and those that are set aside.

    Raises:
        OSError: it is missing.
        ValueError: it is no such file.
    """
    table = arrow_file.read(path, _COLUMNS)
    try:
        labels = _NAMES.decode((table.schema.metadata or {}).get(_LABELS, b""))
    except MalformedJson as error:
        raise ValueError("its classes are missing") from error
    for name, codes in (("label", labels), ("split", SPLIT_CODES[:-1])):
        column = table[name].to_numpy()
        if len(column) and not 0 <= column.min() <= column.max() < len(codes):
            raise ValueError(f"a {name} in it is none")
    if not 0 <= used <= len(table):
        raise ValueError("it is too short")
    table = table.replace_schema_metadata(None)
    return ExampleTable(table[:used], labels), ExampleTable(table[used:], labels)
