"""An experiment's result as lines for a terminal."""

from __future__ import annotations

from typing import Any

from tlcore.runs.experiments import DESIGNS
from tlcore.runs.experiments.experiment import RECORD, Arm, ArmResult
from tlcore.runs.experiments.race import rank

FORM = "{:36} {:>14} {:>13} {:>10} {:>12} {:>12} {:>6} {:>7}"
HEADER = ("95 % interval", "validation", "trained", "parameters", "MB", "seconds")
SPEEDS = " {:>10} {:>10}"


def as_table(result: dict[str, Any]) -> str:
    """One line for each run, with the verdict below; a race has its best first."""
    record = RECORD.convert(result)
    races = DESIGNS[record.asked.kind].races
    pairs = list(zip(record.asked.arms, record.entries, strict=True))
    if races:
        ended = rank(record.finished())
        pairs = ended + sorted((pair for pair in pairs if pair not in ended), key=_unfinished)
    lines = [
        FORM.format("", record.words.score, *HEADER)
        + (SPEEDS.format("ms/example", "model only") if races else "")
    ]
    lines += [_row(arm, entry, races) for arm, entry in pairs]
    lines.append(record.verdict)
    if result["state"] == "cancelled":
        lines.append("The experiment was stopped; the same command goes on with it.")
    return "\n".join(lines)


def _unfinished(pair: tuple[Arm, ArmResult]) -> bool:
    return pair[1].accuracy is None


def _row(arm: Arm, entry: ArmResult, races: bool) -> str:
    if entry.accuracy is None or entry.interval is None or entry.validation_accuracy is None:
        state = "not started" if entry.state == "new" else entry.state
        return f"{arm.label:36} {state}{': ' if entry.error else ''}{entry.error}"
    row = FORM.format(
        arm.label,
        f"{entry.accuracy:.3f}",
        "–".join(f"{bound:.3f}" for bound in entry.interval),
        f"{entry.validation_accuracy:.3f}",
        _number(entry.trained_parameters, ",d"),
        _number(entry.parameters, ",d"),
        _number(entry.megabytes, ".1f"),
        f"{entry.seconds:.0f}",
    )
    if races:
        row += SPEEDS.format(_number(entry.milliseconds, ".1f"), _number(entry.milliseconds_model, ".1f"))
    return row if entry.state == "done" else f"{row}  (stopped early)"


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
