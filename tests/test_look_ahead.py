"""Jobs run ahead of whoever asks for their results, in order, within a bound."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tlcore.look_ahead import finished, look_ahead


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(3) as pool:
        yield pool


def test_results_come_in_order_with_their_items(pool: ThreadPoolExecutor) -> None:
    def slow_first(number: int) -> int:
        time.sleep(0.05 if number == 0 else 0)
        return -number

    jobs = ((number, pool.submit(slow_first, number)) for number in range(9))
    assert list(look_ahead(jobs, 4)) == [(number, -number) for number in range(9)]
    assert list(look_ahead(iter(()), 4)) == []


@pytest.mark.parametrize(("weight", "submitted"), [(1, 4), (2, 2), (3, 2), (4, 1), (9, 1)])
def test_no_more_is_submitted_than_there_is_room_for(weight: int, submitted: int) -> None:
    begun: list[int] = []

    def jobs() -> Iterator[tuple[int, Future[None]]]:
        for number in range(20):
            begun.append(number)
            yield number, finished(None)

    for taken, _ in look_ahead(jobs(), 4, weight=lambda _: weight):
        assert len(begun) == min(20, taken + submitted)


def test_a_failure_reaches_whoever_asks_for_the_result(pool: ThreadPoolExecutor) -> None:
    results = look_ahead(((divisor, pool.submit(divmod, 6, divisor)) for divisor in (2, 0, 3)), 3)
    assert next(results) == (2, (3, 0))
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_what_nobody_waits_for_is_cancelled() -> None:
    futures: list[Future[None]] = [finished(None), Future(), Future()]
    results = look_ahead(((future, future) for future in futures), 3)
    next(results)
    results.close()
    assert [future.cancelled() for future in futures] == [False, True, True]


def test_a_stop_ends_the_wait_for_a_result_that_never_comes() -> None:
    stop = threading.Event()
    never: Future[None] = Future()
    threading.Timer(0.1, stop.set).start()
    assert list(look_ahead([(1, finished(None)), (2, never)], 5, should_stop=stop.is_set)) == [(1, None)]
    assert never.cancelled()
