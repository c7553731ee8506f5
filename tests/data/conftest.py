"""Small pictures and trees of them, made on the spot."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def jpeg(seed: int = 0, size: tuple[int, int] = (40, 30), form: str = "JPEG") -> bytes:
    """A picture whose bytes depend on the seed."""
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form)
    return out.getvalue()


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    """Make a folder from {relative name: bytes, or the seed of a picture}."""

    def make(files: dict[str, bytes | int], name: str = "pets") -> Path:
        root = tmp_path / name
        root.mkdir(exist_ok=True)
        for path, content in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(jpeg(content) if isinstance(content, int) else content)
        return root

    return make


@pytest.fixture
def two_classes() -> dict[str, bytes | int]:
    return {f"{label}/{n}.jpg": 10 * (label == "dog") + n for label in ("cat", "dog") for n in range(4)}
