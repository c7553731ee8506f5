"""The frozen part, run once: examples → cut tensors, kept in the feature cache that all runs share.

`Reader` is all that training sees of it: row numbers in, cut tensors out. Whether they come from disk or are
computed on the fly (`--no-cache`), and by which engine, it cannot tell.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

import keras
import numpy as np

from tlcore.config import EngineName
from tlcore.graft.cache.shard import CacheMiss
from tlcore.graft.cache.store import FeatureCache, FeatureStore
from tlcore.graft.engines import select
from tlcore.graft.engines.engine import Engine, KerasEngine, litert_version
from tlcore.graft.inputs.protocol import Inputs, Tensors
from tlcore.graft.network.fingerprint import fingerprint
from tlcore.workspace import Workspace

FeatureReader = Callable[[np.ndarray], Tensors]
OnCount = Callable[[int, int], None]
log = logging.getLogger(__name__)


def live_reader(engine: Engine, inputs: Inputs) -> FeatureReader:
    """Cut tensors computed anew each time they are asked for."""

    def read(rows: np.ndarray) -> Tensors:
        came, parts = zip(*engine.stream(inputs, rows), strict=True)
        given = np.concatenate(came)
        order = np.argsort(given)
        asked = order[np.searchsorted(given, rows, sorter=order)]
        return tuple(np.concatenate(tensors)[asked] for tensors in zip(*parts, strict=True))

    return read


class FrozenPart:
    """The frozen part of a run's network and the pictures that it is to see, each row once.

    Args:
        front: None when nothing is frozen.
        rows: (m,) all rows that will ever be asked for, ascending.
        name: of the backbone, for people who look into the cache.

    Raises:
        WorkspaceError: `GRAFT_CACHE_GB` is not a size.
    """

    def __init__(
        self, front: keras.Model | None, inputs: Inputs, rows: np.ndarray, name: str, workspace: Workspace
    ) -> None:
        self.front = front
        self.inputs = inputs
        self.rows = rows
        self.name = name
        self.workspace = workspace
        self.network = fingerprint(front)
        self.keys = inputs.keys(rows)
        self.cache = FeatureCache(workspace.cache / "features")

    def choose_engine(self, wanted: EngineName, is_gpu: bool, macs: float) -> Engine:
        """The engine that will be done first, given what is in the cache already.

        Args:
            macs: multiply-accumulates of the frozen part for one picture.
        """
        plain = KerasEngine(self.front, is_gpu)
        versions: dict[EngineName, str] = {"keras": plain.version, "litert": litert_version()}
        work = select.Workload(
            front=self.front,
            fingerprint=self.network,
            macs=macs,
            missing={name: len(self._missing(self._shelf(name, versions[name]))) for name in versions},
            sample=lambda count: self.inputs(self.rows[:count]),
            folder=self.workspace.cache / "engines",
        )
        return select.choose(work, wanted, plain)

    def reader(self, engine: Engine, on_count: OnCount) -> FeatureReader:
        """Cut tensors of all rows, computed into the cache unless they are there, then read from it.

        Args:
            on_count: told how many rows are there, of how many. It may raise to leave; what is done stays.

        Raises:
            DataError: a picture cannot be read any more; WorkspaceError: the disk is too full.
        """
        live = live_reader(engine, self.inputs)
        if not self.cache.fits(self._bytes(self.rows)):
            log.warning("the cut tensors are larger than the cache may be: computed anew in each epoch")
            return live
        shelf = self._shelf(engine.name, engine.version)
        missing = self._missing(shelf)
        self.cache.make_room(self._bytes(missing))
        self.workspace.check_room(self._bytes(missing))
        self._compute(engine, shelf, missing, on_count)
        try:
            stored = shelf.reader(self.keys)
        except CacheMiss:  # somebody has emptied the cache just now
            log.warning("the cut tensors have left the cache already: computed anew in each epoch")
            return live

        def read(rows: np.ndarray) -> Tensors:
            try:
                return stored(np.searchsorted(self.rows, rows))
            except CacheMiss:
                return live(rows)

        return read

    def _compute(self, engine: Engine, shelf: FeatureStore, missing: np.ndarray, on_count: OnCount) -> None:
        done = len(self.rows) - len(missing)
        on_count(done, len(self.rows))
        with shelf.writer() as writer:
            for rows, tensors in engine.stream(self.inputs, missing):
                writer.add(self.inputs.keys(rows), tensors)
                done += len(rows)
                on_count(done, len(self.rows))

    def _missing(self, shelf: FeatureStore) -> np.ndarray:
        """The rows that are not on the shelf."""
        return self.rows[shelf.missing(self.keys)]

    def _bytes(self, rows: np.ndarray) -> int:
        """What their cut tensors take."""
        if self.front is None:
            return len(rows) * self.inputs.row_bytes
        # The only side that may be open is the length of texts.
        shapes = [[side or self.inputs.size for side in t.shape[1:]] for t in self.front.outputs]
        kinds = [np.dtype(t.dtype).itemsize for t in self.front.outputs]
        return len(rows) * sum(math.prod(shape) * kind for shape, kind in zip(shapes, kinds, strict=True))

    def _shelf(self, engine: str, version: str) -> FeatureStore:
        """Where features by this engine lie: all that decides about a number is in the name."""
        description = {
            "network": self.network,
            "engine": f"{engine} {version}",
            **self.inputs.description,
        }
        return self.cache.shelf(description, self.name)
