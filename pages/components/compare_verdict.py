"""One honest sentence on the best two of the chosen runs: is the difference more than chance?"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components.compare_facts import Facts
from pages.components.compare_settings import words_for
from pages.components.words import isolated
from tlcore.errors import GraftError
from tlcore.evaluate.report import Score
from tlcore.runs.designs.sentences import certainty, interval, points, tested
from tlcore.runs.experiment import Comparison, compare
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

DIFFERENT = (
    "They were scored on different test examples, so their accuracies say nothing about which is better."
)


def verdict(chosen: list[Facts], names: list[str]) -> str:
    """Markdown; "" when fewer than two of them were scored.

    Of several the best two are those with the best validation accuracy: picked by the test itself, the first
    would look better than it is.
    """
    scored = [(facts, name) for facts, name in zip(chosen, names, strict=True) if facts.outcome]
    if len(scored) < 2:
        return ""
    ranked = sorted(scored, key=lambda pair: -_validation(pair[0]))
    (first, name), (second, other) = ranked[:2]
    found = _compared(first, second)
    begin = f"By validation accuracy **{isolated(name)}** and **{isolated(other)}** are the best. "
    begin = begin if len(scored) > 2 else ""
    if isinstance(found, str):
        return begin + found
    return begin + _sentence(found, isolated(name), isolated(other), [first, second])


def _validation(facts: Facts) -> float:
    return facts.outcome.validation_accuracy if facts.outcome else 0.0


def _sentence(found: Comparison, first: str, second: str, both: list[Facts]) -> str:
    """The names are Markdown."""
    tests = tested(found, words_for(both))
    if not found.gain:
        return (
            f"On the same {tests} both got equally many right: they cannot tell which is better "
            f"({interval(found)})."
        )
    if found.gain < 0:
        found, first, second = found.turned(), second, first
    return (
        f"On the same {tests} **{first}** was right {points(found.gain)} more often than **{second}**; "
        f"{certainty(found)}."
    )


def _compared(first: Facts, second: Facts) -> Comparison | str:
    """The two on their test examples, or why they cannot be compared."""
    paths = [Workspace().root / "runs" / facts.run_id / "report.json" for facts in (first, second)]
    try:
        versions = [path.stat().st_mtime_ns for path in paths]
        return _read(str(paths[0].parent), str(paths[1].parent), *versions) or DIFFERENT
    except (GraftError, OSError) as error:
        return f"They cannot be compared: {isolated(error)}"


@st.cache_resource(max_entries=200, show_spinner=False)
def _read(first: str, second: str, modified: int, also_modified: int) -> Comparison | None:
    one, other = (Run(Path(folder)).report().test for folder in (first, second))
    return compare("first", one, "second", other) if _asked(one) == _asked(other) else None


def _asked(score: Score) -> set[tuple[str, str, str]]:
    """The examples that were asked, with what they are."""
    return {(answer.sha256, answer.name, answer.label) for answer in score.predictions}
