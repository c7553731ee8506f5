"""Checks that the files of a BERT in a folder belong together, before anything is built. No TensorFlow.

`local_folder.py` calls them for every such backbone: they read only the header of the weights: a wrong width
costs a few kilobytes and not the gigabytes that a network of that width takes. `check_numbers` reads the
weights themselves, in pieces; `texts/loader.py` calls it before it builds the network.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, Protocol

import msgspec
import numpy as np

from tlcore.errors import BackboneError, printable
from tlcore.records import JsonType

WEIGHTS, VOCABULARY, TOKENIZER = "model.safetensors", "vocab.txt", "tokenizer_config.json"
INDEX = "model.safetensors.index.json"
NEEDED = ("config.json", TOKENIZER, VOCABULARY, WEIGHTS)
REMEDY = f"Give a folder that holds {', '.join(NEEDED)}, as Hugging Face keeps a BERT model."
MOST_CONFIG = 1_000_000  # bytes of a file of settings
MOST_HEADER = 10_000_000  # bytes: 200 layers take half a megabyte
MOST_VOCABULARY = 50_000_000  # bytes: the largest known one has 5 million
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
ROUNDED_TO = (8, 16, 32, 64, 128, 256)  # models round the number of words up to one of these
AT_ONCE = 4_000_000  # numbers of the weights looked at in one go
# NumPy's name of each kind of number, and the bits that are all set in "not a number" and "infinite".
KINDS = {
    "F64": ("<u8", 0x7FF << 52),
    "F32": ("<u4", 0x7F8 << 20),
    "F16": ("<u2", 0x7C00),
    "BF16": ("<u2", 0x7F80),
}
_WORDS = "embeddings.word_embeddings.weight"


class Sizes(Protocol):
    """Sizes in `config.json`; `tlcore.backbones.catalogue.local_folder.FolderConfig` is one."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int


class Tensor(msgspec.Struct, frozen=True):
    """A line of the header: where the numbers lie, in bytes after the header."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


class TokenizerConfig(msgspec.Struct):
    """The fields of `tokenizer_config.json` that are read."""

    do_lower_case: bool
    tokenizer_class: str | None = None


_HEADER = JsonType(dict[str, msgspec.Raw])
_TENSOR = JsonType(Tensor)
_TOKENIZER = JsonType(TokenizerConfig)


def check(folder: Path, sizes: Sizes) -> None:
    """Compare `config.json`, the header of the weights and the vocabulary with one another.

    Raises:
        BackboneError: they contradict each other, or one of them cannot be read.
    """
    if sizes.hidden_size % sizes.num_attention_heads:
        _refuse(
            folder,
            f"config.json divides a width of {sizes.hidden_size:,} among {sizes.num_attention_heads:,} "
            "heads, which leaves a rest.",
        )
    if (folder / INDEX).exists():
        _refuse(folder, f"{INDEX} spreads the weights over several files, and only one is read.")
    _check_tensors(folder, sizes, tensors(folder))
    _check_tokenizer(folder)
    _check_vocabulary(folder, sizes.vocab_size)


def check_numbers(folder: Path) -> None:
    """Read all weights once, in pieces of a few megabytes.

    Raises:
        BackboneError: some are not finite numbers.
    """
    start = _header_bytes(folder) + 8
    for name, tensor in tensors(folder).items():
        if tensor.dtype not in KINDS:
            continue  # a table of positions: no weights
        kind, bits = KINDS[tensor.dtype]
        for part in _parts(folder / WEIGHTS, start, tensor, kind):
            if ((part & bits) == bits).any():
                _refuse(folder, f"{printable(name)} holds weights that are not finite numbers.")


def _parts(path: Path, start: int, tensor: Tensor, kind: str) -> Iterator[np.ndarray]:
    """The bits of a tensor's numbers as they lie in the file, some at a time."""
    at, end = (start + offset for offset in tensor.data_offsets)
    with path.open("rb") as file:
        file.seek(at)
        while at < end:
            content = file.read(min(end - at, AT_ONCE * np.dtype(kind).itemsize))
            at += len(content) or end
            yield np.frombuffer(content, kind)


def tensors(folder: Path) -> dict[str, Tensor]:
    """The header of the weights: every tensor by its name.

    Raises:
        BackboneError: it is none, is larger than `MOST_HEADER`, or speaks of what the file does not hold.
    """
    path, length = folder / WEIGHTS, _header_bytes(folder)
    try:
        with path.open("rb") as file:
            file.seek(8)
            lines = _HEADER.decode(file.read(length))
        lines.pop("__metadata__", None)
        entries = {name: _TENSOR.decode(line) for name, line in lines.items()}
    except (OSError, ValueError) as error:
        raise _unreadable(folder, str(error)) from error
    room = path.stat().st_size - 8 - length
    for name, tensor in entries.items():
        begin, end = tensor.data_offsets
        if not 0 <= begin <= end <= room or min(tensor.shape, default=0) < 0:
            raise _unreadable(folder, f"{printable(name)} lies outside the file")
        kind = KINDS.get(tensor.dtype)
        if kind and math.prod(tensor.shape) * np.dtype(kind[0]).itemsize != end - begin:
            raise _unreadable(folder, f"{printable(name)} has another size than its shape says")
    return entries


def _header_bytes(folder: Path) -> int:
    """Length of the header, as the file says."""
    try:
        with (folder / WEIGHTS).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            length = int.from_bytes(file.read(8), "little")
    except OSError as error:
        raise _unreadable(folder, error.strerror or str(error)) from error
    if not 2 <= length <= size - 8:
        raise _unreadable(folder, f"its header claims {length:,} bytes, and the file has {size:,}")
    if length > MOST_HEADER:
        raise _unreadable(folder, f"its header has {length:,} bytes, and may have {MOST_HEADER:,}")
    return length


def _unreadable(folder: Path, why: str) -> BackboneError:
    return BackboneError(
        f"{WEIGHTS} cannot be read: {why}."[:300], received=folder, remedy="Copy or download it again."
    )


def _check_tensors(folder: Path, sizes: Sizes, entries: dict[str, Tensor]) -> None:
    prefix = _prefix(folder, entries)
    norm = "gamma" if f"{prefix}embeddings.LayerNorm.gamma" in entries else "weight"
    for name, shape in expected_tensors(sizes, norm):
        tensor = entries.get(prefix + name)
        if tensor is None:
            _refuse(folder, f"config.json asks for {name}, which {WEIGHTS} does not hold.")
        if tensor.shape != shape:
            _refuse(
                folder,
                f"config.json asks for {name} of {_sizes(shape)}, and in {WEIGHTS} it has "
                f"{_sizes(tensor.shape)}.",
            )
        if tensor.dtype not in KINDS:
            _refuse(
                folder,
                f"{name} is stored as {printable(tensor.dtype, 20)}, and only {', '.join(KINDS)} are read.",
            )
    if any(name.startswith(f"{prefix}encoder.layer.{sizes.num_hidden_layers}.") for name in entries):
        _refuse(folder, f"{WEIGHTS} holds more layers than the {sizes.num_hidden_layers} of config.json.")


def _prefix(folder: Path, entries: dict[str, Tensor]) -> str:
    """Prefix of the names of this model's tensors, such as "bert."."""
    prefixes = [name.removesuffix(_WORDS) for name in entries if name.endswith(_WORDS)]
    if not prefixes:
        _refuse(folder, f"{WEIGHTS} does not hold {_WORDS}.")
    if len(prefixes) > 1 and "" not in prefixes:
        _refuse(folder, f"{WEIGHTS} holds {len(prefixes)} models, and it should be one.")
    return min(prefixes, key=len)


def expected_tensors(sizes: Sizes, norm: str = "weight") -> Iterator[tuple[str, tuple[int, ...]]]:
    """The tensors of a BERT of that size, by Hugging Face's names, with their shapes."""
    width, inner = sizes.hidden_size, sizes.intermediate_size
    bias = "beta" if norm == "gamma" else "bias"

    def dense(name: str, inputs: int, outputs: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        yield from ((f"{name}.weight", (outputs, inputs)), (f"{name}.bias", (outputs,)))

    def norms(name: str) -> Iterator[tuple[str, tuple[int, ...]]]:
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


def _sizes(shape: tuple[int, ...]) -> str:
    return printable(" × ".join(f"{size:,}" for size in shape) or "one number", 60)


def _check_tokenizer(folder: Path) -> None:
    content = read_small_file(folder / TOKENIZER, MOST_CONFIG)
    try:
        kind = _TOKENIZER.decode(content).tokenizer_class or ""
    except ValueError as error:
        raise BackboneError(
            f"{TOKENIZER} cannot be used: {error}.", received=folder, remedy=REMEDY
        ) from error
    if kind and not kind.startswith("Bert"):
        _refuse(
            folder, f"{TOKENIZER} asks for {printable(kind, 40)}, and only BERT's tokenizer is supported."
        )


def _check_vocabulary(folder: Path, size: int) -> None:
    """Compare the words, read as KerasHub reads them: one a line, without trailing spaces."""
    content = (
        read_small_file(folder / VOCABULARY, MOST_VOCABULARY).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    )
    lines = content.count(b"\n") + (content[-1:] not in (b"", b"\n"))
    if size != lines and size not in {-(-lines // whole) * whole for whole in ROUNDED_TO}:
        _refuse(folder, f"config.json asks for {size:,} words, and {VOCABULARY} has {lines:,}.")
    try:
        words = [line.rstrip() for line in content.decode().removesuffix("\n").split("\n")]
    except UnicodeDecodeError as error:
        raise BackboneError(f"{VOCABULARY} is not text in UTF-8.", received=folder, remedy=REMEDY) from error
    count = Counter(words)
    if missing := [word for word in SPECIAL if word not in count]:
        _refuse(folder, f"{VOCABULARY} lacks {', '.join(missing)}.")
    if words[0] != SPECIAL[0]:
        _refuse(folder, f"{VOCABULARY} has {SPECIAL[0]} in another place than the first.")
    word, times = count.most_common(1)[0]
    if times > 1:
        _refuse(folder, f"{VOCABULARY} has “{printable(word, 40)}” {times:,} times, and may have it once.")


def read_small_file(path: Path, most: int) -> bytes:
    """Content of a file of the folder that is not larger than `most` bytes.

    Raises:
        BackboneError: it is, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            if (size := os.fstat(file.fileno()).st_size) <= most:
                return file.read(size)
    except OSError as error:
        raise BackboneError(
            f"{path.name} cannot be read: {error.strerror}.", received=path.parent, remedy=REMEDY
        ) from error
    raise BackboneError(f"{path.name} is too large.", received=path.parent, remedy=REMEDY)


def _refuse(folder: Path, what: str) -> NoReturn:
    raise BackboneError(what, received=folder, remedy="Give the files of one model, as they were published.")
