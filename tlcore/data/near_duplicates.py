"""Near duplicates: one picture resized, encoded anew or cropped a little, and texts that differ in trifles.

Found once, when examples come in, and kept in the manifest: splits never part them and `checks` shows them.
Pictures: the hashes name pairs that may be copies (`hash_index.py`), and each pair is compared on the
thumbnails, laid upon each other first, since a crop of one percent moves every edge. Bounds were set on
flowers5, caltech10_easy, signdigits10, bloodcells3, imagenet_open and pets_seg (`benchmarks/duplicates.py`
measures two of them).
"""

from __future__ import annotations

import hashlib
import itertools
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from tlcore import system
from tlcore.data.dataset import Dataset
from tlcore.data.hash_index import near_pairs
from tlcore.data.manifest import Example

Groups = tuple[tuple[str, ...], ...]
BLANK = 4  # contrast up to which there is nothing in a picture to compare
_SIDE, _COLOURS = 32, 8  # pixels of the squares that are compared in grey and in colour
_APART = 0.5  # difference, as a share of the contrast squared, before ... and after laying upon each other
_COPY, _KIN = 0.04, 0.08  # of a copy; of any two in a group, however many steps lie between them
_TINT = 10  # levels by which colours differ in the mean
_SHIFT = 2  # squares' pixels: further is no crop
_SQUARE = np.dtype([("grey", np.uint8, (_SIDE, _SIDE)), ("colours", np.uint8, (_COLOURS, _COLOURS, 3))])
_CHUNK = 128  # rows or pairs at once, for bounded memory


def group_pictures(
    dataset: Dataset, examples: Iterable[Example], pause: Callable[[], None] = lambda: None
) -> Groups:
    """Groups of two or more SHA-256 whose pictures look the same, in order.

    A picture with nothing in it is in no group: all of those look alike. Compared is what has a look and a
    thumbnail in `dataset`. Ten seconds for 100,000 pictures, a minute for the frames of a film; about 2 KB of
    memory for each that has copies.

    Args:
        pause: called every now and then; what it raises ends the search.
    """
    hashes = {e.sha256: e.look.hash for e in examples if e.look is not None and e.look.contrast > BLANK}
    names = sorted(hashes)
    pairs = near_pairs(np.array([int(hashes[name], 16) for name in names], np.uint64), pause)
    squares = _Squares(dataset, names, np.unique(pairs), pause)
    edges = pairs[squares.differences(pairs) <= _COPY]
    return _group(edges, names, lambda found: squares.differences(found) <= _KIN)


def group_texts(texts: Mapping[str, str]) -> Groups:
    """Groups of two or more SHA-256 whose texts are the same but for case, digits, punctuation and space."""
    marks = np.fromiter((_mark(_plain_text(text)) for _, text in texts.items()), np.uint64, len(texts))
    values, counts = np.unique(marks, return_counts=True)
    is_again = np.isin(marks, values[(counts > 1) & (values > 0)])
    same: dict[str, list[str]] = defaultdict(list)
    for sha256, text in itertools.compress(texts.items(), is_again):
        same[_plain_text(text)].append(sha256)
    return tuple(sorted(tuple(sorted(group)) for group in same.values() if len(group) > 1))


def _mark(plain: str) -> int:
    """A number, most likely another one for other texts; 0 for "". Those of a million take 8 MB."""
    content = plain.encode(errors="replace")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little") if plain else 0


def _plain_text(text: str) -> str:
    """The part of a text that is compared; "" where it has no letters, since then its digits matter."""
    if text.isascii():  # five times as fast
        bare = text.lower().translate(_ASCII)
    else:
        bare = "".join(map(_bare, unicodedata.normalize("NFKC", text).casefold()))
    if not any(map(str.isalpha, bare)):
        return ""
    return " ".join("0" if word[0] == "0" and not word.strip("0") else word for word in bare.split())


def _bare(c: str) -> str:
    """A character as it is compared: digits are all the same, and what is between words is space."""
    kind = unicodedata.category(c)
    return "0" if kind == "Nd" else " " if kind[0] in "PZC" else c


_ASCII = {code: _bare(chr(code)) for code in range(128)}


class _Squares:
    """Small squares of the pictures that are compared: 32 × 32 grey and 8 × 8 coloured.

    They lie in a file without a name: of 100,000 pictures they would take 120 MB of memory.
    """

    def __init__(
        self, dataset: Dataset, names: list[str], wanted: np.ndarray, pause: Callable[[], None]
    ) -> None:
        self.at = np.full(len(names), -1)
        self._pause = pause
        count = 0
        with tempfile.TemporaryFile() as file, ThreadPoolExecutor(system.cpu_count()) as pool:
            for start in range(0, len(wanted), _CHUNK):
                pause()
                part = wanted[start : start + _CHUNK]
                files = (dataset.thumbnail(names[number]) for number in part)
                for number, content in zip(part, pool.map(_square, files), strict=True):
                    if content:
                        file.write(content)
                        self.at[number] = count
                        count += 1
            file.flush()
            squares = np.memmap(file, _SQUARE, "r", shape=(count,)) if count else np.zeros(0, _SQUARE)
        self.grey, self.colours = squares["grey"], squares["colours"]

    def differences(self, pairs: np.ndarray) -> np.ndarray:
        """Differences of the pictures in (m, 2) pairs: 0 for copies, about 2 for any two."""
        found = [self._differences(pairs[at : at + _CHUNK]) for at in range(0, len(pairs), _CHUNK)]
        return np.concatenate([np.zeros(0, np.float32), *found])

    def _differences(self, pairs: np.ndarray) -> np.ndarray:
        self._pause()
        one, other = self.at[pairs].T
        found = np.full(len(pairs), np.inf, np.float32)
        there = np.flatnonzero((one >= 0) & (other >= 0))
        there = there[_tint(self.colours[one[there]], self.colours[other[there]]) <= _TINT]
        a, b = _normalise(self.grey[one[there]]), _normalise(self.grey[other[there]])
        near = ((a - b) ** 2).mean(axis=(1, 2)) <= _APART
        found[there[near]] = _aligned_difference(a[near], b[near])
        return found


def _square(thumbnail: Path) -> bytes:
    """The content of a `_SQUARE`; b"" of a picture that was deleted meanwhile: nothing is like it."""
    try:
        with Image.open(thumbnail, formats=("JPEG",)) as image:
            small = image.convert("RGB")
    except OSError:
        return b""
    # The triangle filter leaves little of the detail that encoding changes.
    square = small.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)
    colours = square.resize((_COLOURS, _COLOURS), Image.Resampling.BOX)
    return square.convert("L").tobytes() + colours.tobytes()


def _tint(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean difference of the colours, (n, h, w, 3), without that of the brightness."""
    a, b = (x.astype(np.float32) - x.mean(axis=-1, keepdims=True, dtype=np.float32) for x in (a, b))
    return np.abs(a - b).mean(axis=(1, 2, 3))


def _normalise(grey: np.ndarray) -> np.ndarray:
    """Squares with mean 0 and variance 1: a copy may be brighter, or fainter."""
    centred = grey - grey.mean(axis=(1, 2), keepdims=True, dtype=np.float32)
    return centred / (centred.std(axis=(1, 2), keepdims=True) + 1e-3)


def _aligned_difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean squared difference of (n, s, s) squares once b is shifted, stretched and lit as fits a best."""
    moved, _ = _fit_motion(a, b)
    return _fit_motion(a, _move(b, moved))[1]


def _fit_motion(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One step of Lucas and Kanade: the motion (n, 4) of b and what difference it would leave (n)."""
    side = a.shape[1]
    inner = (side - 2) ** 2  # without the edge, where the slopes are one-sided
    middle = (a + b) / 2  # the slopes of both: twice as exact as those of one
    down, right = np.gradient(middle, axis=(1, 2))
    across = np.linspace(-1, 1, side, dtype=np.float32)
    causes = [right, right * across, down, down * across[:, None], middle, np.ones_like(middle)]
    basis = np.stack(causes, axis=-1)[:, 1:-1, 1:-1].reshape(len(a), inner, len(causes))
    rest = (a - b)[:, 1:-1, 1:-1].reshape(len(a), inner, 1)
    turned = basis.transpose(0, 2, 1)
    ridge = np.eye(len(causes), dtype=np.float32) * 1e-3 * rest.shape[1]
    weights = np.linalg.solve(turned @ basis + ridge, turned @ rest)
    return weights[:, :4, 0], ((rest - basis @ weights) ** 2).mean(axis=(1, 2))


def _move(b: np.ndarray, by: np.ndarray) -> np.ndarray:
    """The squares sampled anew, linearly, at places moved by a shift and a stretch along each axis."""
    side = b.shape[1]
    places = np.arange(side, dtype=np.float32)
    across = np.linspace(-1, 1, side, dtype=np.float32)

    def weights(shift: np.ndarray, stretch: np.ndarray) -> np.ndarray:
        moved = np.clip(shift[:, None] + stretch[:, None] * across, -_SHIFT, _SHIFT)
        return np.maximum(0, 1 - np.abs(np.clip(places + moved, 0, side - 1)[:, :, None] - places))

    return weights(by[:, 2], by[:, 3]) @ b @ weights(by[:, 0], by[:, 1]).transpose(0, 2, 1)


def _group(edges: np.ndarray, names: Sequence[str], are_kin: Callable[[np.ndarray], np.ndarray]) -> Groups:
    """Groups around the pictures with the most copies; every member is kin to the middle one.

    So a long row of pictures, each a little different from the last, does not become one group.
    """
    beside: dict[int, set[int]] = defaultdict(set)
    for one, other in edges.tolist():
        beside[one].add(other)
        beside[other].add(one)
    free = set(beside)
    groups = []
    for middle in sorted(beside, key=lambda n: (-len(beside[n]), n)):
        if middle in free:
            group = {middle}
            free.discard(middle)
            new: Iterable[int] = group
            while near := sorted(free.intersection(*[set().union(*(beside[n] for n in new))])):
                kin = are_kin(np.array([(middle, n) for n in near]))
                new = [n for n, is_kin in zip(near, kin, strict=True) if is_kin]
                group.update(new)
                free.difference_update(new)
                if not new:
                    break
            groups.append(tuple(sorted(names[n] for n in group)))
    return tuple(sorted(group for group in groups if len(group) > 1))
