"""The frozen part, run once: examples → cut tensors, in the feature cache that all runs share.

Training sees only a `FeatureReader`: row numbers in, cut tensors out, from disk or computed live
(`--no-cache`), by any engine.
"""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

import keras
import numpy as np

from tlcore.backbones.weights import conversions
from tlcore.config import EngineName
from tlcore.errors import RunError
from tlcore.graft.cache.parts import SharedRows, WorkShare
from tlcore.graft.cache.shard import CacheMiss
from tlcore.graft.cache.store import FeatureCache, FeatureStore
from tlcore.graft.engines import select
from tlcore.graft.engines.engine import Engine, KerasEngine
from tlcore.graft.inputs.protocol import Inputs, Tensors
from tlcore.graft.network.fingerprint import fingerprint
from tlcore.workspace import Workspace

FeatureReader = Callable[[np.ndarray], Tensors]
OnCount = Callable[[int, int], None]
# Of a store's folder, the rows that it lacks, and how many are computed at once: our share in the work, while
# the block lasts.
Sharing = Callable[[str, np.ndarray, int], AbstractContextManager[WorkShare | None]]
log = logging.getLogger(__name__)


def _alone(store: str, missing: np.ndarray, batch: int) -> AbstractContextManager[WorkShare | None]:
    return contextlib.nullcontext()


def live_reader(engine: Engine, inputs: Inputs) -> FeatureReader:
    """Cut tensors computed anew at each call."""

    def read(rows: np.ndarray) -> Tensors:
        groups, parts = zip(*engine.stream(inputs, rows), strict=True)
        computed = np.concatenate(groups)
        order = np.argsort(computed)
        positions = order[np.searchsorted(computed, rows, sorter=order)]
        tensors = tuple(np.concatenate(tensors)[positions] for tensors in zip(*parts, strict=True))
        return _widen(_narrow(tensors, inputs.cut_dtype), inputs.cut_dtype)

    return read


def _narrow(tensors: Tensors, dtype: str) -> Tensors:
    """Cut tensors as they are kept: numbers with a point in this `dtype`; "": as they are."""
    return tuple(t.astype(dtype) if dtype and t.dtype.kind == "f" else t for t in tensors)


def _widen(tensors: Tensors, dtype: str) -> Tensors:
    """Cut tensors that `_narrow` made, as training takes them."""
    return tuple(t.astype(np.float32) if dtype and t.dtype.kind == "f" else t for t in tensors)


class FrozenPart:
    """The frozen part of a run's network, and the examples that it runs on, each row once.

    Args:
        front: None when nothing is frozen.
        rows: (m,) all rows of the run, ascending.
        name: of the backbone, for people who look into the cache.
        half: keep numbers with a point in half precision, whatever the task.

    Attributes:
        computed: rows that this process has computed into the cache.

    Raises:
        WorkspaceError: `GRAFT_CACHE_GB` is not a size.
    """

    def __init__(
        self,
        front: keras.Model | None,
        inputs: Inputs,
        rows: np.ndarray,
        name: str,
        workspace: Workspace,
        half: bool = False,
    ) -> None:
        self.front = front
        self.inputs = inputs
        self.dtype = inputs.cut_dtype or ("float16" if half else "")
        self.rows = rows
        self.name = name
        self.workspace = workspace
        self.network = fingerprint(front)
        self.keys = inputs.keys(rows)
        self.cache = FeatureCache(workspace.shared.cache / "features")
        self.computed = 0

    def choose_engine(self, preference: EngineName, is_gpu: bool, macs: float) -> Engine:
        """The engine that finishes first, given what is in the cache already.

        Args:
            macs: multiply-accumulates of the frozen part for one picture.
        """
        keras_engine = KerasEngine(self.front, is_gpu)
        versions: dict[EngineName, str] = {
            "keras": keras_engine.version,
            "litert": conversions.litert_version(),
        }
        workload = select.Workload(
            front=self.front,
            fingerprint=self.network,
            macs=macs,
            missing={name: len(self._missing(self._store(name, versions[name]))) for name in versions},
            sample=lambda count: self.inputs(self.rows[:count]),
            folders=conversions.folders(self.workspace),
        )
        return select.choose(workload, preference, keras_engine)

    def reader(self, engine: Engine, on_count: OnCount, sharing: Sharing = _alone) -> FeatureReader:
        """Cut tensors of all rows, computed into the cache unless they are there, then read from it.

        Args:
            on_count: called with the rows in the cache and their total. It may raise to leave.
            sharing: asks others for help.

        Raises:
            DataError: a picture cannot be read any more; WorkspaceError: the disk is too full.
        """
        live = live_reader(engine, self.inputs)
        if not self.cache.fits(self._bytes(self.rows)):
            log.warning("the cut tensors are larger than the cache may be: computed anew in each epoch")
            return live
        store = self._store(engine.name, engine.version)
        missing = self._missing(store)
        self.cache.make_room(self._bytes(missing))
        self.workspace.check_room(self._bytes(missing))
        with sharing(store.folder.name, missing, engine.batch) as share:
            pieces = self._shared(store, missing, share) if share else [(missing, len(missing))]
            self._compute(engine, store, pieces, on_count)
        try:
            read_store = store.reader(self.keys)
        except CacheMiss:  # the cache was emptied just now
            log.warning("the cut tensors have left the cache already: computed anew in each epoch")
            return live

        own_rows, dtype = self.rows, self.dtype  # not `self`: its keys would stay in memory

        def read(rows: np.ndarray) -> Tensors:
            try:
                return _widen(read_store(np.searchsorted(own_rows, rows)), dtype)
            except CacheMiss:
                return live(rows)

        return read

    def help(self, engine: Engine, store: str, rows: np.ndarray, share: WorkShare, on_count: OnCount) -> None:
        """Compute our share of the rows for somebody else.

        Args:
            store: the folder that they fill.
            rows: all that they share out.

        Raises:
            RunError: this engine would fill another one: its numbers are not theirs.
        """
        ours = self._store(engine.name, engine.version)
        if ours.folder.name != store:
            raise RunError(
                "This machine computes other numbers than the run's own.", received=ours.folder.name
            )
        self._compute(engine, ours, self._shared(ours, rows, share), on_count)

    def _shared(
        self, store: FeatureStore, rows: np.ndarray, share: WorkShare
    ) -> Iterator[tuple[np.ndarray, int]]:
        """The pieces of our share, each of the batches that one process alone would compute."""
        ordered = self.inputs.in_order(rows)
        return SharedRows(store, ordered, self.inputs.keys(ordered), share).pieces()

    def _compute(
        self,
        engine: Engine,
        store: FeatureStore,
        pieces: Iterable[tuple[np.ndarray, int]],
        on_count: OnCount,
    ) -> None:
        """Compute rows into the store, piece by piece; with each comes how many are missing by then."""
        for wanted, missing in pieces:
            done = len(self.rows) - missing
            on_count(done, len(self.rows))
            with store.writer() as writer:
                for rows, tensors in engine.stream(self.inputs, wanted):
                    writer.add(self.inputs.keys(rows), _narrow(tensors, self.dtype))
                    done += len(rows)
                    self.computed += len(rows)
                    on_count(done, len(self.rows))

    def _missing(self, store: FeatureStore) -> np.ndarray:
        """The rows that are not in the store."""
        return self.rows[store.missing(self.keys)]

    def _bytes(self, rows: np.ndarray) -> int:
        """Bytes of their cut tensors."""
        if self.front is None:
            return len(rows) * self.inputs.row_bytes
        # Only the length of texts may be open.
        outputs = self.front.outputs
        shapes = [[side or self.inputs.size for side in tensor.shape[1:]] for tensor in outputs]
        kept = [(self.dtype or t.dtype) if "float" in t.dtype else t.dtype for t in outputs]
        item_bytes = [np.dtype(dtype).itemsize for dtype in kept]
        return len(rows) * sum(
            math.prod(shape) * item for shape, item in zip(shapes, item_bytes, strict=True)
        )

    def _store(self, engine: str, version: str) -> FeatureStore:
        """The store for this engine; its name covers everything that a number depends on."""
        description = {
            "network": self.network,
            "engine": f"{engine} {version}",
            **self.inputs.description,
            **({"kept": self.dtype} if self.dtype else {}),
        }
        return self.cache.store(description, self.name)
