from __future__ import annotations

import numpy as np
import pytest

from tlcore.data import hash_index
from tlcore.data.hash_index import MOST_BITS, NEAREST, near_pairs


def by_definition(hashes: np.ndarray) -> list[tuple[int, int]]:
    """The pairs from the words of `near_pairs`, one row after the other."""
    found = set()
    for row in range(len(hashes)):
        bits = np.bitwise_count(hashes ^ hashes[row]).astype(int)
        near = [other for other in np.lexsort((np.arange(len(hashes)), bits)).tolist() if other != row]
        found |= {(min(row, other), max(row, other)) for other in near[:NEAREST] if bits[other] <= MOST_BITS}
    return sorted(found)


def changed(random: np.random.Generator, hashes: np.ndarray, bits: int) -> np.ndarray:
    """The hashes with up to so many bits changed."""
    for _ in range(bits):
        hashes = hashes ^ (np.uint64(1) << random.integers(0, 64, len(hashes)).astype(np.uint64))
    return hashes


def drawn(kind: str, count: int) -> np.ndarray:
    random = np.random.default_rng(count)
    apart = random.integers(0, 1 << 63, count, dtype=np.uint64)
    match kind:
        case "apart":
            return apart
        case "copies":
            return changed(random, apart[random.integers(0, max(1, count // 3), count)], 9)
        case "a film":
            return changed(random, np.repeat(apart[:1], count), 5)
        case "a film among others":
            film = changed(random, np.repeat(apart[:1], count // 2), 3)
            return np.concatenate([film, apart[: count - count // 2]])
        case _:
            return np.repeat(apart[:1], count)


@pytest.mark.parametrize("kind", ["apart", "copies", "a film", "a film among others", "one picture"])
@pytest.mark.parametrize("few", [0, 10_000], ids=["index", "all with all"])
def test_it_finds_the_pairs_of_the_definition(kind: str, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hash_index, "_FEW", few)
    monkeypatch.setattr(hash_index, "_SPARED", 1)  # however little it spares
    monkeypatch.setattr(hash_index, "_CANDIDATES", 1000)
    for count in (2, 120):
        hashes = drawn(kind, count)
        assert list(map(tuple, near_pairs(hashes).tolist())) == by_definition(hashes)


def test_nothing_has_no_pairs() -> None:
    assert near_pairs(np.zeros(0, np.uint64)).shape == (0, 2)


def test_many_hashes_are_not_compared_with_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hash_index, "_by_all", None)
    hashes = drawn("copies", 20_000)
    pairs = near_pairs(hashes)
    bits = np.bitwise_count(hashes[pairs[:, 0]] ^ hashes[pairs[:, 1]])
    assert len(pairs) > 6000 and bits.max() <= MOST_BITS


def test_thousands_of_equal_pictures_have_few_pairs() -> None:
    pairs = near_pairs(np.zeros(17_000, np.uint64))
    assert len(pairs) <= 17_000 * NEAREST and len(np.unique(pairs)) == 17_000
