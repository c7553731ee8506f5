"""The tokenizer of a text backbone in a folder: its files, held against `config.json`. Light.

Hugging Face keeps them beside the weights, a preset of keras-hub in `assets/tokenizer`. The class that either
names is looked up and never made; one of KerasHub's is made from the files.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tlcore.backbones.folders import folder_files, preset_config, sentence_pieces
from tlcore.backbones.folders.folder_files import CONFIG, WEIGHTS, refuse
from tlcore.backbones.folders.text_config import KINDS, XLM
from tlcore.errors import BackboneError, printable
from tlcore.records import JsonType

VOCABULARY, TOKENIZER, HUB_TOKENIZER = "vocab.txt", "tokenizer_config.json", "tokenizer.json"
PIECES, MERGES = "vocab.json", "merges.txt"
SENTENCES = "sentencepiece.bpe.model"
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
SPARE = 256  # rows that no piece has, of a BERT with XLM-RoBERTa's: multilingual E5 small has 35
SPECIAL_PIECES = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
WITH_WORDS = ("Bert", "DistilBert")


class TokenFiles(NamedTuple):
    """A tokenizer: what begins the name of KerasHub's class, the file of its settings, and its others by the
    arguments of that class; `spare` rows of the embedding, at most, may be of no piece.
    """

    kind: str
    settings: str
    files: dict[str, str]
    spare: int = 0

    @property
    def is_preset(self) -> bool:
        """Whether keras-hub saved it."""
        return self.settings == HUB_TOKENIZER

    @property
    def remedy(self) -> str:
        """The advice where something is missing."""
        return preset_config.TEXT_REMEDY if self.is_preset else REMEDY

    @property
    def pad(self) -> int:
        """The number of the token that fills a short text up."""
        return 0 if self.kind in WITH_WORDS else SPECIAL_PIECES["<pad>"]

    @property
    def all_files(self) -> list[str]:
        """Each that is needed."""
        return [*([self.settings] if self.settings else []), *self.files.values()]


HUGGING_FACE = {
    "bert": TokenFiles("Bert", TOKENIZER, {"vocabulary": VOCABULARY}),
    "distilbert": TokenFiles("DistilBert", TOKENIZER, {"vocabulary": VOCABULARY}),
    "roberta": TokenFiles("Roberta", "", {"vocabulary": PIECES, "merges": MERGES}),
    XLM: TokenFiles("XLMRoberta", "", {"proto": SENTENCES}),
}
_ASSETS = {
    "bert": {"vocabulary": "vocabulary.txt"},
    "distilbert": {"vocabulary": "vocabulary.txt"},
    "roberta": {"vocabulary": "vocabulary.json", "merges": "merges.txt"},
    XLM: {"proto": "vocabulary.spm"},
}
PRESETS = {
    one: TokenFiles(
        KINDS[one], HUB_TOKENIZER, {name: f"assets/tokenizer/{file}" for name, file in files.items()}
    )
    for one, files in _ASSETS.items()
}


class TokenizerClass(msgspec.Struct):
    """The field of `tokenizer_config.json` that says which one it is."""

    tokenizer_class: str | None = None


class TokenizerConfig(msgspec.Struct):
    """The field of `tokenizer_config.json` that one of words must have."""

    do_lower_case: bool


class HubTokenizer(msgspec.Struct):
    """The arguments of KerasHub's tokenizers in `tokenizer.json`: the first two may be either, and of the
    others no known preset has other ones.
    """

    lowercase: bool = False
    strip_accents: bool = False
    split: bool = True
    suffix_indicator: str = "##"
    oov_token: str = SPECIAL[1]
    special_tokens: list[str] | None = None
    special_tokens_in_strings: bool = False
    unsplittable_tokens: list[str] | None = None
    add_prefix_space: bool = False
    add_bos: bool = False
    add_eos: bool = False

    def unsupported_settings(self) -> str:
        """Arguments that split texts otherwise than such a model learned, or ""."""
        told, usual = msgspec.structs.asdict(self), msgspec.structs.asdict(HubTokenizer())
        whole = {*SPECIAL_PIECES, "<mask>"}
        ours = {"lowercase", "strip_accents"} | (
            {"unsplittable_tokens"} if set(self.unsplittable_tokens or ()) <= whole else set()
        )
        return ", ".join(
            f"{name} {printable(value, 40)}"
            for name, value in told.items()
            if name not in ours and (value or None) != (usual[name] or None)
        )


_CLASS, _TOKENIZER, _PIECES = JsonType(TokenizerClass), JsonType(TokenizerConfig), JsonType(dict[str, int])
_HUB_TOKENIZER = JsonType(HubTokenizer)


def of(folder: Path, model_type: str, is_preset: bool) -> TokenFiles:
    """The tokenizer that belongs to this architecture: of a BERT XLM-RoBERTa's, where only that is there."""
    kinds = PRESETS if is_preset else HUGGING_FACE
    found, other = kinds[model_type], kinds[XLM]
    if model_type != "bert" or os.path.isfile(folder / found.files["vocabulary"]):
        return found
    has_pieces = os.path.isfile(folder / other.files["proto"])
    return other._replace(settings=found.settings, spare=SPARE) if has_pieces else found


def check(folder: Path, tokens: TokenFiles, size: int) -> None:
    """Compare the settings and the vocabulary with the number of words that `config.json` asks for.

    Raises:
        BackboneError: they contradict each other, or one of them cannot be read.
    """
    arguments(folder, tokens, size)
    path = folder / next(iter(tokens.files.values()))
    if tokens.kind == "Roberta":
        _check_pieces(path, folder / tokens.files["merges"], size, tokens.remedy)
    elif tokens.kind in WITH_WORDS:
        _check_vocabulary(path, size, tokens.remedy)


def arguments(folder: Path, tokens: TokenFiles, size: int) -> dict[str, Any]:
    """The arguments of KerasHub's class, the files among them.

    Raises:
        BackboneError: the settings are of another class, or such as no known model has; or a model of pieces
            is none.
    """
    settings: dict[str, Any] = {}
    if tokens.settings:
        settings = _of_preset(folder, tokens) if tokens.is_preset else _of_hugging_face(folder, tokens)
    if tokens.kind != "XLMRoberta":
        return settings | {name: str(folder / file) for name, file in tokens.files.items()}
    # The native parser gets the bytes that are checked here: the file may have changed, or may change.
    path = folder / tokens.files["proto"]
    return {"proto": sentence_pieces.check(path, size, tokens.remedy, tokens.spare)}


def _of_preset(folder: Path, tokens: TokenFiles) -> dict[str, Any]:
    found = preset_config.hub_object(folder / HUB_TOKENIZER, tokens.remedy)
    if found.class_name != f"{tokens.kind}Tokenizer":
        what, asset = printable(found.class_name, 40), next(iter(tokens.files.values()))
        refuse(folder, f"{HUB_TOKENIZER} asks for {what}, and {asset} belongs to {tokens.kind}Tokenizer.")
    told = folder_files.converted(folder / HUB_TOKENIZER, found.config, _HUB_TOKENIZER, tokens.remedy)
    if settings := told.unsupported_settings():
        refuse(folder, f"{HUB_TOKENIZER} asks for what no such tokenizer here has: {settings}.")
    if tokens.kind not in WITH_WORDS:
        return {}
    return {"lowercase": told.lowercase, "strip_accents": told.strip_accents}


def _of_hugging_face(folder: Path, tokens: TokenFiles) -> dict[str, Any]:
    path = folder / TOKENIZER
    kind = folder_files.decoded(path, _CLASS, tokens.remedy).tokenizer_class or ""
    if tokens.kind in WITH_WORDS:
        if kind and not kind.startswith(WITH_WORDS):
            refuse(folder, f"{TOKENIZER} asks for {printable(kind, 40)}, and {VOCABULARY} belongs to BERT's.")
        return {"lowercase": folder_files.decoded(path, _TOKENIZER, tokens.remedy).do_lower_case}
    if not kind.startswith("XLMRoberta"):
        refuse(
            folder, f"{TOKENIZER} asks for {printable(kind, 40)}, and {SENTENCES} belongs to XLM-RoBERTa's."
        )
    return {}


def _check_vocabulary(path: Path, size: int, remedy: str) -> None:
    """Compare the words, read as KerasHub reads them: one a line, without trailing spaces."""
    folder, file = path.parent, path.name
    content = (
        folder_files.read_small_file(path, MOST_VOCABULARY, remedy)
        .replace(b"\r\n", b"\n")
        .replace(b"\r", b"\n")
    )
    lines = content.count(b"\n") + (content[-1:] not in (b"", b"\n"))
    if size != lines and size not in {-(-lines // whole) * whole for whole in ROUNDED_TO}:
        refuse(folder, f"config.json asks for {size:,} words, and {file} has {lines:,}.")
    try:
        words = [line.rstrip() for line in content.decode().removesuffix("\n").split("\n")]
    except UnicodeDecodeError as error:
        raise BackboneError(f"{file} is not text in UTF-8.", received=folder, remedy=remedy) from error
    count = Counter(words)
    if missing := [word for word in SPECIAL if word not in count]:
        refuse(folder, f"{file} lacks {', '.join(missing)}.")
    if words[0] != SPECIAL[0]:
        refuse(folder, f"{file} has {SPECIAL[0]} in another place than the first.")
    word, times = count.most_common(1)[0]
    if times > 1:
        refuse(folder, f"{file} has “{printable(word, 40)}” {times:,} times, and may have it once.")


def _check_pieces(path: Path, merges: Path, size: int, remedy: str) -> None:
    """Compare RoBERTa's pieces of words and the pairs that become one, as KerasHub reads them."""
    folder, file = path.parent, path.name
    try:
        pieces = _PIECES.decode(folder_files.read_small_file(path, MOST_VOCABULARY, remedy))
    except ValueError as error:
        raise BackboneError(f"{file} cannot be used: {error}.", received=folder, remedy=remedy) from error
    if size != len(pieces) and size not in {-(-len(pieces) // whole) * whole for whole in ROUNDED_TO}:
        refuse(folder, f"config.json asks for {size:,} pieces of words, and {file} has {len(pieces):,}.")
    if set(pieces.values()) != set(range(len(pieces))):
        refuse(folder, f"{file} does not number its pieces from 0 to {len(pieces) - 1:,}, each once.")
    for piece, number in SPECIAL_PIECES.items():
        if pieces.get(piece) != number:
            refuse(folder, f"{file} has {piece} in another place than {number}.")
    if missing := [piece for piece in ("<mask>", *byte_letters()) if piece not in pieces]:
        refuse(folder, f"{file} lacks {printable(missing[0], 20)}.")
    _check_pairs(merges, pieces, file, remedy)


def _check_pairs(path: Path, pieces: dict[str, int], file: str, remedy: str) -> None:
    folder, content = path.parent, folder_files.read_small_file(path, MOST_MERGES, remedy)
    try:
        lines = content.decode().splitlines()
    except UnicodeDecodeError as error:
        raise BackboneError(f"{path.name} is not text in UTF-8.", received=folder, remedy=remedy) from error
    for number, line in enumerate(lines, start=1):
        if line.startswith("#version") or not line:
            continue
        pair = line.split(" ")
        if len(pair) != 2 or "".join(pair) not in pieces:
            refuse(folder, f"Line {number:,} of {path.name} is no pair that gives a piece of {file}.")


def byte_letters() -> Iterator[str]:
    """The 256 letters that stand for bytes (Radford et al., 2019): printable ones for themselves."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    yield from map(chr, plain)
    yield from map(chr, range(256, 256 + 256 - len(plain)))
