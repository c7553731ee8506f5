"""What a version of a data set is known to be: the part of each example and the problems, worked out once.

A version never changes, so this is kept in memory for all sessions, by folder and version.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from tlcore.config.split import SplitConfig
from tlcore.data import checks
from tlcore.data.checks import Problem
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Key, Manifest, SplitName
from tlcore.data.splits import assign
from tlcore.errors import DataError


@dataclass(frozen=True)
class DatasetFacts:
    """Of one version.

    Attributes:
        places: the part of each used example as the default settings draw it; empty where it cannot be
            trained on yet.
        problems: gravest first.
        troubles: the kinds of problem that each example is part of.
    """

    places: Mapping[Key, SplitName]
    problems: tuple[Problem, ...]
    troubles: Mapping[Key, tuple[str, ...]]

    def keys_of(self, kind: str) -> set[Key]:
        """The examples behind a kind of problem."""
        return {key for key, kinds in self.troubles.items() if kind in kinds}

    def title(self, kind: str) -> str:
        """What a kind of problem is called."""
        return next((problem.title for problem in self.problems if problem.kind == kind), kind)


def dataset_facts(dataset: Dataset, manifest: Manifest) -> DatasetFacts:
    """What is known of this version.

    Raises:
        DataError: its files cannot be read.
    """
    return _known(str(dataset.folder), manifest.version, manifest.created, dataset, manifest)


@st.cache_resource(max_entries=3, show_spinner="Looking for problems …")
def _known(folder: str, version: int, created: str, _dataset: Dataset, _manifest: Manifest) -> DatasetFacts:
    try:
        drawn = assign(_manifest, SplitConfig())
    except DataError:  # it says itself why it cannot be trained on yet
        drawn = ()
    places = {e.key: place for e, place in zip(_manifest.examples, drawn, strict=False)}
    found = checks.problems(_dataset, _manifest)
    troubles: dict[Key, list[str]] = defaultdict(list)
    for problem in found:
        for key in {key for group in problem.groups for key in group}:
            troubles[key].append(problem.kind)
    return DatasetFacts(places, found, {key: tuple(kinds) for key, kinds in troubles.items()})
