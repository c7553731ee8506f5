"""Problems of a data set: what could spoil a score, each with the examples behind it and a remedy.

Worked out from one version's manifest, from its texts and some of its class maps; no picture is opened:
`images/statistics.py` measured them all when they came in, and `near_duplicates.py` found what looks the
same. Pages show the problems, the command line says them after an import.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tlcore.config.split import SplitConfig
from tlcore.data.checks import (
    areas,
    class_balance,
    duplicates,
    missing_annotations,
    objects,
    quality,
    scripts,
    short_texts,
    shortcuts,
)
from tlcore.data.checks.problem import CheckInput, Problem
from tlcore.data.dataset import Dataset
from tlcore.data.examples.places import Places
from tlcore.data.manifest import Key, Manifest, SplitName, Task
from tlcore.data.splits import split_codes
from tlcore.data.task_words import WORDS
from tlcore.errors import DataError

__all__ = ["Problem", "describe_unchecked", "places_of", "problems"]

_ALWAYS = (duplicates.crossing, duplicates.exact, duplicates.near, class_balance.few, class_balance.uneven)
_OF_PICTURES = (
    duplicates.crossing,
    duplicates.exact,
    duplicates.near,
    quality.blank,
    quality.tiny,
    quality.dark,
    quality.blurred,
)
CHECKS: dict[Task, tuple[Callable[[CheckInput], Problem | None], ...]] = {
    "images": (
        duplicates.two_classes,
        *_ALWAYS,
        quality.blank,
        quality.tiny,
        quality.dark,
        quality.blurred,
        quality.odd_shape,
        shortcuts.shortcut,
    ),
    "texts": (
        duplicates.equal_in_two_classes,
        duplicates.nearly_in_two_classes,
        *_ALWAYS,
        short_texts.short,
        scripts.script,
    ),
    "detection": (
        *_OF_PICTURES,
        class_balance.few,
        objects.doubled,
        objects.two_names,
        objects.tiny,
        objects.cut,
        objects.unseen,
        objects.nested,
        missing_annotations.unannotated,
    ),
    "segmentation": (
        *_OF_PICTURES,
        class_balance.few,
        areas.one_class,
        areas.rare,
        missing_annotations.unannotated,
    ),
}


def problems(
    dataset: Dataset | None,
    manifest: Manifest,
    split: SplitConfig | None = None,
    places: Mapping[Key, SplitName] | None = None,
) -> tuple[Problem, ...]:
    """Problems of this version, the gravest first.

    Args:
        dataset: where its texts lie; None: nowhere, and no check looks into them.
        split: how it will be split; None: as by default.
        places: the split of each example, where it is known already.

    Raises:
        DataError: its texts cannot be read.
    """
    if places is None:
        places = places_of(manifest, split or SplitConfig())
    data = CheckInput(dataset, manifest, places)
    found = [problem for check in CHECKS[manifest.task] if (problem := check(data)) is not None]
    return tuple(sorted(found, key=lambda problem: not problem.grave))


def places_of(manifest: Manifest, split: SplitConfig) -> Places:
    """The split of each example; of none where it cannot be trained on yet, as the manifest says itself."""
    try:
        return Places(manifest.examples, split_codes(manifest, split))
    except DataError:
        return Places()


def describe_unchecked(manifest: Manifest) -> str:
    """Sentences about what could not be checked; "" where everything was."""
    unmeasured = sum(e.look is None for e in manifest.examples) if manifest.task == "images" else 0
    if not unmeasured:
        return ""
    return (
        f"{WORDS[manifest.task].counted(unmeasured).capitalize()} came in before Graft measured pictures, "
        "so they were not checked for near copies or for blank, dark, blurred or framed pictures. "
        "Import them again to check them."
    )
