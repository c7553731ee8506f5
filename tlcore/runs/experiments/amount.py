"""The amount experiment: the score by examples per class, pretrained against random weights.

Where an example may show many classes, by examples in all.
"""

from __future__ import annotations

import msgspec

from tlcore.config import RunConfig
from tlcore.data.examples.rows import are_placed
from tlcore.data.examples.summary import columns_of
from tlcore.data.manifest import Manifest
from tlcore.data.splits import assign
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.errors import ConfigError, DataError
from tlcore.runs.experiments.design import Design, Options, without_counts
from tlcore.runs.experiments.experiment import (
    Arm,
    ArmResult,
    Comparison,
    Conclusion,
    ExperimentRecord,
    Versus,
)
from tlcore.runs.experiments.sentences import arms_sentence, too_few

FIRST = 5  # examples per class to begin with; doubled from there
MOST_SIZES = 4  # besides all
STEP = 1.5  # all are at least so many times the largest size: a smaller step would show nothing
LITTLE = 0.01  # a gain that is surely no larger than this is not worth collecting for
SERIES = {"pretrained": "pretrained", "random": "random weights"}


def arms(config: RunConfig, manifest: Manifest, options: Options) -> tuple[Arm, ...]:
    """Each size pretrained and frozen, then each from random weights: the cheap ones come first.

    Raises:
        DataError: there are too few examples to try with fewer.
        ConfigError: sizes that the data do not have.
    """
    config = without_counts(config)  # of very many texts none are counted, which would look like their fault
    words = WORDS[manifest.task]
    counts = training_counts(config, manifest)
    sizes = _checked(options.sizes, counts, words) if options.sizes else default_sizes(min(counts))
    if not sizes:
        raise DataError(
            f"{'The smallest class has' if words.each else 'There is'} one {words.one} to train on: too few "
            "to try with fewer.",
            remedy="Bring more of it." if words.each else "Bring more.",
        )
    return tuple(_arm(config, size, counts, series, words) for series in SERIES for size in (*sizes, None))


def training_counts(config: RunConfig, manifest: Manifest) -> list[int]:
    """Different training examples of each class; of all together, where they have none of their own."""
    own = columns_of(manifest.examples)
    counts = own.different(own.content, are_placed(assign(manifest, config.split), "train"))
    found = dict(zip(own.labels, counts.tolist(), strict=True))
    return [found.get(label, 0) for label in (manifest.classes if WORDS[manifest.task].each else [""])]


def default_sizes(smallest: int) -> tuple[int, ...]:
    """Sizes that the smallest class can give, rising; all of the data come on top."""
    sizes, size = [], FIRST
    while size * STEP <= smallest:
        sizes.append(size)
        size *= 2
    if not sizes:
        return (smallest // 2,) if smallest > 1 else ()
    if len(sizes) > MOST_SIZES:
        last = len(sizes) - 1
        sizes = [sizes[round(i * last / (MOST_SIZES - 1))] for i in range(MOST_SIZES)]
    return tuple(sizes)


def _checked(sizes: tuple[int, ...], counts: list[int], words: TaskWords) -> tuple[int, ...]:
    most = max(counts)
    wrong = [size for size in sizes if not 1 <= size < most]
    if wrong:
        raise ConfigError(
            f"The sizes are {words.many}{words.each} to train on, and "
            f"{'the largest class has' if words.each else 'there are'} {most}.",
            received=", ".join(map(str, wrong)),
            remedy=f"Choose sizes from 1 to {most - 1}; all of them are tried anyway.",
        )
    return tuple(sorted(set(sizes)))


def _arm(config: RunConfig, size: int | None, counts: list[int], series: str, words: TaskWords) -> Arm:
    pretrained = series == "pretrained"
    used = [count if size is None else min(count, size) for count in counts]
    mean = round(sum(used) / len(used), 1)
    label = f"{mean:g}{words.each or f' {words.many}'}"
    return Arm(
        f"{size or 'all'}-{series}",
        f"{'all ' if size is None else ''}{label}, {SERIES[series]}",
        msgspec.structs.replace(
            config,
            pretrained=pretrained,
            unfreeze=0 if pretrained else "all",
            split=msgspec.structs.replace(config.split, most_per_class=size or config.split.most_per_class),
        ),
        mean,
        series,
    )


def conclude(record: ExperimentRecord, versus: Versus) -> Conclusion:
    """The gain from pretraining with the most examples, and whether more of them would help."""
    curves: dict[str, list[tuple[Arm, ArmResult]]] = {series: [] for series in SERIES}
    for arm, entry in record.finished():
        curves[arm.series].append((arm, entry))
    found: list[Comparison] = []
    said = []
    pretrained, random = ({arm.x: arm for arm, _ in curves[series]} for series in SERIES)
    both = [x for x in pretrained if x in random]
    if both:
        x = both[-1]
        found.append(versus(pretrained[x].key, random[x].key))
        said.append(_worth(x, found[-1], record))
    if len(pretrained) > 1:
        (before, _), (last, reached) = curves["pretrained"][-2:]
        found.append(versus(last.key, before.key))
        said.append(_more(before, last, reached, found[-1], record))
    return Conclusion(" ".join(said) or too_few(record), tuple(found))


def _worth(x: float | str | None, found: Comparison, record: ExperimentRecord) -> str:
    subject = f"With {x:g} {record.words.many}{record.words.each}, pretrained weights"
    return arms_sentence(subject, found, record, " over random ones")


def _more(before: Arm, last: Arm, reached: ArmResult, found: Comparison, record: ExperimentRecord) -> str:
    """A sentence on whether still more would help, from the last step of the pretrained curve."""
    words = record.words
    step = arms_sentence(f"Going from {before.x:g} to {last.x:g} {words.many}{words.each}", found, record)
    low, high = found.interval if found.n else _apart(record.entry(before.key), reached)
    if low > 0:
        return f"{step} More would probably help further."
    if reached.accuracy == 1.0:
        return f"{step} Every test {words.one} is right already, so no further gain can be seen."
    if high <= LITTLE:
        return f"{step} More would hardly help."
    return f"{step} These test {words.many} cannot tell whether more would help."


def _apart(before: ArmResult, reached: ArmResult) -> tuple[float, float]:
    """The least and the most that the second of two scores is better, by their intervals."""
    (low, high), (new_low, new_high) = (one.interval or (0.0, 1.0) for one in (before, reached))
    return new_low - high, new_high - low


DESIGN = Design(
    name="amount",
    title="How many {many} do I need",
    question="Would more {many} help, and how many does pretraining save me?",
    axis="{many}{each} to train on",
    scale="log",
    arms=arms,
    conclude=conclude,
    sized=True,
)
