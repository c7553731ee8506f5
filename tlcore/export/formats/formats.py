"""The formats in which a model goes home, one entry each: for the page, the command line and the proof.

Which file it is, what opens it, and how exactly it has to answer.
"""

from __future__ import annotations

import contextlib
from typing import Literal

import msgspec

from tlcore.backbones.catalogue import catalogue, local_folder
from tlcore.backbones.catalogue.entry import FOLDER_PREFIX
from tlcore.backbones.catalogue.image_facts import BY_ID as IMAGES
from tlcore.backbones.catalogue.published_image import CONVOLUTIONS, PublishedHub
from tlcore.backbones.catalogue.text_facts import BY_ID
from tlcore.backbones.weights import conversions
from tlcore.config.task import Task
from tlcore.errors import BackboneError, RunError

RuntimeName = Literal["keras", "saved_model", "litert", "onnx", "web"]
NOT_OF_TRANSFORMERS = {"litert-int8", "onnx-int8"}  # they do not bear 8-bit sums: 4 and 7 of 16 the same
PAGE_BYTES = 380_000_000  # of weights in a page: as text they are half as long again, and Chrome reads 0.5 GB
COUNTS_TERMS = (
    "This model counts words or letters in the text itself, so it cannot become a LiteRT or ONNX file: these "
    "take no texts."
)
WORD_PIECE_KINDS = ("Bert", "DistilBert")  # of tokenizers, as `PublishedText.tokenizer` has them


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """A format.

    Attributes:
        file: the name of the file, or of the folder where it has no suffix.
        runtime: the program that opens it.
        is_rounded: its weights are whole numbers, so its answers may differ a little: it has to be as often
            right as the model, not to say the same.
        inside: of a folder that runs elsewhere, the format of the model in it.
    """

    id: str
    title: str
    about: str
    file: str
    runtime: RuntimeName
    is_rounded: bool = False
    inside: str = ""

    @property
    def is_folder(self) -> bool:
        return "." not in self.file

    @property
    def model(self) -> Format:
        """The format of the model itself: of the one in the folder, or this one."""
        return FORMATS[self.inside] if self.inside else self

    @property
    def takes_ids(self) -> bool:
        """Of texts it takes token ids, not the texts themselves: its tokenizer lies beside it."""
        return self.runtime in ("litert", "onnx", "web")

    @property
    def has_fixed_length(self) -> bool:
        """Texts are filled up to the length that the model was made for."""
        return self.runtime == "litert"


_ALL = (
    Format(
        id="web",
        title="A page to take home",
        about="One file that browsers open: it answers what you show it, and sends nothing anywhere.",
        file="page.html",
        runtime="web",
    ),
    Format(
        id="keras",
        title="Keras",
        about="The model itself: to train it further, or to use it in Python.",
        file="model.keras",
        runtime="keras",
    ),
    Format(
        id="saved_model",
        title="TensorFlow SavedModel",
        about="A folder for TensorFlow Serving and other TensorFlow programs.",
        file="saved_model",
        runtime="saved_model",
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


def formats_of(task: Task, backbone: str, counts_terms: bool = False, size: int = 0) -> tuple[Format, ...]:
    """The formats in which a model of this task, on this backbone, can be written.

    Args:
        counts_terms: its head counts words or letters in the text itself: a page does, other programs do not.
        size: bytes of the finished model, for a backbone that is not in the catalogue.
    """
    left_out = _not_of_texts(backbone, counts_terms) if task == "texts" else _not_of_pictures(backbone)
    left_out |= _not_of_size(backbone, size)
    return tuple(one for one in _ALL if one.id not in left_out)


def _not_of_texts(backbone: str, counts_terms: bool) -> set[str]:
    """Formats that a model of texts on this backbone cannot have, or would answer badly in."""
    if not has_word_pieces(backbone):
        return {one.id for one in _ALL if one.takes_ids}
    # The scripts of folders split no texts.
    left_out = NOT_OF_TRANSFORMERS | {one.id for one in _ALL if one.takes_ids and one.inside}
    if counts_terms:
        left_out |= {one.id for one in _ALL if one.takes_ids and one.id != "web"}
    return left_out


def _not_of_pictures(backbone: str) -> set[str]:
    """Formats that a model of pictures on this backbone cannot have, or would answer badly in."""
    published = IMAGES.get(backbone)
    is_hub = isinstance(published, PublishedHub) and published.kind not in CONVOLUTIONS
    is_transformer = is_hub or backbone.startswith(FOLDER_PREFIX)
    return set(NOT_OF_TRANSFORMERS if is_transformer else ())


def _not_of_size(backbone: str, size: int) -> set[str]:
    """Formats for which the weights are too large."""
    left_out: set[str] = set()
    if backbone in IMAGES or backbone in BY_ID:
        size = 4 * catalogue.get(backbone).params
    if size > PAGE_BYTES:
        left_out.add("web")
    if size > conversions.MOST_BYTES:
        left_out |= {one.id for one in _ALL if {"litert", "onnx"} & {one.runtime, one.inside}}
    return left_out


def has_word_pieces(backbone: str) -> bool:
    """Its tokenizer can go along with a file that has none inside."""
    entry = BY_ID.get(backbone)
    if backbone.startswith(FOLDER_PREFIX):
        with contextlib.suppress(BackboneError):
            entry = local_folder.published(backbone)
        return entry is None or entry.tokenizer in WORD_PIECE_KINDS  # of a folder that is gone nobody knows
    return bool(entry and entry.tokenizer in WORD_PIECE_KINDS)


def get(id: str, task: Task, backbone: str, counts_terms: bool = False, size: int = 0) -> Format:
    """The format of this name; arguments as for `formats_of`.

    Raises:
        RunError: there is none, or not for such models.
    """
    offered = {one.id: one for one in formats_of(task, backbone, counts_terms, size)}
    is_lost_by_counting = counts_terms and id in [one.id for one in formats_of(task, backbone)]
    if id in offered:
        return offered[id]
    why = (
        COUNTS_TERMS
        if is_lost_by_counting
        else "A model on this backbone has no such file: it would have no tokenizer, be too large or answer "
        "badly."
    )
    raise RunError(
        why if id in FORMATS else "No such format.",
        received=id,
        remedy=f"There are {', '.join(offered)}.",
    )
