"""Take it home: `model.keras`, `labels.json` and a `predict.py` that needs neither Graft nor this machine.

The script for pictures holds the source of the two functions that turn a picture into pixels, word for word,
so that it cannot drift from what training saw. A model of texts has its tokenizer inside. The threshold
for "not sure" goes with it.
"""

from __future__ import annotations

import inspect
import secrets
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from tlcore import system
from tlcore.backbones.catalogue import catalogue
from tlcore.config import RunConfig
from tlcore.data.images import decode
from tlcore.data.manifest import Task
from tlcore.evaluate import confidence_threshold
from tlcore.evaluate.confidence_threshold import ALWAYS, ConfidenceThreshold
from tlcore.runs.run import Run

PICTURES = """\
# python predict.py PICTURE...    needs: pip install tensorflow=={tensorflow} pillow=={pillow}
import contextlib, json, pathlib, sys, keras, numpy as np
from PIL import Image, ImageOps
with contextlib.suppress(ImportError):  # HEIC pictures need: pip install pillow-heif=={heif}
    import pillow_heif
    pillow_heif.register_heif_opener(thumbnails=False)
{functions}
here = pathlib.Path(__file__).parent
model = keras.models.load_model(here / "model.keras", compile=False, safe_mode=True)
labels = json.loads((here / "labels.json").read_text(encoding="utf-8"))
for path in sys.argv[1:]:
    try:
        image = Image.open(path)
        image.getexif()  # how it is to be turned is known now; a spoiled rest of it is not read again
        image.info.pop("exif", None)
        picture = to_square(image, model.input_shape[1], "{fit}")
    except Exception as error:
        print(json.dumps(dict(path=path, error=str(error))))
        continue
    chances = np.asarray(model(picture[None], training=False))[0]
    confidence = float(chances.max())  # below {threshold} it is not sure
    answer = dict(path=path, label=labels[chances.argmax()], confidence=confidence)
    print(json.dumps(answer | dict(sure=confidence >= {threshold})))
"""


TEXTS = """\
# python predict.py "A TEXT" ...    needs: pip install tensorflow=={tensorflow} keras-hub=={keras_hub}
import json, pathlib, sys, keras, keras_hub, numpy as np, tensorflow as tf
here = pathlib.Path(__file__).parent
model = keras.models.load_model(here / "model.keras", compile=False, safe_mode=True)
labels = json.loads((here / "labels.json").read_text(encoding="utf-8"))
ask = tf.function(lambda texts: model(texts, training=False), [tf.TensorSpec([None], tf.string)])
for text in sys.argv[1:]:
    chances = np.asarray(ask(tf.constant([text])))[0]
    confidence = float(chances.max())  # below {threshold} it is not sure
    answer = dict(text=text, label=labels[chances.argmax()], confidence=confidence)
    print(json.dumps(answer | dict(sure=confidence >= {threshold})))
"""


def predict_script(config: RunConfig, threshold: ConfidenceThreshold = ALWAYS) -> str:
    """The source of `predict.py` for the model of a run with this configuration.

    Args:
        threshold: the least confidence for a sure answer.
    """
    return SCRIPTS[catalogue.task_of(config.backbone)](config, threshold)


def _for_pictures(config: RunConfig, threshold: ConfidenceThreshold) -> str:
    functions = "".join(inspect.getsource(f) for f in (decode.upright_rgb, decode.to_square))
    source = (
        functions.replace(": Image.Image", "").replace(" -> Image.Image", "").replace(" -> np.ndarray", "")
    )
    versions = {
        "tensorflow": version("tensorflow"),
        "pillow": version("pillow"),
        "heif": version("pillow-heif"),
    }
    return PICTURES.format(functions=source, fit=config.fit, threshold=threshold.threshold, **versions)


def _for_texts(config: RunConfig, threshold: ConfidenceThreshold) -> str:
    versions = {"tensorflow": version("tensorflow"), "keras_hub": version("keras-hub")}
    return TEXTS.format(threshold=threshold.threshold, **versions)


SCRIPTS: dict[Task, Callable[[RunConfig, ConfidenceThreshold], str]] = {
    "images": _for_pictures,
    "texts": _for_texts,
}


def bundle(run: Run) -> Path:
    """A ZIP of the three files in the run's `exports/`, made once, and again when one of them changes.

    Raises:
        RunError: the run has no model yet.
        WorkspaceError: its folder cannot be written.
    """
    run.require_model()
    target = run.folder / "exports" / f"{run.id}.zip"
    script = predict_script(run.config(), confidence_threshold.read(run.folder))
    if _is_current(target, run, script):
        return target
    target.parent.mkdir(exist_ok=True)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")  # two may ask at once
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            archive.comment = _stamp(run)  # before the model is read: one that comes meanwhile is another
            archive.write(run.model, "model.keras")
            archive.write(run.folder / "labels.json", "labels.json")
            archive.writestr("predict.py", script)
        system.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _stamp(run: Run) -> bytes:
    """Identifies the run's current model."""
    status = run.model.stat()
    return f"{status.st_mtime_ns} {status.st_size}".encode()


def _is_current(target: Path, run: Run, script: str) -> bool:
    """Does the bundle hold this model and this script, with the current threshold?"""
    try:
        with zipfile.ZipFile(target) as archive:
            return archive.comment == _stamp(run) and archive.read("predict.py").decode() == script
    except (OSError, zipfile.BadZipFile, KeyError, UnicodeDecodeError):
        return False
