"""Take it home: `model.keras`, `labels.json` and a `predict.py` that needs neither Graft nor this machine.

The script for pictures holds the source of the two functions that turn a picture into pixels, word for word,
so that it cannot drift from what training saw. A model of texts has its tokenizer inside. The threshold
for "not sure" goes with it.
"""

from __future__ import annotations

import functools
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
from tlcore.evaluate.confidence_threshold import ALWAYS
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
        is_on_its_side = image.getexif().get(274) in (5, 6, 7, 8)  # a spoiled rest of it is not read again
        width, height = image.size[::-1] if is_on_its_side else image.size
        image.info.pop("exif", None)
        picture = to_square(image, model.input_shape[1], "{fit}")
    except Exception as error:
        print(json.dumps(dict(path=path, error=str(error))))
        continue
{answer}
"""
CLASS = """\
    chances = np.asarray(model(picture[None], training=False))[0]
    confidence = float(chances.max())  # below {threshold} it is not sure
    answer = dict(path=path, label=labels[chances.argmax()], confidence=confidence)
    print(json.dumps(answer | dict(sure=confidence >= {threshold})))"""
# The model sees a letter-boxed square: these lines lead back to the picture.
LETTERBOX = """\
    size = len(picture)
    wide, high = (max(1, round(side / max(width, height) * size)) for side in (width, height))
    left, top = round((size - wide) * 0.5), round((size - high) * 0.5)
"""
BOXES = (
    LETTERBOX
    + """\
    found = model(picture[None], training=False)
    corner, scale = np.array([left, top] * 2), np.array([width / wide, height / high] * 2)
    boxes = np.clip((np.asarray(found["boxes"])[0] - corner) * scale, 0, [width, height] * 2)
    kinds, scores = np.asarray(found["classes"])[0].astype(int), np.asarray(found["scores"])[0]
    answer = [
        dict(label=labels[kind], score=float(score), **dict(zip(("left", "top", "right", "bottom"), box)))
        for box, kind, score in zip(boxes.round(2).tolist(), kinds, scores)
        if score >= {threshold}
    ]
    print(json.dumps(dict(path=path, width=width, height=height, boxes=answer)))"""
)
AREAS = (
    LETTERBOX
    + """\
    chances = np.asarray(model(picture[None], training=False))[0][top : top + high, left : left + wide]
    planes = [Image.fromarray(np.ascontiguousarray(plane)) for plane in np.moveaxis(chances, -1, 0)]
    kinds = np.argmax([np.asarray(p.resize((width, height), Image.BILINEAR)) for p in planes], axis=0)
    Image.fromarray(kinds.astype(np.uint8)).save(pathlib.Path(path).stem + "-areas.png")  # the class numbers
    shares = np.bincount(kinds.ravel(), minlength=len(labels)) / kinds.size
    print(json.dumps(dict(path=path, areas=dict(zip(labels, shares.round(6).tolist())))))"""
)


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


def predict_script(config: RunConfig, threshold: float = ALWAYS.threshold) -> str:
    """The source of `predict.py` for the model of a run with this configuration.

    Args:
        threshold: the least confidence for a sure answer, or the least score of a box.
    """
    return SCRIPTS[catalogue.task_of(config)](config, threshold)


def _for_pictures(answer: str, config: RunConfig, threshold: float) -> str:
    functions = "".join(inspect.getsource(f) for f in (decode.upright_rgb, decode.to_square))
    source = (
        functions.replace(": Image.Image", "").replace(" -> Image.Image", "").replace(" -> np.ndarray", "")
    )
    versions = {
        "tensorflow": version("tensorflow"),
        "pillow": version("pillow"),
        "heif": version("pillow-heif"),
    }
    return PICTURES.format(
        functions=source, fit=config.fit, answer=answer.format(threshold=threshold), **versions
    )


def _for_texts(config: RunConfig, threshold: float) -> str:
    versions = {"tensorflow": version("tensorflow"), "keras_hub": version("keras-hub")}
    return TEXTS.format(threshold=threshold, **versions)


SCRIPTS: dict[Task, Callable[[RunConfig, float], str]] = {
    "images": functools.partial(_for_pictures, CLASS),
    "texts": _for_texts,
    "detection": functools.partial(_for_pictures, BOXES),
    "segmentation": functools.partial(_for_pictures, AREAS),
}


def bundle(run: Run) -> Path:
    """A ZIP of the three files in the run's `exports/`, made once, and again when one of them changes.

    Raises:
        RunError: the run has no model yet.
        WorkspaceError: its folder cannot be written.
    """
    run.require_model()
    target = run.folder / "exports" / f"{run.id}.zip"
    script = predict_script(run.config(), run.threshold())
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
