"""Checks that the files of a BERT, DistilBERT, RoBERTa or XLM-RoBERTa in a folder belong together. Light.

`local_folder.py` calls them for every such backbone: they read only the header of the weights: a wrong width
costs a few kilobytes and not the gigabytes that a network of that width takes. `folder_files.py` reads the
weights themselves, in pieces, before a network is built.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from tlcore.backbones.folders import folder_files, sentence_pieces
from tlcore.backbones.folders.folder_files import CONFIG, MOST_CONFIG, WEIGHTS, Tensor, TensorShape, refuse
from tlcore.errors import BackboneError, printable
from tlcore.records import JsonType

VOCABULARY, TOKENIZER = "vocab.txt", "tokenizer_config.json"
PIECES, MERGES = "vocab.json", "merges.txt"
SENTENCES = "sentencepiece.bpe.model"
XLM = "xlm-roberta"
NEEDED = (CONFIG, TOKENIZER, VOCABULARY, WEIGHTS)
NEEDED_BY_ROBERTA = (CONFIG, PIECES, MERGES, WEIGHTS)
NEEDED_BY_XLM = (CONFIG, SENTENCES, WEIGHTS)
REMEDY = (
    f"Give a folder that holds {', '.join(NEEDED)}, as Hugging Face keeps a BERT or DistilBERT model, or "
    f"{', '.join(NEEDED_BY_ROBERTA)}, as it keeps a RoBERTa, or {', '.join(NEEDED_BY_XLM)}, as it keeps an "
    "XLM-RoBERTa."
)
MOST_VOCABULARY = 50_000_000  # bytes: the largest known one has 5 million
MOST_MERGES = 20_000_000
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
ROUNDED_TO = (8, 16, 32, 64, 128, 256)  # models round the number of words up to one of these
SEGMENTS = "embeddings.token_type_embeddings.weight"
SPECIAL_PIECES = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
_WORDS = "embeddings.word_embeddings.weight"


class Sizes(Protocol):
    """Sizes in `config.json`; `tlcore.backbones.catalogue.local_folder.FolderConfig` is one."""

    model_type: str
    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int


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


class TokenizerConfig(msgspec.Struct):
    """The fields of `tokenizer_config.json` that are read."""

    do_lower_case: bool
    tokenizer_class: str | None = None


_TOKENIZER, _PIECES = JsonType(TokenizerConfig), JsonType(dict[str, int])


def check(folder: Path, sizes: Sizes) -> None:
    """Compare `config.json`, the header of the weights and the vocabulary with one another.

    Raises:
        BackboneError: they contradict each other, or one of them cannot be read.
    """
    folder_files.check_heads(folder, sizes.hidden_size, sizes.num_attention_heads)
    folder_files.check_whole(folder)
    _check_tensors(folder, sizes, folder_files.tensors(folder))
    if sizes.model_type == "roberta":
        _check_pieces(folder, sizes.vocab_size)
        return
    if sizes.model_type == XLM:
        sentence_pieces.check(folder / SENTENCES, sizes.vocab_size, REMEDY)
        return
    _check_tokenizer(folder)
    _check_vocabulary(folder, sizes.vocab_size)


def prefix_of(folder: Path, entries: dict[str, Tensor]) -> str:
    """Prefix of the names of the model's tensors, such as "bert."; errors as `folder_files.prefix_of`."""
    return folder_files.prefix_of(folder, entries, _WORDS)


def _check_tensors(folder: Path, sizes: Sizes, entries: dict[str, Tensor]) -> None:
    prefix = prefix_of(folder, entries)
    is_old = sizes.model_type == "bert" and f"{prefix}embeddings.LayerNorm.gamma" in entries
    expected = expected_tensors(sizes, "gamma" if is_old else "weight")
    folder_files.check_tensors(folder, entries, expected, prefix)
    beyond = f"{prefix}{NAMES[sizes.model_type].layer}.{sizes.num_hidden_layers}."
    folder_files.check_layers(folder, entries, beyond, sizes.num_hidden_layers)


def expected_tensors(sizes: Sizes, norm: str = "weight") -> Iterator[tuple[str, TensorShape]]:
    """The tensors of a model of that kind and size, by Hugging Face's names, with their shapes."""
    width, inner, names = sizes.hidden_size, sizes.intermediate_size, NAMES[sizes.model_type]
    bias = "beta" if norm == "gamma" else "bias"

    def dense(name: str, inputs: int, outputs: int) -> Iterator[tuple[str, TensorShape]]:
        yield from ((f"{name}.weight", (outputs, inputs)), (f"{name}.bias", (outputs,)))

    def normed(name: str) -> Iterator[tuple[str, TensorShape]]:
        yield from ((f"{name}.{norm}", (width,)), (f"{name}.{bias}", (width,)))

    yield _WORDS, (sizes.vocab_size, width)
    yield "embeddings.position_embeddings.weight", (sizes.max_position_embeddings, width)
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


def _check_tokenizer(folder: Path) -> None:
    content = folder_files.read_small_file(folder / TOKENIZER, MOST_CONFIG, REMEDY)
    try:
        kind = _TOKENIZER.decode(content).tokenizer_class or ""
    except ValueError as error:
        raise BackboneError(
            f"{TOKENIZER} cannot be used: {error}.", received=folder, remedy=REMEDY
        ) from error
    if kind and not kind.startswith(("Bert", "DistilBert")):
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


def _check_pieces(folder: Path, size: int) -> None:
    """Compare RoBERTa's pieces of words and the pairs that become one, as KerasHub reads them."""
    try:
        pieces = _PIECES.decode(folder_files.read_small_file(folder / PIECES, MOST_VOCABULARY, REMEDY))
    except ValueError as error:
        raise BackboneError(f"{PIECES} cannot be used: {error}.", received=folder, remedy=REMEDY) from error
    if size != len(pieces) and size not in {-(-len(pieces) // whole) * whole for whole in ROUNDED_TO}:
        refuse(folder, f"config.json asks for {size:,} pieces of words, and {PIECES} has {len(pieces):,}.")
    if set(pieces.values()) != set(range(len(pieces))):
        refuse(folder, f"{PIECES} does not number its pieces from 0 to {len(pieces) - 1:,}, each once.")
    for piece, number in SPECIAL_PIECES.items():
        if pieces.get(piece) != number:
            refuse(folder, f"{PIECES} has {piece} in another place than {number}.")
    if missing := [piece for piece in ("<mask>", *byte_letters()) if piece not in pieces]:
        refuse(folder, f"{PIECES} lacks {printable(missing[0], 20)}.")
    _check_pairs(folder, pieces)


def _check_pairs(folder: Path, pieces: dict[str, int]) -> None:
    content = folder_files.read_small_file(folder / MERGES, MOST_MERGES, REMEDY)
    try:
        lines = content.decode().splitlines()
    except UnicodeDecodeError as error:
        raise BackboneError(f"{MERGES} is not text in UTF-8.", received=folder, remedy=REMEDY) from error
    for number, line in enumerate(lines, start=1):
        if line.startswith("#version") or not line:
            continue
        pair = line.split(" ")
        if len(pair) != 2 or "".join(pair) not in pieces:
            refuse(folder, f"Line {number:,} of {MERGES} is no pair that gives a piece of {PIECES}.")


def byte_letters() -> Iterator[str]:
    """The 256 letters that stand for bytes (Radford et al., 2019): printable ones for themselves."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    yield from map(chr, plain)
    yield from map(chr, range(256, 256 + 256 - len(plain)))
