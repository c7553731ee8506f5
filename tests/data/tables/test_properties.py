"""Tables of any content: what the csv module wrote is read again, and no bytes end in an error not ours."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.tables import read
from tlcore.data.tables.columns import guess_columns
from tlcore.errors import DataError

words = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=30)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(words.filter(lambda text: "\ufeff" not in text and text.strip()), min_size=3, max_size=12),
    separator=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_csv_wrote_is_read_again(
    texts: list[str], separator: str, encoding: str, line_end: str, tmp_path: Path
) -> None:
    rows = [("text", "label"), *((text, "ab"[at % 2]) for at, text in enumerate(texts))]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator=line_end).writerows(rows)
    table = read(tmp_path, out.getvalue().encode(encoding))
    assert (table.columns, table.rows) == (rows[0], rows[1:]) and not table.skipped


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text("ab ,;|\t\"'=\\é").filter(str.strip), min_size=3, max_size=12),
    separator=st.sampled_from(",;\t|"),
)
def test_what_csv_wrote_with_few_quotes_is_read_again(
    texts: list[str], separator: str, tmp_path: Path
) -> None:
    rows = [("text", "label"), *((text, "xy"[at % 2]) for at, text in enumerate(texts))]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows(rows)
    table = read(tmp_path, out.getvalue())
    assert [row[0].strip() for row in table.rows] == [text.strip() for text in texts]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(st.binary(max_size=300), st.text('",;\n\r\t\\ab{}[]:\0', max_size=200).map(str.encode))
)
def test_any_bytes_are_a_table_or_an_error_of_ours(content: bytes, tmp_path: Path) -> None:
    try:
        table = read(tmp_path, content)
    except DataError:
        return
    assert {len(row) for row in table.rows} == {len(table.columns)} and guess_columns(table).text < len(
        table.columns
    )
