"""The language that all verdicts speak: a difference on the test examples, and whether it could be chance."""

from __future__ import annotations

from tlcore.data.task_words import TaskWords
from tlcore.runs.experiments.experiment import ArmResult, Comparison, ExperimentRecord

Interval = tuple[float, float]


def count_tests(found: Comparison, words: TaskWords) -> str:
    """For example "200 test pictures"."""
    return f"{found.n:,} test {words.one if found.n == 1 else words.many}"


def points(share: float) -> str:
    """A difference without its sign, in percentage points: "2.1 points"."""
    shown = f"{100 * abs(share):.1f}"
    return f"{shown} point" if shown == "1.0" else f"{shown} points"


def signed_points(share: float) -> str:
    """A difference with its sign: "+4.8", "−0.6"."""
    return f"{100 * share:+.1f}".replace("-", "−")


def interval(found: Comparison) -> str:
    """For example "95 % interval −0.6 to +4.8"."""
    low, high = found.interval
    return f"95 % interval {signed_points(low)} to {signed_points(high)}"


def certainty(found: Comparison) -> str:
    """The interval of a difference, and whether it is more than chance."""
    said = "could still be chance" if found.could_be_chance else "is hardly chance"
    return f"that {said} ({interval(found)})"


def overlap_sentence(first: Interval, second: Interval) -> str:
    """The difference of two scores by their intervals, where no right answers can be counted."""
    if first[0] <= second[1] and second[0] <= first[1]:
        return "Their 95 % intervals overlap, so the difference could still be chance."
    return "Their 95 % intervals do not overlap, so the difference is hardly chance."


def scores_sentence(subject: str, one: ArmResult, other: ArmResult, words: TaskWords) -> str:
    """Two scores that count no right answers, such as mAP, on the same test examples."""
    first, second = (found.interval or (0.0, 1.0) for found in (one, other))
    return (
        f"{subject.rstrip(',')}: {words.scored(one.accuracy or 0.0)} ({words.interval(first)}) against "
        f"{words.figure(other.accuracy or 0.0)} ({words.interval(second)}). {overlap_sentence(first, second)}"
    )


def gain_sentence(subject: str, found: Comparison, words: TaskWords, over: str = "") -> str:
    """The gain from doing the first instead of the second: "… gained 2.1 points on 200 test pictures; …".

    Args:
        over: what the second is, for example " over random ones".
    """
    tests = count_tests(found, words)
    if not found.gain:
        return f"{subject} changed nothing on {tests}: equally many were right ({interval(found)})."
    verb = f"gained {points(found.gain)}{over}" if found.gain > 0 else f"lost {points(found.gain)}"
    return f"{subject} {verb} on {tests}; {certainty(found)}."


def arms_sentence(subject: str, found: Comparison, record: ExperimentRecord, over: str = "") -> str:
    """As `gain_sentence`, of two arms; where no right answers can be counted, their scores."""
    if found.n:
        return gain_sentence(subject, found, record.words, over)
    return scores_sentence(subject, record.entry(found.first), record.entry(found.second), record.words)


def too_few(record: ExperimentRecord) -> str:
    """The verdict when nothing can be compared."""
    finished = record.finished()
    if not finished:
        return "No run has finished."
    label = finished[0][0].label
    if len(finished) == 1:
        return f"Only one run finished, {label}, so there is nothing to compare it with."
    return "The run that the others would be compared with has not finished."
