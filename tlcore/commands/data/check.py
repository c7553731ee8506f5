"""`check`: a look at data as an import would see them; nothing is stored."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tlcore.commands.shared.datasets import add_columns, columns_of, existing_path, is_dataset, summary
from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.paths import path
from tlcore.data.dataset import Dataset
from tlcore.data.importing.importer import scan
from tlcore.data.tables.columns import choose_columns
from tlcore.data.tables.reading import looks_like_table, read_table
from tlcore.data.tables.rows import ColumnNames
from tlcore.errors import DataError

HEAD, CELL = 20, 300  # rows of a table that are shown, and characters of each cell
render = key_value_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """DATA and the columns of a table."""
    parser.add_argument("data", type=path)
    add_columns(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Look at DATA as an import would, storing nothing."""
    data, columns = Path(args.data), columns_of(args)
    if is_dataset(data):
        return summary(Dataset(data).read(), Dataset(data))
    table = look(existing_path(data), columns)
    try:
        return table | summary(scan(data, columns=columns))
    except DataError:
        if table and args.json:  # so that whoever reads it can name other columns
            print(json.dumps(table))
        raise


def look(file: Path, columns: ColumnNames) -> dict[str, Any]:
    """The table as it is understood, for a person to correct: its columns, their meaning, the first rows."""
    if not (file.is_file() and looks_like_table(file)):
        return {}
    table = read_table(file)
    found = choose_columns(table, columns)
    name = {at: column for at, column in enumerate(table.columns)}
    return {
        "table": {
            "columns": list(table.columns),
            "text": name[found.text],
            "label": name.get(found.label),  # type: ignore[arg-type]
            "split": name.get(found.split),  # type: ignore[arg-type]
            "head": [[cell[:CELL] for cell in row] for row in table.rows[:HEAD]],
            "rows": len(table.rows),
            "notes": list(table.notes),
        }
    }
