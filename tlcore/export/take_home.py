"""Take it home: `model.keras`, `labels.json` and a `predict.py` that needs neither Graft nor this machine.

The script for pictures holds the source of the two functions that turn a picture into pixels, word for word,
so that it cannot drift from what training saw. A model of texts has its tokenizer inside.
"""

from __future__ import annotations

import inspect
import secrets
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from tlcore import system
from tlcore.backbones import catalogue
from tlcore.config import RunConfig
from tlcore.data import pictures
from tlcore.data.manifest import Task
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
    picture = to_square(Image.open(path), model.input_shape[1], "{fit}")
    chances = np.asarray(model(picture[None], training=False))[0]
    print(json.dumps(dict(path=path, label=labels[chances.argmax()], confidence=float(chances.max()))))
"""


TEXTS = """\
# python predict.py "A TEXT" ...    needs: pip install tensorflow=={tensorflow} keras-hub=={keras_hub}
import json, pathlib, sys, keras, keras_hub, numpy as np, tensorflow as tf
here = pathlib.Path(__file__).parent
model = keras.models.load_model(here / "model.keras", compile=False, safe_mode=True)
labels = json.loads((here / "labels.json").read_text(encoding="utf-8"))
answer = tf.function(lambda texts: model(texts, training=False), [tf.TensorSpec([None], tf.string)])
for text in sys.argv[1:]:
    chances = np.asarray(answer(tf.constant([text])))[0]
    print(json.dumps(dict(text=text, label=labels[chances.argmax()], confidence=float(chances.max()))))
"""


def predict_script(config: RunConfig) -> str:
    """The source of `predict.py` for the model of a run with this configuration."""
    return SCRIPTS[catalogue.task_of(config.backbone)](config)


def _for_pictures(config: RunConfig) -> str:
    functions = "".join(inspect.getsource(f) for f in (pictures.upright_rgb, pictures.to_square))
    bare = functions.replace(": Image.Image", "").replace(" -> Image.Image", "").replace(" -> np.ndarray", "")
    versions = {
        "tensorflow": version("tensorflow"),
        "pillow": version("pillow"),
        "heif": version("pillow-heif"),
    }
    return PICTURES.format(functions=bare, fit=config.fit, **versions)


def _for_texts(config: RunConfig) -> str:
    return TEXTS.format(tensorflow=version("tensorflow"), keras_hub=version("keras-hub"))


SCRIPTS: dict[Task, Callable[[RunConfig], str]] = {"images": _for_pictures, "texts": _for_texts}


def bundle(run: Run) -> Path:
    """A ZIP of the three files in the run's `exports/`, made once and again when the model changes.

    Raises:
        RunError: the run has no model yet.
    """
    run.require_model()
    target = run.folder / "exports" / f"{run.id}.zip"
    if target.exists() and target.stat().st_mtime >= run.model.stat().st_mtime:
        return target
    target.parent.mkdir(exist_ok=True)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")  # two may ask at once
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            archive.write(run.model, "model.keras")
            archive.write(run.folder / "labels.json", "labels.json")
            archive.writestr("predict.py", predict_script(run.config()))
        system.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target
