"""Folders as Hugging Face's `transformers` writes them: what torch says of their models, and what we say.

    python -m benchmarks.torch_folders [--models NAME …] [--python PYTHON] [--quick]

Each model has random weights, since published ones cannot be had without internet, and the sizes of a
published one. What its last layer says of every patch or token is compared with what the network says that
`folder:` loads, and with what KerasHub's own loader makes of the same folder. It needs torch and
transformers, which are in none of our locks: give an environment that has them as `--python`. Without them
nothing is compared, and that is said. Prints JSON: the largest difference of any number.
"""

from __future__ import annotations

from tlcore.backbones import keras_start as keras_start  # isort: skip  (before Keras)
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np

from benchmarks.common import torch_features
from benchmarks.common.measure import Row, at_most, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tlcore.backbones.catalogue import catalogue, picture_folder
from tlcore.backbones.catalogue.entry import FOLDER_PREFIX
from tlcore.backbones.catalogue.swin_facts import PublishedSwin
from tlcore.backbones.images import loader as image_loader
from tlcore.backbones.texts import loader as text_loader
from tlcore.errors import BackboneError

NEEDED = ("torch", "transformers")
APART = 1e-3
QUICK = {"models": [*torch_features.MODELS]}
HOW_TO = (
    "On Debian: apt-get install python3-torch, /usr/bin/python3 -m venv --system-site-packages /tmp/torch, "
    "/tmp/torch/bin/pip install transformers, and run this again with --python /tmp/torch/bin/python"
)


def missing_packages(python: str) -> list[str]:
    """Those of `NEEDED` that this interpreter does not find."""
    code = f"import importlib.util as u; print(*(n for n in {NEEDED} if u.find_spec(n) is None))"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return found.stdout.split()


def by_torch(python: str, name: str, folder: Path, quick: bool) -> tuple[np.ndarray, np.ndarray]:
    """The pictures or tokens that are asked, and the answers of torch; the model is in the folder then."""
    words = [python, str(Path(torch_features.__file__)), name, str(folder), *["--quick"] * quick]
    found = subprocess.run(words, capture_output=True, text=True)
    if found.returncode:
        raise SystemExit(f"{name} failed in {python}:\n{found.stderr[-3000:]}")
    return np.load(folder / "asked.npy"), np.load(folder / "features.npy")


def by_ours(folder: Path, asked: np.ndarray, wanted: np.ndarray) -> float | None:
    """The largest difference of the network that `folder:` loads; None: such folders are not taken."""
    id = f"{FOLDER_PREFIX}{folder}"
    try:
        entry = catalogue.get(id)
    except BackboneError:
        return None
    if entry.task == "texts":
        states, _ = text_loader.load(id, asked.shape[1])(asked)
        return _apart(states, wanted)
    found = np.asarray(image_loader.load(id)(asked))
    facts, width = picture_folder.read(folder).entry, wanted.shape[-1]
    patches = found[..., :width].reshape(len(found), -1, width)
    if isinstance(facts, PublishedSwin):  # it has no token in front
        return _apart(patches, wanted)
    prefix = facts.prefix
    return max(_apart(patches, wanted[:, prefix:]), _apart(found[:, 0, 0, width:], wanted[:, 0]))


def by_keras_hub(folder: Path, asked: np.ndarray, wanted: np.ndarray) -> float:
    """The largest difference of the network that KerasHub makes of the folder."""
    if asked.ndim == 2:
        backbone = keras_hub.models.Backbone.from_preset(str(folder))
        inputs: Any = {"token_ids": asked, "padding_mask": np.ones_like(asked)}
        inputs |= {
            tensor.name: np.zeros_like(asked) for tensor in backbone.inputs if "segment" in tensor.name
        }
        found = backbone(inputs)
    else:
        size = asked.shape[1:]
        backbone = keras_hub.models.Backbone.from_preset(str(folder), image_shape=size)
        mean, deviation = torch_features.COLOURS.values()
        found = backbone(((asked / 255 - mean) / deviation).astype(np.float32))
    found = np.asarray(found["sequence_output"] if isinstance(found, dict) else found)
    return _apart(found.reshape(wanted.shape), wanted)


def _apart(found: Any, wanted: np.ndarray) -> float:
    return float(np.abs(np.asarray(found) - wanted).max())


def measure(python: str, name: str, folder: Path, quick: bool) -> Row:
    """All figures of one model."""
    asked, wanted = by_torch(python, name, folder, quick)
    row = {"model": name, "features": list(wanted.shape), "spread": float(wanted.std())}
    row |= {"ours": by_ours(folder, asked, wanted), "keras_hub": by_keras_hub(folder, asked, wanted)}
    keras.backend.clear_session()
    return row


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--models", nargs="+", default=QUICK["models"], choices=torch_features.MODELS)
    options.add_argument("--python", default=sys.executable, help="an interpreter that has torch")
    args = options.read()
    before, rows = machine(), []
    missing = missing_packages(args.python)
    if missing:
        print(f"Not installed in {args.python}: {', '.join(missing)}. {HOW_TO}", file=sys.stderr)
    with scratch() as folder:
        for name in args.models * (not missing):
            rows.append(measure(args.python, name, folder / name, args.quick))
    cells = [(row["model"], row["spread"], row["ours"], row["keras_hub"]) for row in rows]
    print_table("Largest difference from torch", ("", "spread", "ours", "KerasHub's"), cells)
    told = [row["ours"] for row in rows if row["ours"] is not None]
    targets = [at_most("largest_difference", APART, max(told))] if told else []
    finish(args.quick, before, {"rows": rows, "missing": missing, "targets": targets})


if __name__ == "__main__":
    main()
