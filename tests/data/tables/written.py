"""What the tests of tables share."""

from __future__ import annotations

from pathlib import Path

from tlcore.data.tables.reading import Table, read_table

Cells = list[tuple[str, ...]]
BODY: Cells = [(f"this is message {number}", "ab"[number % 2]) for number in range(40)]
PLAIN = "text,label\n" + "".join(f"{text},{label}\n" for text, label in BODY)


def read(folder: Path, content: str | bytes, name: str = "table.csv") -> Table:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path)
