"""The formats in which a model goes home, one entry each: for the page, the command line and the proof.

Which file it is, what opens it, and how exactly it has to answer.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tlcore.config.task import Task
from tlcore.errors import RunError

RuntimeName = Literal["keras", "saved_model", "litert", "onnx", "web"]
PIXELS: tuple[Task, ...] = ("images", "detection", "segmentation")
ALL: tuple[Task, ...] = (*PIXELS, "texts")


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """A format.

    Attributes:
        file: the name of the file, or of the folder where it has no suffix.
        runtime: the program that opens it.
        tasks: the tasks whose models can be written so.
        is_rounded: its weights are whole numbers, so its answers may differ a little: it has to be as often
            right as the model, not to say the same.
        inside: of a folder that runs elsewhere, the format of the model in it.
    """

    id: str
    title: str
    about: str
    file: str
    runtime: RuntimeName
    tasks: tuple[Task, ...] = PIXELS
    is_rounded: bool = False
    inside: str = ""

    @property
    def is_folder(self) -> bool:
        return "." not in self.file

    @property
    def model(self) -> Format:
        """The format of the model itself: of the one in the folder, or this one."""
        return FORMATS[self.inside] if self.inside else self


_ALL = (
    Format(
        id="web",
        title="A page to take home",
        about="One file that browsers open: it answers pictures and the camera, and sends nothing anywhere.",
        file="page.html",
        runtime="web",
    ),
    Format(
        id="keras",
        title="Keras",
        about="The model itself: to train it further, or to use it in Python.",
        file="model.keras",
        runtime="keras",
        tasks=ALL,
    ),
    Format(
        id="saved_model",
        title="TensorFlow SavedModel",
        about="A folder for TensorFlow Serving and other TensorFlow programs.",
        file="saved_model",
        runtime="saved_model",
        tasks=ALL,
    ),
    Format(
        id="litert",
        title="LiteRT",
        about="For apps on Android, iOS and small computers (TensorFlow Lite).",
        file="model.tflite",
        runtime="litert",
    ),
    Format(
        id="litert-float16",
        title="LiteRT, half precision",
        about="Half the size; answers almost the same.",
        file="model-float16.tflite",
        runtime="litert",
    ),
    Format(
        id="litert-dynamic",
        title="LiteRT, 8-bit weights",
        about="A quarter of the size; its calculations stay exact.",
        file="model-dynamic.tflite",
        runtime="litert",
        is_rounded=True,
    ),
    Format(
        id="litert-int8",
        title="LiteRT, 8-bit",
        about="A quarter of the size, and quick on phones: it also calculates with 8-bit numbers.",
        file="model-int8.tflite",
        runtime="litert",
        is_rounded=True,
    ),
    Format(
        id="onnx",
        title="ONNX",
        about="For programs in other languages: C#, C++, Java, JavaScript and more.",
        file="model.onnx",
        runtime="onnx",
    ),
    Format(
        id="onnx-int8",
        title="ONNX, 8-bit",
        about="A quarter of the size; it also calculates with 8-bit numbers.",
        file="model-int8.onnx",
        runtime="onnx",
        is_rounded=True,
    ),
    Format(
        id="folder",
        title="A folder that runs elsewhere, with Keras",
        about="The model and a short Python script that answers without Graft.",
        file="folder",
        runtime="keras",
        tasks=ALL,
        inside="keras",
    ),
    Format(
        id="folder-litert",
        title="A folder that runs elsewhere, with LiteRT",
        about="The same for small computers: it needs no TensorFlow.",
        file="folder",
        runtime="litert",
        inside="litert",
    ),
    Format(
        id="folder-onnx",
        title="A folder that runs elsewhere, with ONNX",
        about="The same with ONNX Runtime: quick to install, and it needs no TensorFlow.",
        file="folder",
        runtime="onnx",
        inside="onnx",
    ),
)
FORMATS = {one.id: one for one in _ALL}


def formats_of(task: Task) -> tuple[Format, ...]:
    """The formats in which a model of this task can be written."""
    return tuple(one for one in _ALL if task in one.tasks)


def get(id: str, task: Task) -> Format:
    """The format of this name.

    Raises:
        RunError: there is none, or not for models of this task.
    """
    offered = {one.id: one for one in formats_of(task)}
    if id in offered:
        return offered[id]
    what = "A model of this kind cannot be written in that format." if id in FORMATS else "No such format."
    raise RunError(what, received=id, remedy=f"There are {', '.join(offered)}.")
