"""The languages of backbones for texts: which of them read a script other than the Latin one."""

from __future__ import annotations

from collections.abc import Iterable

from tlcore.backbones.catalogue.entry import Backbone
from tlcore.backbones.catalogue.families import RECOMMENDED

ONE = ("English", "Chinese")  # languages of backbones that read no other


def reads_script(backbone: Backbone, script: str) -> bool:
    """Tell whether a backbone may know a script, by its English name; False only where it surely does not."""
    return backbone.languages not in ONE or backbone.languages == script


def for_script(backbones: Iterable[Backbone], script: str) -> list[Backbone]:
    """Those that were trained on texts in that script: the recommended first, then those with least work."""
    readers = [one for one in backbones if one.languages and reads_script(one, script)]
    return sorted(readers, key=lambda one: (one.id not in RECOMMENDED, one.macs))
