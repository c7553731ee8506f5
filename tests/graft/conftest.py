"""Shared by the tests of the frozen part: pictures as a data set stores them, real networks built once."""

from __future__ import annotations

import functools
import hashlib
import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.fixtures.finished_runs import (  # noqa: F401 (fixtures)
    continued,
    features_there,
    from_scratch,
    tuned,
)
from tests.fixtures.short_lite0 import shortened
from tests.fixtures.tiny_training import small
from tlcore.config import Fit
from tlcore.config.augmentation import AugmentationConfig
from tlcore.graft.cache.features import FeatureReader, FrozenPart
from tlcore.graft.engines import device, litert
from tlcore.graft.engines.engine import KerasEngine
from tlcore.graft.inputs.image_rows import ImageRows
from tlcore.graft.network import build
from tlcore.workspace import Workspace

Cached = Callable[["Counting"], FeatureReader]


@pytest.fixture(autouse=True)
def short_lite0() -> Iterator[None]:
    """What is built in these tests is cut, cached, trained and saved; how good it is is not asked."""
    with shortened():
        yield


class Counting(ImageRows):
    """Remembers which rows were decoded."""

    def __init__(self, paths: list[Path], size: int = 64, fit: Fit = "stretch", views: int = 0) -> None:
        super().__init__(paths, size, fit, AugmentationConfig(views=views))
        self.decoded: list[int] = []

    def decode(self, row: int) -> np.ndarray:
        self.decoded.append(row)
        return super().decode(row)

    def rows(self) -> np.ndarray:
        return np.arange(self.total * (1 + self.augmentation.views))


@pytest.fixture(scope="session")
def stored(coloured: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Thirty pictures, each named by the SHA-256 of its bytes. Only read them."""
    folder = tmp_path_factory.mktemp("stored")
    return [
        Path(shutil.copy(path, folder / hashlib.sha256(path.read_bytes()).hexdigest()))
        for path in sorted(coloured.rglob("*.png"))
    ]


@pytest.fixture
def pictures(stored: list[Path]) -> ImageRows:
    return ImageRows(stored, 64, "stretch")


@pytest.fixture(scope="session")
def pooled(weights_folder: Path) -> keras.Model:
    """Lite0's frozen part when all of it is frozen: (n, 64, 64, 3) → (n, 1280)."""
    return front(weights_folder, 0)


@pytest.fixture(scope="session")
def partial(weights_folder: Path) -> keras.Model:
    """Lite0's frozen part when its last two blocks train: (n, 64, 64, 3) → (n, 2, 2, 192)."""
    return front(weights_folder, 2)


def front(weights: Path, unfreeze: int, size: int = 64) -> keras.Model:
    device.set_up_device()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAFT_WEIGHTS", str(weights))
        with shortened():
            found = build.build(small(unfreeze=unfreeze, input_size=size), 3).front
    assert found is not None
    return found


@pytest.fixture(scope="session")
def converted(pooled: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`pooled` for LiteRT. Only read it."""
    file = tmp_path_factory.mktemp("converted") / "pooled.tflite"
    litert.convert(pooled, file)
    return file


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@functools.cache
def compiled(front: keras.Model | None) -> KerasEngine:
    """Keras' engine for this network; it traces it once for all tests."""
    return KerasEngine(front)


def frozen(front: keras.Model | None, source: Counting, workspace: Workspace) -> FrozenPart:
    return FrozenPart(front, source, source.rows(), "lite0", workspace)


def read(front: keras.Model | None, source: Counting, workspace: Workspace) -> FeatureReader:
    """By Keras, through the cache."""
    return frozen(front, source, workspace).reader(compiled(front), lambda done, total: None)


@pytest.fixture
def cached(pooled: keras.Model, workspace: Workspace) -> Cached:
    """Lite0's pooled features, by Keras, through the cache."""
    return lambda source: read(pooled, source, workspace)


def store_sizes(workspace: Workspace) -> list[int]:
    """Number of shards in each store."""
    return [len(list(store.glob("shard-*"))) for store in (workspace.cache / "features").iterdir()]


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """The log, as `train.log` gets it."""
    with caplog.at_level(logging.INFO, logger="tlcore"):
        yield caplog
