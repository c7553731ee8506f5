"""What the tests of the frozen part share: pictures as a data set stores them, real networks built once."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import keras
import pytest

from tests.training import small
from tlcore.graft import device, litert, model
from tlcore.graft.decoding import Pictures


@pytest.fixture(scope="session")
def stored(coloured: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Thirty pictures, each named by the SHA-256 of its bytes. Only read them."""
    folder = tmp_path_factory.mktemp("stored")
    return [
        Path(shutil.copy(path, folder / hashlib.sha256(path.read_bytes()).hexdigest()))
        for path in sorted(coloured.rglob("*.png"))
    ]


@pytest.fixture
def pictures(stored: list[Path]) -> Pictures:
    return Pictures(stored, 64, "stretch")


@pytest.fixture(scope="session")
def pooled(weights_folder: Path) -> keras.Model:
    """Lite0's frozen part when all of it is frozen: (n, 64, 64, 3) → (n, 1280)."""
    return front(weights_folder, 0)


@pytest.fixture(scope="session")
def partial(weights_folder: Path) -> keras.Model:
    """Lite0's frozen part when its last two blocks train: (n, 64, 64, 3) → (n, 2, 2, 192)."""
    return front(weights_folder, 2)


def front(weights: Path, unfreeze: int) -> keras.Model:
    device.set_up()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAFT_WEIGHTS", str(weights))
        found = model.build(small(unfreeze=unfreeze), 3).front
    assert found is not None
    return found


@pytest.fixture(scope="session")
def converted(pooled: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`pooled` for LiteRT. Only read it."""
    file = tmp_path_factory.mktemp("converted") / "pooled.tflite"
    litert.convert(pooled, file)
    return file


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What is logged, as `train.log` gets it."""
    with caplog.at_level(logging.INFO, logger="tlcore"):
        yield caplog
