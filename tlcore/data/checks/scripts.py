"""The script of texts: most backbones, also the one to start from, know English alone."""

from __future__ import annotations

import functools
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tlcore.data import text_store
from tlcore.data.checks.problem import CheckInput, Problem, keys
from tlcore.data.manifest import Example

SAMPLE = 300  # texts that are looked at, spread evenly over all
BEGINNING = 200  # characters of each
MAINLY = 0.5  # share of them from which on the data are in another script
# As the names of letters begin; other scripts are called as they are there.
SCRIPTS = {
    "CJK": "Chinese",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "HANGUL": "Korean",
    "NKO": "N’Ko",
}


@dataclass(frozen=True)
class ForeignScript:
    """The commonest script of texts that are mainly not in the Latin one, and those found not to be."""

    name: str
    found: tuple[Example, ...]


def foreign_script(texts: Mapping[str, str], examples: Sequence[Example]) -> ForeignScript | None:
    """The script that most of the texts are in; None where that is the Latin one, or there are no letters."""
    sample = [examples[n * len(examples) // SAMPLE] for n in range(SAMPLE)] if examples else []
    sample = list({example.key: example for example in sample}.values())
    scripts = {example.key: _script(texts.get(example.sha256, "")) for example in sample}
    foreign = tuple(example for example in sample if scripts[example.key] not in ("", "Latin"))
    if len(foreign) <= MAINLY * sum(map(bool, scripts.values())):
        return None
    ((name, _),) = Counter(scripts[example.key] for example in foreign).most_common(1)
    return ForeignScript(name, foreign)


def _script(text: str) -> str:
    """That of most letters at the beginning of a text; "" without any. Kana among characters is Japanese."""
    counts = Counter(_of_letter(c) for c in text[:BEGINNING] if c.isalpha())
    if counts["Japanese"] and counts["Chinese"]:
        counts["Japanese"] += counts.pop("Chinese")
    return counts.most_common(1)[0][0] if counts else ""


@functools.lru_cache(maxsize=10_000)
def _of_letter(letter: str) -> str:
    first = unicodedata.name(letter, "UNKNOWN").replace("-", " ").split(" ", 1)[0]
    return SCRIPTS.get(first, first.capitalize())


def script(data: CheckInput) -> Problem | None:
    """Texts that are mainly in another script than the Latin one."""
    if data.dataset is None:
        return None
    other = foreign_script(text_store.read_texts(data.dataset.folder), data.manifest.examples)
    if other is None:
        return None
    return Problem(
        "script",
        "Texts in another script",
        f"Most of these texts are in {other.name} letters. The backbone to start from reads English only: "
        "take one for many languages, as the Model page offers.",
        (keys(other.found),),
    )
