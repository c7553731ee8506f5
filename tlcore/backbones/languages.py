"""The languages of backbones for texts: which of them read a script other than the Latin one."""

from __future__ import annotations

from collections.abc import Iterable

from tlcore.backbones.catalogue.entry import Backbone
from tlcore.backbones.catalogue.families import RECOMMENDED

ONE = ("English", "Chinese")  # languages of backbones that read no other
# As the papers of XLM-RoBERTa and multilingual BERT list their languages.
HUNDRED = {
    *("Chinese", "Japanese", "Korean", "Thai", "Lao", "Myanmar", "Khmer", "Ethiopic", "Hebrew", "Arabic"),
    *("Greek", "Cyrillic", "Armenian", "Georgian", "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya"),
    *("Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala"),
    "non-Latin",  # several of them, as the check of scripts calls it
}
LEARNED = {
    "100 languages": HUNDRED,
    "about 100 languages": HUNDRED,
    "104 languages": HUNDRED - {"Lao", "Khmer", "Ethiopic", "Oriya", "Sinhala"},
}


def reads_script(backbone: Backbone, script: str) -> bool:
    """Tell whether a backbone may know a script, by its English name; False only where it surely does not."""
    return backbone.languages not in ONE or backbone.languages == script


def for_script(backbones: Iterable[Backbone], script: str) -> list[Backbone]:
    """Those that are known to have learned that script: the recommended first, then those with least work."""
    readers = [one for one in backbones if script in LEARNED.get(one.languages, {one.languages})]
    return sorted(readers, key=lambda one: (one.id not in RECOMMENDED, one.macs))
