"""Facts about a version of a data set: the split of each example, and the problems.

A version never changes, so its facts are worked out once and stay in memory for all sessions.
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
from tlcore.data.examples.places import Places
from tlcore.data.manifest import Key, Manifest


@dataclass(frozen=True)
class DatasetFacts:
    """Facts about one version.

    Attributes:
        places: the split of each used example by its key, with the default settings; empty if the data set is
            not ready for training.
        problems: the most serious first.
        troubles: the kinds of problem of each example.
    """

    places: Places
    problems: tuple[Problem, ...]
    troubles: Mapping[Key, tuple[str, ...]]

    def keys_of(self, kind: str) -> set[Key]:
        """The examples behind a kind of problem."""
        return {key for key, kinds in self.troubles.items() if kind in kinds}

    def title(self, kind: str) -> str:
        """The title of a kind of problem."""
        return next((problem.title for problem in self.problems if problem.kind == kind), kind)


def dataset_facts(dataset: Dataset, manifest: Manifest) -> DatasetFacts:
    """The facts about this version.

    Raises:
        DataError: its files cannot be read.
    """
    return _known(str(dataset.folder), manifest.version, manifest.created, dataset, manifest)


@st.cache_resource(max_entries=3, show_spinner="Looking for problems …")
def _known(folder: str, version: int, created: str, _dataset: Dataset, _manifest: Manifest) -> DatasetFacts:
    places = checks.places_of(_manifest, SplitConfig())
    found = checks.problems(_dataset, _manifest, places=places)
    troubles: dict[Key, list[str]] = defaultdict(list)
    for problem in found:
        for key in {key for group in problem.groups for key in group}:
            troubles[key].append(problem.kind)
    return DatasetFacts(places, found, {key: tuple(kinds) for key, kinds in troubles.items()})
