"""Checks that a BERT, DistilBERT, RoBERTa or XLM-RoBERTa has the tensors of its `config.json`. Light.

`local_folder.py` calls them for every such backbone: they read only the header of the weights: a wrong width
costs a few kilobytes and not the gigabytes that a network of that width takes. `folder_files.py` reads the
weights themselves, in pieces, before a network is built, and `token_files.py` the tokenizer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tlcore.backbones.folders import folder_files
from tlcore.backbones.folders.folder_files import Tensor, TensorShape
from tlcore.backbones.folders.text_config import XLM, FolderConfig

SEGMENTS = "embeddings.token_type_embeddings.weight"
PLACES = "embeddings.position_embeddings.weight"
WORDS = "embeddings.word_embeddings.weight"


class LayerNames(NamedTuple):
    """Names of the tensors of a layer; `attention` is query, key, value and the dense layer behind them."""

    layer: str
    attention: tuple[str, str, str, str]
    norms: tuple[str, str]
    dense: tuple[str, str]


_BERT = LayerNames(
    "encoder.layer",
    ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"),
    ("attention.output.LayerNorm", "output.LayerNorm"),
    ("intermediate.dense", "output.dense"),
)
_DISTILBERT = LayerNames(
    "transformer.layer",
    ("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"),
    ("sa_layer_norm", "output_layer_norm"),
    ("ffn.lin1", "ffn.lin2"),
)
NAMES = {"bert": _BERT, "roberta": _BERT, XLM: _BERT, "distilbert": _DISTILBERT}


def check(folder: Path, sizes: FolderConfig) -> None:
    """Compare `config.json` and the header of the weights with one another.

    Raises:
        BackboneError: they contradict each other, or one of them cannot be read.
    """
    folder_files.check_whole(folder)
    entries = folder_files.tensors(folder)
    prefix = prefix_of(folder, entries)
    is_old = sizes.model_type == "bert" and f"{prefix}embeddings.LayerNorm.gamma" in entries
    expected = expected_tensors(sizes, "gamma" if is_old else "weight")
    folder_files.check_tensors(folder, entries, expected, prefix)
    folder_files.check_layers(folder, entries, f"{prefix}{beyond(sizes)}.", sizes.num_hidden_layers)


def prefix_of(folder: Path, entries: dict[str, Tensor]) -> str:
    """Prefix of the names of the model's tensors, such as "bert."; errors as `folder_files.prefix_of`."""
    return folder_files.prefix_of(folder, entries, WORDS)


def beyond(sizes: FolderConfig) -> str:
    """Begins the names of a layer that only a model with more of them has."""
    return f"{NAMES[sizes.model_type].layer}.{sizes.num_hidden_layers}"


def expected_tensors(sizes: FolderConfig, norm: str = "weight") -> Iterator[tuple[str, TensorShape]]:
    """The tensors of a model of that kind and size, by Hugging Face's names, with their shapes."""
    width, inner, names = sizes.hidden_size, sizes.intermediate_size, NAMES[sizes.model_type]
    bias = "beta" if norm == "gamma" else "bias"

    def dense(name: str, inputs: int, outputs: int) -> Iterator[tuple[str, TensorShape]]:
        yield from ((f"{name}.weight", (outputs, inputs)), (f"{name}.bias", (outputs,)))

    def normed(name: str) -> Iterator[tuple[str, TensorShape]]:
        yield from ((f"{name}.{norm}", (width,)), (f"{name}.{bias}", (width,)))

    yield WORDS, (sizes.vocab_size, width)
    yield PLACES, (sizes.max_position_embeddings, width)
    if sizes.model_type != "distilbert":
        yield SEGMENTS, (sizes.type_vocab_size, width)
    yield from normed("embeddings.LayerNorm")
    for number in range(sizes.num_hidden_layers):
        layer = f"{names.layer}.{number}"
        for name in names.attention:
            yield from dense(f"{layer}.{name}", width, width)
        for name in names.norms:
            yield from normed(f"{layer}.{name}")
        yield from dense(f"{layer}.{names.dense[0]}", width, inner)
        yield from dense(f"{layer}.{names.dense[1]}", inner, width)
    if sizes.model_type == "bert":
        yield from dense("pooler.dense", width, width)
