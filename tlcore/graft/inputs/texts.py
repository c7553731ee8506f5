"""The model work on texts, with the functions of `tasks.Stages`."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tlcore.backbones import graph
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.texts import loader
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset, manifest_for
from tlcore.data.examples.text_table import texts_of
from tlcore.data.importing.text_collector import NO_TEXT, clean
from tlcore.data.manifest import Example
from tlcore.data.tables.columns import guess_columns
from tlcore.data.tables.encodings import decode, is_text
from tlcore.data.tables.reading import SUFFIXES, read_table
from tlcore.data.tables.rows import Table
from tlcore.data.text_store import read_texts
from tlcore.download import OnProgress
from tlcore.errors import DataError, RunError
from tlcore.graft.inputs import text_rows
from tlcore.graft.inputs.protocol import CPU_BATCH, Inputs
from tlcore.graft.inputs.tasks import AnswerFields, ModelFunction, RowLoader, Shape
from tlcore.graft.network import build_text, count_branch, cut
from tlcore.graft.network.build import Graft

AT_ONCE = 256  # enough for batches of similar length among them
MOST_BYTES = 1_000_000  # of a file that is one text
log = logging.getLogger(__name__)


def build_ahead(backbone: str, input_size: int | None) -> keras.Model:
    """The backbone for texts of any length; a run cuts them later. A first tokenizer is slow to load."""
    loader.tokenizer(backbone, catalogue.get(backbone).input_size + 1)
    return loader.build_ahead(backbone)


def inputs(
    dataset: Dataset, examples: Sequence[Example], config: RunConfig, on_progress: OnProgress | None = None
) -> text_rows.TextRows:
    """The texts of `examples` as token ids, as long as `config.input_size` says, or as most of them are.

    Raises:
        BackboneError: unknown backbone or input size.
        WeightsError: the tokenizer cannot be downloaded; DataError: the texts are gone.
    """
    texts = _texts_of(dataset, examples)
    entry = catalogue.get(config.backbone)
    whole = loader.tokenizer(config.backbone, entry.input_size + 1, on_progress)
    lengths = text_rows.count_tokens(texts, whole)
    length = config.input_size or text_rows.choose_length(lengths, entry.input_size)[0]
    longer = float((lengths > length).mean())
    note = f"Texts are read up to token {length} (a word has one or a few); {longer:.1%} of them are longer."
    log.info(note)
    return text_rows.TextRows(texts, loader.tokenizer(config.backbone, length, on_progress), note)


def build(
    config: RunConfig,
    classes: int,
    inputs: Inputs,
    on_progress: OnProgress | None = None,
    pretrained: bool = True,
) -> Graft:
    """As `build` in `graft/network/build_text.py`, for the length of `inputs`."""
    return build_text.build(config, classes, inputs.size, on_progress, pretrained)


def _texts_of(dataset: Dataset, examples: Sequence[Example]) -> Sequence[str]:
    try:
        return texts_of(examples, read_texts(dataset.folder))
    except KeyError as error:
        raise DataError(
            "A text of the data set is missing.", received=dataset.id, remedy="Import the data set again."
        ) from error


def row_loader(dataset: Dataset, examples: Sequence[Example], config: RunConfig, shape: Shape) -> RowLoader:
    """Row numbers → strings, (n,)."""
    texts = _texts_of(dataset, examples)
    return lambda rows: np.array([texts[row] for row in rows.tolist()], dtype=object)


def read(path: Path, config: RunConfig, shape: Shape) -> Iterator[tuple[list[AnswerFields], np.ndarray]]:
    """The texts in a table's column of texts; the one text that any other file is.

    Raises:
        DataError: it cannot be read.
    """
    if path.suffix.lower() not in SUFFIXES:
        text = clean(_read_text(path))
        yield [{"path": str(path), "text": text}], np.array([text], dtype=object)
        return
    table = read_table(path)
    column = _column(table, config)
    for skip in table.skipped:
        yield [{"path": f"{path}, {skip.name}", "error": skip.reason}], blank_input(shape)[:0]
    rows = list(zip(table.numbers, table.rows, strict=True))
    for at in range(0, len(rows), AT_ONCE):
        part = [(f"{path}, row {number}", clean(row[column])) for number, row in rows[at : at + AT_ONCE]]
        fields = [{"path": name} | ({"text": text} if text else {"error": NO_TEXT}) for name, text in part]
        yield fields, np.array([text for _, text in part if text], dtype=object)


def _column(table: Table, config: RunConfig) -> int:
    """Number of the column with the name that the run's own texts had; else a guess."""
    try:
        name = manifest_for(config).text_column
    except DataError:  # its data are gone
        name = ""
    return table.columns.index(name) if name in table.columns else guess_columns(table).text


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError("This is too long for one text.", received=path, remedy="Give a table of texts.")
        content = path.read_bytes()
    except OSError as error:
        raise DataError("The file cannot be opened.", received=path) from error
    if not is_text(content):
        raise DataError("This is not a text.", received=path.name, remedy="Give a text file or a table.")
    return decode(content)


def compile_model(model: keras.Model) -> ModelFunction:
    """A function from strings to the model's outputs, (n, …) each, in batches of similar length.

    The network reads each batch up to its longest text, not up to the length it was built for: the rest is
    padding, which counts for nothing. Short texts are answered several times as fast.
    """
    front, tail = split_at_tokens(model)
    encode = tf.function(front, [tf.TensorSpec((None,), tf.string)], autograph=False)
    specs = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in tail.inputs]
    compiled = tf.function(lambda *inputs: tail(list(inputs)), specs, autograph=False)

    def read(texts: list[str]) -> list[np.ndarray]:
        return [np.asarray(tensor) for tensor in keras.tree.flatten(encode(tf.constant(texts)))]

    pad = int(read([""])[0][0, -1])  # an empty text ends in it

    def answer(texts: np.ndarray) -> tuple[np.ndarray, ...]:
        ids, *counted = read(texts.tolist())
        order, parts = [], []
        for rows, batch in text_rows.batch_by_length(ids, pad, CPU_BATCH):
            order.append(rows)
            outputs = compiled(batch, *(tensor[rows] for tensor in counted))
            parts.append([np.asarray(output) for output in keras.tree.flatten(outputs)])
        back = np.argsort(np.concatenate(order))
        return tuple(np.concatenate(outputs)[back] for outputs in zip(*parts, strict=True))

    return answer


def split_at_tokens(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """From strings (n,) to ids int32 (n, length), and from ids of any length to the model's outputs.

    Where the model counts terms beside its backbone, their logits (n, classes) stand behind the ids.

    Raises:
        RunError: the model does not begin with a tokenizer of Graft's.
    """
    counted = count_branch.outputs(model)
    body = keras.Model(model.inputs, cut.head_input(model)) if counted else model
    tokens = next((tensor for tensor in reversed(cut.single_cuts(body)) if tensor.dtype == "int32"), None)
    if tokens is None:
        raise RunError("The model does not begin with a tokenizer of Graft's.", received=model.name)
    front, tail = cut.split(model, (tokens, *counted))
    any_length = keras.Input((None,), dtype="int32", name="ids")  # the tail itself has a fixed one
    inputs = [any_length, *(keras.Input(tensor.shape[1:], name="counted") for tensor in counted)]
    outputs = graph.replay(tail, inputs)
    return front, keras.Model(inputs if counted else any_length, outputs)


def blank_input(shape: Shape) -> np.ndarray:
    """An empty text, (1,)."""
    return np.array([""], dtype=object)
