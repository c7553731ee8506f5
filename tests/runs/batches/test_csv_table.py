"""The table that people take away: one line for each row, and nothing in it that a spreadsheet executes."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from tlcore.data.tables.cells import FORMULA_STARTS
from tlcore.runs.batches.batch import BatchRow, FullAnswer, row_of
from tlcore.runs.batches.csv_table import TableModel, write

MODEL = TableModel("one", ("cat", "=dog"), 0.8)
CAT = FullAnswer("cat", 0.9, "=dog", 0.1, 31.26, probabilities={"cat": 0.9, "=dog": 0.1})
DOG = FullAnswer("=dog", 0.6, "cat", 0.4, 30.0, probabilities={"=dog": 0.6, "cat": 0.4})
STRANGE = FullAnswer("cat", 0.99, "=dog", 0.01, 30.0, True, {"cat": 0.99, "=dog": 0.01})


def table(
    rows: list[BatchRow[FullAnswer]], *models: TableModel, of_texts: bool = False
) -> list[dict[str, str]]:
    text = io.StringIO(newline="")
    write(rows, models, text, of_texts)
    return list(csv.DictReader(text.getvalue().splitlines()))


def test_one_model() -> None:
    rows = [
        BatchRow("=1+1.png", answers=(CAT,)),
        BatchRow("b.png", answers=(DOG,)),
        BatchRow("c.png", answers=(STRANGE,)),
        BatchRow("d.png", error="It is text."),
    ]
    found = table(rows, MODEL)
    assert [row["name"] for row in found] == ["'=1+1.png", "b.png", "c.png", "d.png"]
    assert [row["verdict"] for row in found] == ["answered", "not sure", "unknown", ""]
    assert [row["class"] for row in found] == ["cat", "'=dog", "cat", ""]
    assert found[0]["second class"] == "'=dog" and found[0]["milliseconds"] == "31.3"
    assert found[0]["chance of cat"] == "0.9" and found[1]["chance of =dog"] == "0.6"
    assert [row["reason"] for row in found] == ["", "", "", "It is text."]
    assert "text" not in found[0]


def test_two_models_beside_each_other() -> None:
    other = TableModel("two", ("cat", "=dog"))
    found = table(
        [BatchRow("row 1", "what?", answers=(CAT, DOG)), BatchRow("row 2", "oh", answers=(CAT, CAT))],
        MODEL,
        other,
        of_texts=True,
    )
    assert [row["same class"] for row in found] == ["no", "yes"]
    assert found[0]["class (one)"] == "cat" and found[0]["class (two)"] == "'=dog"
    assert found[0]["verdict (two)"] == "answered" and found[0]["text"] == "what?"


HEADS = ["text", "label", "path", "error", "name", "class", "confidence", "reason", "chance of name"]


@given(
    st.lists(st.sampled_from(HEADS) | st.text(), min_size=1, max_size=6, unique=True),
    st.lists(st.sampled_from(["run", "text", "="]), min_size=1, max_size=2),
    st.booleans(),
)
def test_no_two_columns_have_one_name(labels: list[str], models: list[str], of_texts: bool) -> None:
    """Whatever classes are called, and where two runs of one name lie in two folders."""
    text = io.StringIO(newline="")
    count = write([], [TableModel(name, tuple(labels)) for name in models], text, of_texts)
    text.seek(0)
    (heads,) = csv.reader(text)
    assert len(set(heads)) == len(heads) and count == 0


def test_what_predict_answers_is_a_row_of_the_same_table() -> None:
    answer = {
        "path": "a.csv",
        "text": "hello",
        "label": "text",
        "confidence": 0.75,
        "probabilities": {"text": 0.75, "label": 0.25},
        "unknown": True,
        "milliseconds": 3.0,
    }
    answers = [answer, answer | {"unknown": False}, {"path": "b.csv", "error": "It is no text."}]
    rows = [row_of(str(answer["path"]), [answer]) for answer in answers]
    found = table(rows, TableModel("run", ("label", "text"), 0.8), of_texts=True)
    assert [row["text"] for row in found] == ["hello", "hello", ""]
    assert [row["chance of text"] for row in found] == ["0.75", "0.75", ""]
    assert [row["verdict"] for row in found] == ["unknown", "not sure", ""]
    assert found[2]["reason"] == "It is no text."


@given(st.lists(st.tuples(st.text(), st.text(), st.text(min_size=1)), max_size=5), st.text())
def test_no_cell_is_a_formula(rows: list[tuple[str, str, str]], label: str) -> None:
    given_rows = [
        BatchRow(name, text, answers=(FullAnswer(label, 0.5, second, probabilities={label: 0.5}),))
        for name, text, second in rows
    ] + [BatchRow(name, error=reason) for name, _, reason in rows]
    text = io.StringIO(newline="")
    write(given_rows, [TableModel("m", (label,))], text, of_texts=True)
    text.seek(0)
    for cells in csv.reader(text):
        assert not any(cell.startswith(FORMULA_STARTS) for cell in cells)
