"""Index of perceptual hashes: for each picture the others whose hashes differ least, without all the pairs.

64 bits in four bands of 16: where two hashes differ in at most 12, they differ in at most 3 of the first band
or at most 2 of one of the others. So only rows whose bands are that near are looked at. Where this spares
nothing, as among the frames of a film, which all differ little, every hash is compared with every other.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

MOST_BITS = 12  # of 64 in which the hashes of copies may differ
NEAREST = 16  # pictures that one is compared with: a film of thousands of frames must not take hours
_RADII = (3, 2, 2, 2)  # bits, of each band: one more in each would make 13
_WIDTH = 16  # bits of a band
_FEW = 1 << 14  # hashes that are compared at once quicker than an index is made
_SPARED = 8  # the index is used where it looks at one in so many pairs
_CROWD = 2 * NEAREST  # pairs for each hash: with more, it is a crowd
_CANDIDATES = 1 << 20  # at once, for bounded memory
_ROWS = 256  # of the comparison of all, at once

RowPairs = tuple[np.ndarray, np.ndarray]  # two parallel columns of row numbers


def near_pairs(hashes: np.ndarray, pause: Callable[[], None] = lambda: None) -> np.ndarray:
    """Pairs (m, 2) of rows, the lower one first and in order: each row with its nearest ones.

    Of a row those at most `MOST_BITS` away count, and of more than `NEAREST` the nearest, of equally near
    ones the first. Seconds for 100,000 hashes (n,) of uint64, whatever they are.

    Args:
        pause: called every now and then; what it raises ends the search.
    """
    different, place, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    members = np.argsort(place, kind="stable")
    starts = np.cumsum(counts) - counts
    found = [np.zeros((0, 2), np.int64)]
    for one, other in _neighbours(different, pause):
        pause()
        rows = _nearest_rows(one, other, different, members, starts, counts)
        found.append(_pairs_of_rows(*rows, members, starts, counts))
    pairs = np.concatenate(found)
    pairs.sort(axis=1)
    return np.unique(pairs, axis=0)


def _neighbours(different: np.ndarray, pause: Callable[[], None]) -> Iterator[RowPairs]:
    """Each hash with all that are near it, itself among them; the first column in order."""
    pairs = _by_index(different, pause) if len(different) > _FEW else None
    if pairs is None:
        yield from _by_all(different, pause)
        return
    own = np.arange(len(different))
    one, other = (np.concatenate([own, pairs[a], pairs[1 - a]]) for a in (0, 1))
    order = np.argsort(one, kind="stable")
    yield one[order], other[order]


def _by_all(hashes: np.ndarray, pause: Callable[[], None]) -> Iterator[RowPairs]:
    """The same by comparing all with all, a few rows at a time; none farther than the nearest are."""
    for start in range(0, len(hashes), _ROWS):
        near = [_nearest(hashes, hashes[at]) for at in range(start, min(start + _ROWS, len(hashes)))]
        pause()
        one = np.repeat(np.arange(start, start + len(near)), [len(other) for other in near])
        yield one, np.concatenate(near)


def _nearest(hashes: np.ndarray, wanted: np.uint64) -> np.ndarray:
    """Those at most as far from one as enough of them are."""
    bits = np.bitwise_count(hashes ^ wanted)
    for reach in range(MOST_BITS):
        if np.count_nonzero(bits <= reach) > NEAREST:
            return np.flatnonzero(bits <= reach)
    return np.flatnonzero(bits <= MOST_BITS)


def _by_index(hashes: np.ndarray, pause: Callable[[], None]) -> RowPairs | None:
    """Pairs of different hashes that are near, each once; None where they are too many, or too crowded."""
    # The bits of a band lie apart: neighbouring ones belong to neighbouring cosines and often agree.
    bits = np.unpackbits(hashes.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1)
    bands = [np.packbits(bits[:, at::4], axis=1).view(">u2").astype(np.int64)[:, 0] for at in range(4)]
    filled = [np.bincount(band, minlength=1 << _WIDTH) for band in bands]
    work = sum(
        int(counts @ counts[np.arange(1 << _WIDTH) ^ mask])
        for counts, radius in zip(filled, _RADII, strict=True)
        for mask in _masks(radius)
    )
    if work > len(hashes) ** 2 // _SPARED:
        return None
    found: list[np.ndarray] = [np.zeros(0, np.int64)]
    for band, counts, radius in zip(bands, filled, _RADII, strict=True):
        order = np.argsort(band, kind="stable")
        for mask in _masks(radius):
            pause()
            found += _meet(hashes[order], band[order], counts, mask, order)
        if sum(map(len, found)) > _CROWD * len(hashes):
            return None
    # The same pair may meet in several bands.
    return np.divmod(np.unique(np.concatenate(found)), len(hashes))


def _masks(radius: int) -> list[int]:
    """All ways in which at most `radius` bits of a band differ."""
    places = range(_WIDTH)
    return [
        sum(1 << at for at in chosen)
        for size in range(radius + 1)
        for chosen in itertools.combinations(places, size)
    ]


def _meet(
    hashes: np.ndarray, band: np.ndarray, counts: np.ndarray, mask: int, order: np.ndarray
) -> list[np.ndarray]:
    """Pairs, as lower · n + higher, whose band differs in exactly this mask; rows in order of the band."""
    ends = np.cumsum(counts)
    if mask:  # each pair once: from the side that lacks the highest bit of the mask
        rows = np.flatnonzero(band & (1 << (mask.bit_length() - 1)) == 0)
        first, last = (ends - counts)[band[rows] ^ mask], ends[band[rows] ^ mask]
    else:
        rows = np.arange(len(band))
        first, last = rows + 1, ends[band]
    found = []
    wide = last - first
    for chosen in _batches(wide):
        one = np.repeat(rows[chosen], wide[chosen])
        other = _ranges(first[chosen], wide[chosen])
        near = np.bitwise_count(hashes[one] ^ hashes[other]) <= MOST_BITS
        one, other = order[one[near]], order[other[near]]
        found.append(np.minimum(one, other) * len(hashes) + np.maximum(one, other))
    return found


def _batches(sizes: np.ndarray) -> Iterator[slice]:
    """Slices of rows with about `_CANDIDATES` together."""
    whole = np.cumsum(sizes) // _CANDIDATES
    edges = [0, *np.flatnonzero(np.diff(whole)) + 1, len(sizes)]
    return (slice(a, b) for a, b in itertools.pairwise(edges) if a < b)


def _ranges(starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """start, start + 1 … of each, `size` of them, one after the other."""
    before = np.cumsum(sizes) - sizes
    return np.arange(int(sizes.sum())) + np.repeat(starts - before, sizes)


def _nearest_rows(
    one: np.ndarray,
    other: np.ndarray,
    different: np.ndarray,
    members: np.ndarray,
    starts: np.ndarray,
    counts: np.ndarray,
) -> RowPairs:
    """Of each hash the rows nearest to it, its own first, at most one more than `NEAREST`: hash and row."""
    told = np.minimum(counts, NEAREST + 1)
    bits = np.bitwise_count(different[one] ^ different[other]).astype(np.int64)
    first = one[0]
    table = np.bincount(
        (one - first) * (MOST_BITS + 1) + bits,
        weights=told[other],
        minlength=(one[-1] - first + 1) * (MOST_BITS + 1),
    )
    enough = np.cumsum(table.reshape(-1, MOST_BITS + 1), axis=1) > NEAREST
    reach = np.where(enough.any(axis=1), enough.argmax(axis=1), MOST_BITS)
    near = bits <= reach[one - first]
    one, other, bits = one[near], other[near], bits[near]
    sizes = told[other]
    rows = members[_ranges(starts[other], sizes)]
    hash_of, bits = np.repeat(one, sizes), np.repeat(bits, sizes)
    order = np.lexsort((rows, bits, hash_of))
    hash_of, rows = hash_of[order], rows[order]
    begins = np.searchsorted(hash_of, hash_of)
    kept = np.arange(len(rows)) - begins <= NEAREST
    return hash_of[kept], rows[kept]


def _pairs_of_rows(
    hash_of: np.ndarray, rows: np.ndarray, members: np.ndarray, starts: np.ndarray, counts: np.ndarray
) -> np.ndarray:
    """Pairs (m, 2) of every row that has a hash with the rows nearest to that, but for itself."""
    own = counts[hash_of]
    other = np.repeat(rows, own)
    one = members[_ranges(starts[hash_of], own)]
    rank = np.repeat(np.arange(len(rows)) - np.searchsorted(hash_of, hash_of), own)
    # A row that is not among the nearest itself leaves the last of them out.
    listed = _ranges(np.zeros(len(own), np.int64), own) <= NEAREST
    kept = (one != other) & (listed | (rank < NEAREST))
    return np.stack([one[kept], other[kept]], axis=1)
