"""The script of a folder that runs elsewhere: `predict.py`, for each task and each program that runs a model.

It holds the source of the two functions that turn a picture into pixels, word for word, so that it cannot
drift from what training saw. A model of texts has its tokenizer inside. Labels and threshold are read from
`description.json` beside it.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from tlcore.config import Fit
from tlcore.config.task import Task
from tlcore.data.images import decode
from tlcore.export.formats.formats import Format, RuntimeName

PICTURES = """\
# python predict.py PICTURE...    once, before: python -m pip install -r requirements.txt
import contextlib, json, pathlib, sys, numpy as np
{imports}
from PIL import Image, ImageOps
with contextlib.suppress(ImportError):  # HEIC pictures need: python -m pip install pillow-heif
    import pillow_heif
    pillow_heif.register_heif_opener(thumbnails=False)
{functions}
here = pathlib.Path(__file__).parent
told = json.loads((here / "description.json").read_text(encoding="utf-8"))
labels, threshold, size = told["labels"], told["threshold"], told["input"]["size"]
{model}
for path in sys.argv[1:]:
    try:
        image = Image.open(path)
        is_on_its_side = image.getexif().get(274) in (5, 6, 7, 8)  # a spoiled rest of it is not read again
        width, height = image.size[::-1] if is_on_its_side else image.size
        image.info.pop("exif", None)
        picture = to_square(image, size, "{fit}")
    except Exception as error:
        print(json.dumps(dict(path=path, error=str(error))), flush=True)
        continue
{answer}
"""
CLASS = """\
    chances = ask(picture)
    confidence = float(chances.max())  # below the threshold it is not sure
    answer = dict(path=path, label=labels[chances.argmax()], confidence=confidence)
    answer |= dict(sure=confidence >= threshold, chances=dict(zip(labels, chances.tolist())))
    print(json.dumps(answer), flush=True)"""
# The model sees a letter-boxed square: these lines lead back to the picture.
LETTERBOX = """\
    wide, high = (max(1, round(side / max(width, height) * size)) for side in (width, height))
    left, top = round((size - wide) * 0.5), round((size - high) * 0.5)
"""
BOXES = (
    LETTERBOX
    + """\
    found = ask(picture)  # left, top, right, bottom, score and class number in each row
    corner, scale = np.array([left, top] * 2), np.array([width / wide, height / high] * 2)
    boxes = np.clip((found[:, :4] - corner) * scale, 0, [width, height] * 2)
    answer = [
        dict(label=labels[int(kind)], score=float(score)) | dict(zip(("left", "top", "right", "bottom"), box))
        for box, score, kind in zip(boxes.round(2).tolist(), found[:, 4], found[:, 5])
        if score >= threshold
    ]
    print(json.dumps(dict(path=path, width=width, height=height, boxes=answer)), flush=True)"""
)
AREAS = (
    LETTERBOX
    + """\
    chances = ask(picture)[top : top + high, left : left + wide]
    planes = [Image.fromarray(np.ascontiguousarray(plane)) for plane in np.moveaxis(chances, -1, 0)]
    kinds = np.argmax([np.asarray(p.resize((width, height), Image.BILINEAR)) for p in planes], axis=0)
    Image.fromarray(kinds.astype(np.uint8)).save(pathlib.Path(path).stem + "-areas.png")  # the class numbers
    shares = np.bincount(kinds.ravel(), minlength=len(labels)) / kinds.size
    print(json.dumps(dict(path=path, areas=dict(zip(labels, shares.round(6).tolist())))), flush=True)"""
)
ANSWERS: dict[Task, str] = {"images": CLASS, "detection": BOXES, "segmentation": AREAS}


@dataclass(frozen=True)
class RuntimeCode:
    """The lines by which a program is imported, and by which it opens the model and defines `ask`: from a
    picture uint8 (size, size, 3) to the answer."""

    imports: str
    model: str


LOAD = """\
model = keras.models.load_model(here / "model.keras", compile=False, safe_mode=True)
compiled = tf.function(lambda pictures: model(pictures, training=False))  # pays from the tenth picture on
"""
KERAS = f"""{LOAD}\
def ask(picture):
    return np.asarray(compiled(picture[None]))[0]"""
KERAS_BOXES = (
    LOAD
    + """\
def ask(picture):
    found = {name: np.asarray(part)[0] for name, part in compiled(picture[None]).items()}
    return np.column_stack([found["boxes"], found["scores"], found["classes"]])"""
)
LITERT = """\
model = Interpreter(str(here / "model.tflite"))
model.allocate_tensors()
(entry,), (end,) = model.get_input_details(), model.get_output_details()
def ask(picture):
    model.set_tensor(entry["index"], picture[None])
    model.invoke()
    return model.get_tensor(end["index"])[0]"""
ONNX = """\
model = onnxruntime.InferenceSession(here / "model.onnx", providers=["CPUExecutionProvider"])
entry = model.get_inputs()[0].name
def ask(picture):
    return model.run(None, {entry: picture[None]})[0][0]"""
RUNTIMES: dict[RuntimeName, RuntimeCode] = {
    "keras": RuntimeCode("import keras, tensorflow as tf", KERAS),
    "litert": RuntimeCode("from ai_edge_litert.interpreter import Interpreter", LITERT),
    "onnx": RuntimeCode("import onnxruntime", ONNX),
}

TEXTS = """\
# python predict.py "A TEXT" ...    once, before: python -m pip install -r requirements.txt
import json, pathlib, sys, keras, keras_hub, numpy as np, tensorflow as tf
here = pathlib.Path(__file__).parent
model = keras.models.load_model(here / "model.keras", compile=False, safe_mode=True)
told = json.loads((here / "description.json").read_text(encoding="utf-8"))
labels, threshold = told["labels"], told["threshold"]
ask = tf.function(lambda texts: model(texts, training=False), [tf.TensorSpec([None], tf.string)])
for text in sys.argv[1:]:
    chances = np.asarray(ask(tf.constant([text])))[0]
    confidence = float(chances.max())  # below the threshold it is not sure
    answer = dict(text=text, label=labels[chances.argmax()], confidence=confidence)
    answer |= dict(sure=confidence >= threshold, chances=dict(zip(labels, chances.tolist())))
    print(json.dumps(answer), flush=True)
"""


def predict_script(task: Task, format: Format, fit: Fit) -> str:
    """The source of `predict.py` for a model of this task in a folder of this format."""
    if task == "texts":
        return TEXTS
    code = RUNTIMES[format.runtime]
    is_named = (task, format.runtime) == ("detection", "keras")  # Keras gives a detector's answers by name
    functions = "".join(inspect.getsource(f) for f in (decode.upright_rgb, decode.to_square))
    source = (
        functions.replace(": Image.Image", "").replace(" -> Image.Image", "").replace(" -> np.ndarray", "")
    )
    return PICTURES.format(
        imports=code.imports,
        functions=source,
        model=KERAS_BOXES if is_named else code.model,
        fit=fit,
        answer=ANSWERS[task],
    )
