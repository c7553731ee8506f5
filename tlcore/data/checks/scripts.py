"""The script of texts: most backbones, also the one to start from, know English alone."""

from __future__ import annotations

import functools
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

from tlcore.data import text_store
from tlcore.data.checks.problem import CheckInput, Problem
from tlcore.data.manifest import Example

SAMPLE = 300  # texts that are looked at, spread evenly over all
BEGINNING = 200  # characters of each
MAINLY = 0.5  # share of them from which on the data are in another script
MIXED = "non-Latin"  # letters of several scripts, or of a rare one
# As the names of letters begin; those of other scripts are MIXED.
PLAIN = """
    Latin Greek Cyrillic Armenian Georgian Hebrew Arabic Syriac Thaana Devanagari Bengali Gurmukhi Gujarati
    Oriya Tamil Telugu Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Khmer Ethiopic Cherokee Mongolian
    Javanese Balinese Sundanese Tifinagh Adlam Yi Vai
"""
SCRIPTS = {name.upper(): name for name in PLAIN.split()} | {
    "CJK": "Chinese",
    "BOPOMOFO": "Chinese",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "HANGUL": "Korean",
    "NKO": "N’Ko",
    "OL": "Ol Chiki",
    "MEETEI": "Meetei Mayek",
    "CANADIAN": "Canadian Aboriginal",
    "MODIFIER": "",  # signs between the letters of any script
}


def foreign_script(texts: Mapping[str, str], examples: Sequence[Example]) -> str:
    """The English name of the script that most of the texts are in, MIXED where they are in several; "" where
    that is the Latin one, or there are no letters.
    """
    sample = [examples[n * len(examples) // SAMPLE] for n in range(SAMPLE)] if examples else []
    read = {example.key: _script(texts.get(example.sha256, "")) for example in sample}
    counts = Counter(filter(None, read.values()))
    most = MAINLY * counts.total()
    if counts.total() - counts["Latin"] <= most:
        return ""
    name, count = counts.most_common(1)[0]
    return name if count > most else MIXED


def _script(text: str) -> str:
    """That of most letters at the beginning of a text; "" without any. Kana among characters is Japanese."""
    plain = unicodedata.normalize("NFKC", text[:BEGINNING])  # letters in bold or of full width are Latin ones
    counts = Counter(filter(None, (_of_letter(c) for c in plain if c.isalpha())))
    if counts["Japanese"] and counts["Chinese"]:
        counts["Japanese"] += counts.pop("Chinese")
    return counts.most_common(1)[0][0] if counts.total() else ""


@functools.lru_cache(maxsize=10_000)
def _of_letter(letter: str) -> str:
    first = unicodedata.name(letter, "UNKNOWN").replace("-", " ").split(" ", 1)[0]
    return SCRIPTS.get(first, MIXED)


def script(data: CheckInput) -> Problem | None:
    """Texts that are mainly in another script than the Latin one."""
    if data.dataset is None:
        return None
    other = foreign_script(text_store.read_texts(data.dataset.folder), data.manifest.examples)
    if not other:
        return None
    return Problem(
        "script",
        "Texts in another script",
        f"Most of these texts are in {other} letters. The backbone to start from reads English only: "
        "take one that reads them, where the Model page names one.",
    )
