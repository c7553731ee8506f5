from __future__ import annotations

import json
from pathlib import Path

import pytest

from tlcore.runs.metrics import MetricsLog, epochs, read_from, rows_from, steps

STEP = {"epoch": 1, "step": 3, "steps": 4, "loss": 0.5, "accuracy": 0.75}
EPOCH = {"epoch": 1, "loss": 0.4, "accuracy": 0.8, "val_loss": 0.5, "val_accuracy": 0.7}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.jsonl"


def test_nothing_yet(path: Path) -> None:
    assert read_from(path) == ([], 0)


def test_a_reader_takes_up_where_it_was(path: Path) -> None:
    log = MetricsLog(path)
    log.append(STEP)
    rows, position = read_from(path)
    assert rows == [STEP]
    assert read_from(path, position) == ([], position)
    log.append(EPOCH)
    assert read_from(path, position)[0] == [EPOCH]
    assert read_from(path)[0] == [STEP, EPOCH]
    log.close()


def test_each_row_comes_with_the_position_behind_it(path: Path) -> None:
    path.write_text('{"epoch": 1}\n\n{"epoch": 2}\n')
    positions = [position for position, _ in rows_from(path)]
    assert positions == [13, 27]
    assert list(rows_from(path, positions[0])) == [(27, {"epoch": 2})]


@pytest.mark.parametrize("cut", range(1, len(json.dumps(EPOCH)) + 1))
def test_half_a_line_is_not_read_and_does_not_spoil_the_next(path: Path, cut: int) -> None:
    whole, torn = json.dumps(STEP) + "\n", (json.dumps(EPOCH) + "\n")[:cut]
    path.write_text(whole + torn)
    assert read_from(path) == ([STEP], len(whole))
    log = MetricsLog(path)
    log.append(EPOCH)
    log.close()
    assert read_from(path)[0] == [STEP, EPOCH]
    assert path.read_text() == whole + json.dumps(EPOCH) + "\n"


def test_lines_that_a_crash_spoiled_are_passed_over(path: Path) -> None:
    path.write_bytes(b'\x00\x00\x00\n{"epoch": 1}\n[1]\n"x"\n{"no": 1}\n\xff\n{"epoch": 2}\n')
    assert read_from(path)[0] == [{"epoch": 1}, {"epoch": 2}]


@pytest.mark.parametrize(
    "spoiled",
    [
        {"step": []},
        {"epoch": None},
        {"epoch": "1"},
        {"loss": "<b>"},
        {"loss": {}},
        {"phase": 5},
        {"step": 0.5},
    ],
)
def test_rows_of_other_kinds_are_passed_over(path: Path, spoiled: dict[str, object]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in (EPOCH, STEP | spoiled, STEP)))
    rows, _ = read_from(path)
    assert rows == [EPOCH, STEP] and epochs(rows) == [EPOCH] and steps(rows) == [STEP]


def test_what_is_not_finite_is_still_json(path: Path) -> None:
    log = MetricsLog(path)
    log.append({"epoch": 1, "loss": float("nan"), "val_loss": float("inf"), "accuracy": 1.0})
    log.close()
    assert path.read_text() == '{"epoch": 1, "loss": null, "val_loss": null, "accuracy": 1.0}\n'


def test_what_was_trained_again_counts_once() -> None:
    again = EPOCH | {"loss": 0.3}
    rows = [STEP, EPOCH, STEP | {"loss": 0.1}, again, EPOCH | {"epoch": 2}]
    assert epochs(rows) == [again, EPOCH | {"epoch": 2}]
    assert steps(rows) == [STEP | {"loss": 0.1}]
