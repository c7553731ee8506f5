"""The files of a folder that runs elsewhere, beside the model itself; and the same folder as a ZIP at once.

They are written anew whenever the folder is taken out: the threshold may be another one by then.
"""

from __future__ import annotations

import zipfile
from importlib.metadata import version
from pathlib import Path

from tlcore.config.task import Task
from tlcore.export.folder.script import predict_script
from tlcore.export.formats import description
from tlcore.export.formats.formats import FORMATS, Format, RuntimeName
from tlcore.file_set import write_zip
from tlcore.runs.run import Run

# What `predict.py` imports: each brings NumPy.
REQUIREMENTS: dict[RuntimeName, tuple[str, str]] = {
    "keras": ("tensorflow", "pillow"),
    "litert": ("ai-edge-litert", "pillow"),
    "onnx": ("onnxruntime", "pillow"),
}
FOR_TEXTS = ("tensorflow", "keras-hub")
README = """\
# {title}

A model made with Graft. It runs without Graft, on any machine with Python 3.11 or later. In this folder:

    python -m pip install -r requirements.txt
    python predict.py {example}

It prints one line of JSON for each {one}: {answer}

- `{model}`: the model
- `description.json`: its labels, the threshold for a sure answer, and what goes in and comes out
- `predict.py`: the script, to read and to change
- `requirements.txt`: the versions with which its answers were compared with those of Graft
{more}"""
ANSWERS: dict[Task, str] = {
    "images": "the likeliest label, its chance, whether that is enough for a sure answer, and all chances.",
    "texts": "the likeliest label, its chance, whether that is enough for a sure answer, and all chances.",
    "detection": "a box in pixels of the picture for each object, with its label and score.",
    "segmentation": "the share of each label. The number of each pixel's label goes to `NAME-areas.png`.",
}
HEIC = "\nPictures of iPhones (HEIC) need one more package: `python -m pip install pillow-heif`.\n"


def text_files(run: Run, format: Format) -> dict[str, bytes]:
    """The files beside the model, by name, as of now.

    Raises:
        RunError: the run has no report yet, or its files cannot be read.
    """
    task, config = run.task, run.config()
    is_text = task == "texts"
    packages = FOR_TEXTS if is_text else REQUIREMENTS[format.runtime]
    readme = README.format(
        title=f"A model of {run.words.many}",
        example='"A TEXT" "ANOTHER TEXT"' if is_text else "a.jpg b.png",
        one=run.words.one,
        answer=ANSWERS[task],
        model=format.model.file,
        more="" if is_text else HEIC,
    )
    texts = {
        "predict.py": predict_script(task, format, config.fit),
        "requirements.txt": "".join(f"{name}=={version(name)}\n" for name in packages),
        "README.md": readme,
    }
    said = description.as_json(description.describe(run, format))
    return {name: text.encode() for name, text in texts.items()} | {"description.json": said}


def bundle(run: Run) -> Path:
    """A ZIP of the folder with Keras, in the run's `exports/`: made again when a file of it changes.

    The model is the run's own file, which was proven when it was saved.

    Raises:
        RunError: the run has no model yet.
        WorkspaceError: its folder cannot be written.
    """
    run.require_model()
    target = run.folder / "exports" / f"{run.id}.zip"
    texts = text_files(run, FORMATS["folder"])
    if _is_current(target, run, texts):
        return target
    stamp = _stamp(run)  # before the model is read: one that comes meanwhile is another
    return write_zip(target, [("model.keras", run.model), *texts.items()], stamp)


def _stamp(run: Run) -> bytes:
    """Identifies the run's current model."""
    status = run.model.stat()
    return f"{status.st_mtime_ns} {status.st_size}".encode()


def _is_current(target: Path, run: Run, texts: dict[str, bytes]) -> bool:
    """Does the bundle hold this model and these files, with the current threshold?"""
    try:
        with zipfile.ZipFile(target) as archive:
            same = all(archive.read(name) == content for name, content in texts.items())
            return same and archive.comment == _stamp(run)
    except (OSError, zipfile.BadZipFile, KeyError):
        return False
