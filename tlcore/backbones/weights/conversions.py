"""Networks converted for LiteRT: where they lie and what they are called. Light.

A run keeps those that it converts in the cache. `python -m tlcore backbones --fetch` puts the one that every
first run on pictures begins with beside the weights, so that no person waits for it.
"""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from tlcore.backbones.weights import files
from tlcore.workspace import Workspace

FOLDER = "engines"
MOST_BYTES = 2_000_000_000  # of weights in one file for LiteRT or ONNX: Protocol Buffers end there


def litert_version() -> str:
    """Versions of LiteRT and of TensorFlow, which converts for it; imports neither. "": not installed."""
    try:
        names = [importlib.metadata.version(name) for name in ("ai-edge-litert", "tensorflow")]
    except importlib.metadata.PackageNotFoundError:
        return ""
    return "-tf".join(names)


def beside_weights() -> Path:
    """The folder of those converted ahead, which may be missing."""
    return files.folder_path() / FOLDER


def folders(workspace: Workspace) -> tuple[Path, Path]:
    """Where a run looks for them; a new one goes into the first."""
    return workspace.shared.cache / FOLDER, beside_weights()


def file_in(folders: tuple[Path, ...], fingerprint: str) -> Path:
    """The file of a converted network, or where it belongs."""
    files = [folder / f"{fingerprint[:32]}-{litert_version()}.tflite" for folder in folders]
    return next(filter(Path.is_file, files), files[0])


def is_converted_ahead() -> bool:
    """Tell whether there is one beside the weights, for these versions."""
    return any(beside_weights().glob(f"*-{litert_version()}.tflite"))
