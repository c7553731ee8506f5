"""Pictures of a data set for the frozen part: decoded squares, by row, ahead of the network.

A row is a picture in one of its views: row `picture + view * total`, where view 0 is the picture as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import PIL

from tlcore import system
from tlcore.config import Fit
from tlcore.config.augmentation import AugmentationConfig
from tlcore.data.dataset import Dataset
from tlcore.data.examples.lazy_sequence import LazySequence
from tlcore.data.images import decode
from tlcore.data.images.augment import augment, view_key
from tlcore.data.manifest import Example
from tlcore.errors import DataError, PictureError
from tlcore.graft.inputs.protocol import TargetReader
from tlcore.look_ahead import look_ahead

AHEAD = 3  # batches that are decoded before the network needs them


class StoredPictures(LazySequence[Path]):
    """The files of a data set's pictures, each path made when it is asked for: 100,000 take 27 MB."""

    def __init__(self, dataset: Dataset, examples: Sequence[Example]) -> None:
        self._dataset = dataset
        self._contents = [example.sha256 for example in examples]

    def __len__(self) -> int:
        return len(self._contents)

    def item(self, at: int) -> Path:
        return self._dataset.file(self._contents[at])

    def part(self, at: slice) -> list[Path]:
        return [self._dataset.file(content) for content in self._contents[at]]


class ImageRows:
    """Rows of a data set decoded to the backbone's square, uint8 (n, size, size, 3).

    Args:
        paths: one file per picture. For views and keys its name must be the SHA-256 of its bytes, as a data
            set stores it.
    """

    note = ""
    targets: TargetReader | None = None
    cut_dtype = ""
    beyond: int | None = None  # as for `augment`

    def __init__(
        self, paths: Sequence[Path], size: int, fit: Fit, augmentation: AugmentationConfig | None = None
    ) -> None:
        self.paths = paths
        self._size = size
        self.fit = fit
        self.augmentation = augmentation or AugmentationConfig()
        self._pool = ThreadPoolExecutor(system.cpu_count(), thread_name_prefix="decode")

    @property
    def total(self) -> int:
        """Number of pictures, whatever the number of views."""
        return len(self.paths)

    @property
    def size(self) -> int:
        """Side of the square, in pixels."""
        return self._size

    @property
    def row_bytes(self) -> int:
        return 3 * self.size**2

    @property
    def description(self) -> dict[str, Any]:
        """Everything that the pixels of a picture or view depend on besides its key."""
        decoding = f"{decode.DECODE_VERSION}, Pillow {PIL.__version__}"
        return {"size": self.size, "fit": self.fit, "decoding": decoding}

    def model_inputs(self, rows: np.ndarray) -> np.ndarray:
        """Inputs of the finished model: the pictures."""
        return self(rows)

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        return np.stack(list(self._pool.map(self.decode, rows.tolist())))

    def in_order(self, rows: np.ndarray) -> np.ndarray:
        return rows

    def batches(self, rows: np.ndarray, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """`size` rows in order and their squares, decoded ahead so that decoding and the network overlap."""
        jobs = ((row, self._pool.submit(self.decode, row)) for row in rows.tolist())
        squares = look_ahead(jobs, 1 + AHEAD * size)
        with closing(squares):  # decoding ahead ends with the reader
            for start in range(0, len(rows), size):
                part = rows[start : start + size]
                yield part, np.stack([square for _, square in islice(squares, len(part))])

    def decode(self, row: int) -> np.ndarray:
        """One row, (size, size, 3); safe in threads.

        Raises:
            DataError: the file went away or changed.
        """
        view, picture = divmod(row, self.total)
        path = self.paths[picture]
        try:
            square = decode.decode(path, self.size, self.fit)
        except PictureError as error:
            raise DataError(
                f"A picture of the data set cannot be read any more. {error.what}",
                received=path.name,
                remedy="Import the data set again.",
            ) from error
        return augment(square, self.augmentation, path.name, view, self.beyond)

    def keys(self, rows: np.ndarray) -> list[bytes]:
        """A name for the pixels of each row, given size, fit and version of decoding; 32 bytes."""
        return [
            view_key(self.paths[row % self.total].name, self.augmentation, row // self.total)
            for row in rows.tolist()
        ]
