"""The score of a segmenter on one set of pictures. Like all of a report it holds no dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np

from tlcore.evaluate.segmentation.overlap import (
    areas,
    count_pixels,
    intersection_over_union,
    mean_iou_interval,
)
from tlcore.evaluate.statistics import bootstrap

MOST_AREAS = 100_000  # of all pictures together: some 3 MB
DIGITS = 6  # of a share: a pixel of a picture with a million


class SegmentationClass(msgspec.Struct, frozen=True, kw_only=True):
    """Scores of one class. `iou`: None where it is in no map.

    `true` and `answered`: its share of all pixels that count, in the true maps and in the answered ones.
    """

    label: str
    iou: float | None
    true: float
    answered: float


class AreaShare(msgspec.Struct, frozen=True, array_like=True):
    """The share of a picture's counted pixels that a class has, in the true map and in the answered one."""

    number: int  # of the class
    true: float
    answered: float


class PictureOverlap(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluated picture; `sha256` finds its bytes in the data set.

    `miou`: mean IoU over the classes in either of its maps, which `areas` lists; None: no pixel counts.
    """

    sha256: str
    name: str
    miou: float | None
    areas: tuple[AreaShare, ...]


class SegmentationScore(msgspec.Struct, frozen=True, kw_only=True):
    """A segmenter's answers on one set of `n` pictures, summed up over all pixels that count.

    `miou`: mean IoU over the classes in the true or the answered maps; `interval`: 95 %, bootstrap over
    pictures, None with fewer than two. `pixel_accuracy`: share of right pixels. Scores are None where no
    pixel counts. `confusion`: shares of all pixels; row = true class, column = answered class. `pictures`:
    those with the lowest mean IoU first, and of large sets only these.
    """

    split: str
    n: int
    miou: float | None
    interval: tuple[float, float] | None
    pixel_accuracy: float | None
    labels: tuple[str, ...]
    per_class: tuple[SegmentationClass, ...]
    confusion: tuple[tuple[float, ...], ...]
    pictures: tuple[PictureOverlap, ...]


def score(
    split: str,
    labels: tuple[str, ...],
    truth: Iterable[np.ndarray],
    answers: Iterable[np.ndarray],
    examples: Sequence[tuple[str, str]],
) -> SegmentationScore:
    """Sum up the answers for some pictures.

    Args:
        truth: class map (h, w) of each picture. Both may be generators: one map is held at a time.
        answers: class map of the same size.
        examples: sha256 and name of each picture.
    """
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    of_pictures = np.zeros((len(examples), 3, len(labels)), dtype=np.int64)
    for i, (_, true, answered) in enumerate(zip(examples, truth, answers, strict=True)):
        of_picture = count_pixels(true, answered, len(labels))
        counts += of_picture
        of_pictures[i] = areas(of_picture)
    shares = counts / max(1, counts.sum())
    iou = intersection_over_union(areas(counts))
    return SegmentationScore(
        split=split,
        n=len(examples),
        miou=bootstrap.number(bootstrap.mean_of_defined(iou)),
        interval=mean_iou_interval(of_pictures),
        pixel_accuracy=float(np.trace(shares)) if counts.any() else None,
        labels=labels,
        per_class=tuple(
            SegmentationClass(label=label, iou=bootstrap.number(iou[i]), true=true, answered=answered)
            for i, (label, true, answered) in enumerate(
                zip(labels, shares.sum(axis=1).tolist(), shares.sum(axis=0).tolist(), strict=True)
            )
        ),
        confusion=tuple(map(tuple, shares.round(DIGITS).tolist())),
        pictures=tuple(_worst(examples, of_pictures)),
    )


def _worst(examples: Sequence[tuple[str, str]], of_pictures: np.ndarray) -> Iterator[PictureOverlap]:
    """The pictures with the lowest mean IoU first, those without one last, until there are too many areas."""
    overlaps = bootstrap.mean_of_defined(intersection_over_union(of_pictures))
    left = MOST_AREAS
    for i in sorted(range(len(examples)), key=lambda i: (np.nan_to_num(overlaps[i], nan=2.0), examples[i])):
        shares = of_pictures[i] / max(1, of_pictures[i, 1].sum())
        numbers = np.flatnonzero(of_pictures[i].any(axis=0)).tolist()
        left -= len(numbers)
        if left < 0:
            return
        yield PictureOverlap(
            sha256=examples[i][0],
            name=examples[i][1],
            miou=bootstrap.number(overlaps[i]),
            areas=tuple(AreaShare(k, *shares[1:, k].round(DIGITS).tolist()) for k in numbers),
        )
