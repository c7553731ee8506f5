"""The one run to try next, or none: the first idea of the first sign that nobody has tried on these data."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from tlcore.coach.case import Case, Evidence, read
from tlcore.coach.changes import SettingChange, changes, essential, is_same
from tlcore.coach.rules import rules_for
from tlcore.config import RunConfig
from tlcore.data.task_words import WORDS


@dataclass(frozen=True)
class Suggestion:
    """A run to try.

    Attributes:
        rule: name of the sign that was seen.
        finding: the sign in words, with its numbers.
        advice: what to do about it, in one sentence.
        why: the reason; "" where it is plain.
        config: all settings of that run.
        changes: in what they differ from those of the run that was looked at.
    """

    rule: str
    finding: str
    advice: str
    why: str
    config: RunConfig
    changes: tuple[SettingChange, ...]


MOST_TRIED = 80  # runs on the same data; by then other settings are not what is missing


def suggest(evidence: Evidence) -> Suggestion | None:
    """The run to try next; None when this evidence suggests nothing that is left.

    Raises:
        GraftError: the backbone or the splits that the run used are gone.
    """
    case = read(evidence)
    if case is None or len(evidence.tried) >= MOST_TRIED:
        return None
    own = essential(evidence.config, evidence.manifest)
    for suggestion, new, followers in _followed(case):
        if not followers and not is_same(new, own):
            return suggestion
    return None


def positions_of_followers(evidence: Evidence) -> tuple[int, ...]:
    """Which of the configurations in `evidence.tried`, by position, are what this run speaks for.

    Raises:
        GraftError: as `suggest`.
    """
    case = read(evidence)
    if case is None:
        return ()
    return tuple(sorted({place for _, _, followers in _followed(case) for place in followers}))


def no_suggestion(evidence: Evidence) -> str:
    """The reason why there is no suggestion, in a sentence or two."""
    case, many = read(evidence), WORDS[evidence.manifest.task].many
    if case is None and evidence.complete and evidence.report:  # it came in a file
        return (
            f"Graft has not trained this model yet. “Train further” makes a new run from it, which also gets "
            f"a map of the {many}, a confidence that fits them, and a warning when one is unlike all others."
        )
    if case is None or not evidence.complete:
        return "This run was stopped before its end. Let it go on first; then there is more to say."
    if case.is_at_ceiling or case.is_all_right:
        return (
            f"Nothing left to suggest: {case.right:,} of {case.validation_n:,} validation {many} are right. "
            f"Try the model on new {many} of your own."
        )
    return (
        f"No further suggestion for this run. Another backbone or more {many} may still help: an experiment "
        "on the Compare page can tell."
    )


def _followed(case: Case) -> Iterator[tuple[Suggestion, RunConfig, list[int]]]:
    """Every suggestion, what is essential of it, and by position who of `Evidence.tried` tried the same."""
    tried, manifest = case.evidence.tried, case.evidence.manifest

    @functools.cache
    def known(place: int) -> RunConfig:
        return essential(tried[place], manifest)

    for suggestion in _all(case):
        new = essential(suggestion.config, manifest)
        # The backbone of another may be gone, and with it what is essential.
        alike = [place for place, config in enumerate(tried) if config.backbone == new.backbone]
        yield suggestion, new, [place for place in alike if is_same(known(place), new)]


def _all(case: Case) -> Iterator[Suggestion]:
    """Every idea against every sign, in order, tried or not."""
    evidence = case.evidence
    for rule in rules_for(case):
        sign = rule(case)
        if sign is None:
            continue
        for idea in sign.ideas:
            config = msgspec.structs.replace(idea.config, data=evidence.config.data)
            different = changes(evidence.config, config, evidence.manifest)
            yield Suggestion(rule.__name__, sign.finding, idea.advice, idea.why, config, different)
        if sign.alone:
            return
