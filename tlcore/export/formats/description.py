"""The description of an exported model, for the program that uses it: one JSON beside the file.

`docs/export.md` says what each field means.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any

from tlcore import __version__
from tlcore.config.task import INPUTS
from tlcore.export.formats import term_branch
from tlcore.export.formats.formats import Format, RuntimeName
from tlcore.export.formats.input_side import input_side
from tlcore.export.formats.term_branch import TermBranch
from tlcore.export.formats.word_pieces import WordPieces, as_input
from tlcore.runs.run import Run

FITS = {
    "crop": "Scale the shorter side to `size` and cut out the square in the middle.",
    "pad": "Scale the longer side to `size` and lay the picture in the middle of a grey square (127).",
    "stretch": "Scale both sides to `size`.",
}
LIBRARIES: dict[RuntimeName, tuple[str, ...]] = {
    "keras": ("keras", "tensorflow"),
    "saved_model": ("tensorflow",),
    "litert": ("ai-edge-litert",),
    "onnx": ("onnxruntime",),
    "web": ("onnxruntime",),
}


def describe(
    run: Run,
    format: Format,
    pieces: WordPieces | None = None,
    vocabulary: str = "",
    terms: TermBranch | None = None,
) -> dict[str, Any]:
    """Labels, threshold, temperature, sizes and preprocessing of a run's model in this format.

    Args:
        pieces: the tokenizer of a file that takes token ids, and
        vocabulary: the name of the file with its pieces; "": the description holds them itself.
        terms: what counts the terms of a text, where the file takes their logits, too.
    """
    ids = _ids(pieces, format, vocabulary) if pieces else {}
    if terms:
        ids |= {"terms": term_branch.as_input(terms)}
    calibration = run.report().calibration
    return {
        "made_by": f"Graft {__version__}",
        "run": run.id,
        "format": format.id,
        "file": format.model.file,
        "runtime": {name: version(name) for name in LIBRARIES[format.runtime]},
        "task": run.task,
        "labels": list(run.labels()),
        "threshold": run.threshold(),
        "temperature": calibration.temperature if calibration else 1.0,
        "input": ids or _input(run),
        "output": _output(run),
    }


def _input(run: Run) -> dict[str, Any]:
    """The input of the model, and the way to it from a file."""
    if INPUTS[run.task] == "texts":
        return {"kind": "text", "dtype": "string", "shape": [None]}
    size, fit = input_side(run), run.config().fit
    return {
        "kind": "picture",
        "dtype": "uint8",
        "shape": [None, size, size, 3],
        "layout": "NHWC",
        "channels": "RGB",
        "range": [0, 255],
        "size": size,
        "fit": fit,
        "preprocessing": [
            "Turn the picture as its EXIF orientation says.",
            "Convert it to RGB; lay transparent pictures on white.",
            FITS[fit],
            "To shrink, use Pillow's HAMMING filter; to enlarge, BICUBIC.",
            "Give the bytes as they are: the model scales them itself.",
        ],
    }


def _ids(pieces: WordPieces, format: Format, vocabulary: str) -> dict[str, Any]:
    length = pieces.length if format.has_fixed_length else None
    return as_input(pieces, [None, length], vocabulary)


def _output(run: Run) -> dict[str, Any]:
    """The answers. A detector's Keras file has three outputs instead, by name."""
    classes = len(run.labels())
    if run.task == "detection":
        meaning = "left, top, right and bottom in pixels of the input, score, number of the label"
        return {"dtype": "float32", "shape": [None, 100, 6], "meaning": meaning}
    shape: list[int | None] = [None, classes]
    if run.task == "segmentation":
        size = _input(run)["size"]
        shape = [None, size, size, classes]
    return {"dtype": "float32", "shape": shape, "meaning": "chance of each label"}


def as_json(description: dict[str, Any]) -> bytes:
    return json.dumps(description, ensure_ascii=False, indent=1).encode() + b"\n"
