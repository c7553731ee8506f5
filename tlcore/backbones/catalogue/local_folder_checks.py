"""Checks that the files of a BERT in a folder belong together, before anything is built. No TensorFlow.

`local_folder.py` calls them for every such backbone: they read only the header of the weights: a wrong width
costs a few kilobytes and not the gigabytes that a network of that width takes. `folder_files.py` reads the
weights themselves, in pieces, before a network is built.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import msgspec

from tlcore.backbones.catalogue import folder_files
from tlcore.backbones.catalogue.folder_files import CONFIG, MOST_CONFIG, WEIGHTS, Tensor, TensorShape, refuse
from tlcore.errors import BackboneError, printable
from tlcore.records import JsonType

VOCABULARY, TOKENIZER = "vocab.txt", "tokenizer_config.json"
NEEDED = (CONFIG, TOKENIZER, VOCABULARY, WEIGHTS)
REMEDY = f"Give a folder that holds {', '.join(NEEDED)}, as Hugging Face keeps a BERT model."
MOST_VOCABULARY = 50_000_000  # bytes: the largest known one has 5 million
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
ROUNDED_TO = (8, 16, 32, 64, 128, 256)  # models round the number of words up to one of these
_WORDS = "embeddings.word_embeddings.weight"


class Sizes(Protocol):
    """Sizes in `config.json`; `tlcore.backbones.catalogue.local_folder.FolderConfig` is one."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int


class TokenizerConfig(msgspec.Struct):
    """The fields of `tokenizer_config.json` that are read."""

    do_lower_case: bool
    tokenizer_class: str | None = None


_TOKENIZER = JsonType(TokenizerConfig)


def check(folder: Path, sizes: Sizes) -> None:
    """Compare `config.json`, the header of the weights and the vocabulary with one another.

    Raises:
        BackboneError: they contradict each other, or one of them cannot be read.
    """
    folder_files.check_heads(folder, sizes.hidden_size, sizes.num_attention_heads)
    folder_files.check_whole(folder)
    _check_tensors(folder, sizes, folder_files.tensors(folder))
    _check_tokenizer(folder)
    _check_vocabulary(folder, sizes.vocab_size)


def _check_tensors(folder: Path, sizes: Sizes, entries: dict[str, Tensor]) -> None:
    prefix = folder_files.prefix_of(folder, entries, _WORDS)
    norm = "gamma" if f"{prefix}embeddings.LayerNorm.gamma" in entries else "weight"
    folder_files.check_tensors(folder, entries, expected_tensors(sizes, norm), prefix)
    beyond = f"{prefix}encoder.layer.{sizes.num_hidden_layers}."
    folder_files.check_layers(folder, entries, beyond, sizes.num_hidden_layers)


def expected_tensors(sizes: Sizes, norm: str = "weight") -> Iterator[tuple[str, TensorShape]]:
    """The tensors of a BERT of that size, by Hugging Face's names, with their shapes."""
    width, inner = sizes.hidden_size, sizes.intermediate_size
    bias = "beta" if norm == "gamma" else "bias"

    def dense(name: str, inputs: int, outputs: int) -> Iterator[tuple[str, TensorShape]]:
        yield from ((f"{name}.weight", (outputs, inputs)), (f"{name}.bias", (outputs,)))

    def norms(name: str) -> Iterator[tuple[str, TensorShape]]:
        yield from ((f"{name}.LayerNorm.{norm}", (width,)), (f"{name}.LayerNorm.{bias}", (width,)))

    yield _WORDS, (sizes.vocab_size, width)
    yield "embeddings.position_embeddings.weight", (sizes.max_position_embeddings, width)
    yield "embeddings.token_type_embeddings.weight", (2, width)
    yield from norms("embeddings")
    for number in range(sizes.num_hidden_layers):
        layer = f"encoder.layer.{number}"
        for name in ("query", "key", "value"):
            yield from dense(f"{layer}.attention.self.{name}", width, width)
        yield from dense(f"{layer}.attention.output.dense", width, width)
        yield from norms(f"{layer}.attention.output")
        yield from dense(f"{layer}.intermediate.dense", width, inner)
        yield from dense(f"{layer}.output.dense", inner, width)
        yield from norms(f"{layer}.output")
    yield from dense("pooler.dense", width, width)


def _check_tokenizer(folder: Path) -> None:
    content = folder_files.read_small_file(folder / TOKENIZER, MOST_CONFIG, REMEDY)
    try:
        kind = _TOKENIZER.decode(content).tokenizer_class or ""
    except ValueError as error:
        raise BackboneError(
            f"{TOKENIZER} cannot be used: {error}.", received=folder, remedy=REMEDY
        ) from error
    if kind and not kind.startswith("Bert"):
        refuse(folder, f"{TOKENIZER} asks for {printable(kind, 40)}, and only BERT's tokenizer is supported.")


def _check_vocabulary(folder: Path, size: int) -> None:
    """Compare the words, read as KerasHub reads them: one a line, without trailing spaces."""
    content = (
        folder_files.read_small_file(folder / VOCABULARY, MOST_VOCABULARY, REMEDY)
        .replace(b"\r\n", b"\n")
        .replace(b"\r", b"\n")
    )
    lines = content.count(b"\n") + (content[-1:] not in (b"", b"\n"))
    if size != lines and size not in {-(-lines // whole) * whole for whole in ROUNDED_TO}:
        refuse(folder, f"config.json asks for {size:,} words, and {VOCABULARY} has {lines:,}.")
    try:
        words = [line.rstrip() for line in content.decode().removesuffix("\n").split("\n")]
    except UnicodeDecodeError as error:
        raise BackboneError(f"{VOCABULARY} is not text in UTF-8.", received=folder, remedy=REMEDY) from error
    count = Counter(words)
    if missing := [word for word in SPECIAL if word not in count]:
        refuse(folder, f"{VOCABULARY} lacks {', '.join(missing)}.")
    if words[0] != SPECIAL[0]:
        refuse(folder, f"{VOCABULARY} has {SPECIAL[0]} in another place than the first.")
    word, times = count.most_common(1)[0]
    if times > 1:
        refuse(folder, f"{VOCABULARY} has “{printable(word, 40)}” {times:,} times, and may have it once.")
