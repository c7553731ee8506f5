"""Models of texts for formats without strings: what is behind the tokenizer, and what the tokenizer is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keras
import keras_hub
import msgspec
import numpy as np
import tensorflow as tf

from tlcore import system
from tlcore.errors import RunError
from tlcore.export.formats import term_branch
from tlcore.export.formats.formats import Format
from tlcore.export.formats.word_pieces import FILE, WordPieces
from tlcore.export.writers import CalibrationInputs
from tlcore.graft.inputs.texts import split_at_tokens
from tlcore.graft.network import count_branch


def without_tokenizer(
    model: keras.Model, format: Format, folder: Path, calibration: CalibrationInputs
) -> tuple[keras.Model, CalibrationInputs]:
    """The model from ids int32 (n, …), and ids instead of strings; writes the tokenizer into `folder`.

    One that counts terms also takes their logits, (n, classes): then they come, too, and what counts them is
    written beside the tokenizer.

    Raises:
        RunError: the tokenizer is not of a kind that can go along.
    """
    kind = keras_hub.tokenizers.WordPieceTokenizer
    layer = next((one for one in model.layers if isinstance(one, kind)), None)
    if layer is None:
        raise RunError("The tokenizer of this model cannot go along.", remedy="Take keras or saved_model.")
    front, tail = split_at_tokens(model)
    length = front.outputs[0].shape[-1]
    pieces = _pieces(layer, length)
    system.write_atomic(folder / FILE, msgspec.json.encode(pieces))
    if parts := count_branch.parts_of(model):
        system.write_atomic(folder / term_branch.FILE, msgspec.json.encode(term_branch.pack(*parts)))
    encode = tf.function(front, [tf.TensorSpec([None], tf.string)], autograph=False)

    def as_ids() -> Iterator[np.ndarray]:
        read = (keras.tree.flatten(encode(tf.constant(one))) for one in calibration())
        return (np.asarray(ids) for ids, *_ in read)  # alone: no file that rounds takes more

    if format.has_fixed_length:
        ids = keras.Input((length,), dtype="int32", name="ids")
        tail = keras.Model(ids, tail(ids))
    return tail, as_ids


def _pieces(layer: keras_hub.tokenizers.WordPieceTokenizer, length: int) -> WordPieces:
    if not isinstance(layer, keras_hub.tokenizers.WordPieceTokenizer):  # of a folder that is gone
        raise RunError("Only models that split texts as BERT does can be written in this format.")
    return WordPieces(
        vocabulary=tuple(layer.get_vocabulary()),
        length=length,
        start=layer.start_token_id,
        end=layer.end_token_id,
        padding=layer.pad_token_id,
        unknown=layer.token_to_id(layer.oov_token),
        folds_case=layer.lowercase,
        drops_accents=layer.strip_accents,
    )
