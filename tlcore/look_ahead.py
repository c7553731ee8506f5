"""Bounded look-ahead over a pool: jobs are submitted before their results are asked for, but not too many."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_PATIENCE = 0.5  # seconds between two looks at `should_stop` while a result takes long


def look_ahead(
    submitted: Iterable[tuple[T, Future[R]]],
    most: int,
    *,
    weight: Callable[[T], int] = lambda item: 1,
    should_stop: Callable[[], bool] = lambda: False,
) -> Generator[tuple[T, R], None, None]:
    """Items with their results, in order; futures that nobody waits for any more are cancelled.

    Args:
        submitted: taking the next pair submits its job, so it is taken only while there is room.
        most: there is room while the items whose results are not handed out weigh less than this.
        weight: of an item, its share of `most`.
        should_stop: the items end early when it says so, a result that takes long is not waited for.
    """
    pairs = iter(submitted)
    waiting: deque[tuple[T, Future[R]]] = deque()
    load = 0
    try:
        while not should_stop():
            if load < most and (pair := next(pairs, None)) is not None:
                waiting.append(pair)
                load += weight(pair[0])
            elif not waiting:
                return
            elif wait([waiting[0][1]], _PATIENCE).done:
                item, future = waiting.popleft()
                load -= weight(item)
                yield item, future.result()
    finally:
        for _, future in waiting:
            future.cancel()


def finished(result: R) -> Future[R]:
    """A future that has its result already."""
    future: Future[R] = Future()
    future.set_result(result)
    return future
