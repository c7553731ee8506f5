"""A backbone in a folder of one's own, `folder:/path/to/model`: in Hugging Face format, or as a preset of
keras-hub. No TensorFlow.

`config.json` names its architecture. Those of pictures are in `picture_folder.py`; those of texts are here:
BERT and what is built like it (MiniLM, BGE, E5, GTE, most sentence encoders), DistilBERT, RoBERTa and
XLM-RoBERTa. Such a file has all that the catalogue needs, so pages and plans treat it like any other. The
weights are safetensors or arrays of HDF5, never pickles. `local_folder_checks.py`, `text_preset.py` and
`token_files.py` check that the files belong together.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import numpy as np

from tlcore.backbones.catalogue import picture_facts, picture_folder
from tlcore.backbones.catalogue.entry import (
    ATTENTION_MACS,
    ATTENTION_NUMBERS,
    FOLDER_PREFIX,
    Backbone,
    Block,
    Pooling,
    in_folder,
)
from tlcore.backbones.catalogue.text_facts import PublishedText
from tlcore.backbones.folders import (
    folder_files,
    local_folder_checks,
    preset_config,
    preset_tensors,
    text_preset,
    token_files,
)
from tlcore.backbones.folders.folder_files import CONFIG, INDEX, WEIGHTS
from tlcore.backbones.folders.text_config import KINDS, LONGEST, SHORTEST, DistilBertConfig, FolderConfig
from tlcore.backbones.folders.token_files import REMEDY, TokenFiles
from tlcore.config.task import InputKind
from tlcore.errors import BackboneError, printable
from tlcore.records import JsonType

EITHER = (
    f"Give a folder that holds {CONFIG}, {WEIGHTS} and all beside them, as Hugging Face keeps such a model, "
    "or a preset of keras-hub."
)
POOLING = "1_Pooling/config.json"


class PoolingConfig(msgspec.Struct):
    """The fields of sentence-transformers' `1_Pooling/config.json` that are read."""

    pooling_mode_cls_token: bool = False


_CONFIG, _POOLING = JsonType(FolderConfig), JsonType(PoolingConfig)
_DISTILBERT = JsonType(DistilBertConfig)


def path_of(backbone_id: str) -> Path:
    """The folder that an id names.

    Raises:
        BackboneError: it names no whole path, as that of a run from somebody else: only a name is left.
    """
    name = Path(backbone_id.removeprefix(FOLDER_PREFIX))
    with contextlib.suppress(RuntimeError):  # the home of nobody
        name = name.expanduser()
    if not name.is_absolute():
        raise BackboneError("That is no whole path of a folder.", received=name, remedy=EITHER)
    return name


def reads(backbone_id: str) -> InputKind:
    """The kind of its inputs.

    Raises:
        BackboneError: no such folder, there is no config.json, or it names no architecture.
    """
    return "images" if _kind(path_of(backbone_id)) in picture_folder.ARCHITECTURES else "texts"


def _kind(folder: Path) -> str:
    folder_files.modified(folder, (CONFIG,), EITHER)
    return preset_config.architecture(folder, EITHER)


def backbone(backbone_id: str) -> Backbone:
    """Its entry of the catalogue, by BERT's arithmetic; a test compares it with the counts of MiniLM.

    Raises:
        BackboneError: as `published`.
    """
    if reads(backbone_id) == "images":
        return picture_folder.backbone(path_of(backbone_id))
    entry, folder = published(backbone_id), path_of(backbone_id)
    return in_folder(
        entry,
        _blocks(entry),
        preset_tensors.weight_files(folder)[0] if _is_preset(folder) else WEIGHTS,
        input_size=entry.longest,
        min_size=SHORTEST,
        fixed_size=False,
        task="texts",
        pooling=entry.pooling,
        languages=entry.languages,
    )


def _blocks(entry: PublishedText) -> tuple[Block, ...]:
    width, inner, longest = entry.width, entry.inner, entry.longest
    # Words, positions and BERT's two segments, with a normalisation; per layer attention, feed-forward and
    # two more.
    segments = 2 if entry.kind == "Bert" else 0
    embeddings = (entry.vocabulary + longest + segments + 2) * width
    layer = 4 * (width**2 + width) + 2 * width * inner + inner + width + 4 * width
    dense = longest * (4 * width**2 + 2 * width * inner)
    macs = dense + ATTENTION_MACS * width * longest**2
    # What operations give: three rows of ids; words, positions, segments, their sum, it normalised and after
    # dropout. In a layer: every dense layer, the inner one twice, and two sums with their normalisations.
    numbers = longest * (6 * width + 3 if segments else 3 * width + 2)
    attention = ATTENTION_NUMBERS * entry.heads * longest**2
    layer_numbers = attention + longest * (9 * width + 2 * inner)
    shape = (longest, width)
    first = Block("embeddings", "embeddings_dropout", embeddings, embeddings, 0, shape, numbers)
    layers = (
        Block(
            f"layer_{number + 1}",
            f"transformer_layer_{number}",
            params=layer,
            trainable=layer,
            macs=macs,
            shape=shape,
            activations=layer_numbers,
            attention=attention,
        )
        for number in range(entry.layers)
    )
    return (first, *layers)


def published(backbone_id: str) -> PublishedText:
    """The facts in its `config.json`.

    Raises:
        BackboneError: no such folder, a file is missing, another architecture than BERT's, or files that do
            not belong together.
    """
    folder = path_of(backbone_id)
    kind = _kind(folder)
    if kind not in KINDS and kind not in preset_config.TEXTS:
        _refuse(f"model_type {printable(kind, 40)}")
    return _read(folder, kind, _modified(folder, kind))


def modified(backbone_id: str) -> folder_files.FileTimes:
    """Times and sizes of all files of the folder that an id names, and nothing for other ids: what was built
    from other files is out of date.

    Raises:
        BackboneError: some are missing.
    """
    if not backbone_id.startswith(FOLDER_PREFIX):
        return ()
    folder = path_of(backbone_id)
    return _modified(folder, _kind(folder))


def _modified(folder: Path, kind: str) -> folder_files.FileTimes:
    if kind in picture_folder.ARCHITECTURES:
        return picture_folder.modified(folder, kind)
    tokens = _tokens(folder, kind)
    weights = preset_tensors.weight_files(folder) if tokens.is_preset else (WEIGHTS,)
    return folder_files.modified(
        folder, (CONFIG, *tokens.all_files, *weights), tokens.remedy, (INDEX, POOLING)
    )


def _is_preset(folder: Path) -> bool:
    return _kind(folder) in preset_config.TEXTS


def _tokens(folder: Path, kind: str) -> TokenFiles:
    """The files of its tokenizer; of other kinds than those of texts a BERT's."""
    if known := preset_config.TEXTS.get(kind):
        return token_files.of(folder, known.model_type, is_preset=True)
    return token_files.of(folder, kind if kind in KINDS else "bert", is_preset=False)


@functools.lru_cache(maxsize=32)
def _read(folder: Path, kind: str, modified: folder_files.FileTimes) -> PublishedText:
    config, tokens = _config(folder, kind), _tokens(folder, kind)
    # A BERT with XLM-RoBERTa's pieces names BERT's number, and is given the other by its tokenizer.
    if settings := config.unsupported_settings((tokens.pad, *([0] if config.model_type == "bert" else []))):
        _refuse(settings)
    if not SHORTEST <= config.longest <= LONGEST:
        folder_files.refuse(
            folder,
            f"config.json has places for {config.longest:,} tokens, and {SHORTEST} to {LONGEST:,} fit.",
        )
    folder_files.check_heads(folder, config.hidden_size, config.num_attention_heads)
    (text_preset if tokens.is_preset else local_folder_checks).check(folder, config)
    token_files.check(folder, tokens, config.vocab_size)
    return PublishedText(
        id=f"{FOLDER_PREFIX}{folder}",  # absolute: the worker may stand in another folder
        name=folder.name,
        family="Own folder",
        kind=KINDS[config.model_type],
        tokens=tokens.kind,
        pad=tokens.pad,
        has_exact_gelu=config.model_type == "bert" and config.hidden_act == "gelu",
        preset=str(folder),
        pooling=_pooling(folder, tokens),
        licence="see the folder",
        languages="see the folder",
        vocabulary=config.vocab_size,
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        width=config.hidden_size,
        inner=config.intermediate_size,
        longest=config.longest,
        source="folder",
        published="config.json",
    )


def _pooling(folder: Path, tokens: TokenFiles) -> Pooling:
    """As sentence-transformers says beside the model; else the mean."""
    told = folder / POOLING
    takes_first = (
        told.is_file() and folder_files.decoded(told, _POOLING, tokens.remedy).pooling_mode_cls_token
    )
    return "first" if takes_first else "mean"


def check_numbers(folder: Path) -> None:
    """Read all weights of a backbone for texts once, in pieces; errors as `folder_files.check_numbers`."""
    (preset_tensors if _is_preset(folder) else folder_files).check_numbers(folder)


def reader(folder: Path) -> Callable[[str], np.ndarray]:
    """Reads a tensor of a backbone for texts, by Hugging Face's name without a prefix.

    Raises:
        BackboneError: the files do not belong together.
    """
    if _is_preset(folder):
        return text_preset.reader(folder, _config(folder, _kind(folder)))
    entries = folder_files.tensors(folder)
    prefix = local_folder_checks.prefix_of(folder, entries)
    return lambda name: folder_files.read_tensor(folder, prefix + name, entries[prefix + name])


def tokenizer_arguments(entry: PublishedText) -> dict[str, Any]:
    """Arguments of KerasHub's tokenizer; errors as `token_files.arguments`."""
    folder = Path(entry.preset)
    return token_files.arguments(folder, _tokens(folder, _kind(folder)), entry.vocabulary)


def _config(folder: Path, kind: str) -> FolderConfig:
    if kind in preset_config.TEXTS:
        told, remedy = preset_config.text_settings(folder), preset_config.TEXT_REMEDY
        return folder_files.converted(folder / CONFIG, told, _CONFIG, remedy)
    if kind != "distilbert":
        return folder_files.decoded(folder / CONFIG, _CONFIG, REMEDY)
    own = folder_files.decoded(folder / CONFIG, _DISTILBERT, REMEDY)
    content = {"model_type": kind, "vocab_size": own.vocab_size, "hidden_size": own.dim}
    content |= {"num_hidden_layers": own.n_layers, "num_attention_heads": own.n_heads}
    content |= {"intermediate_size": own.hidden_dim, "hidden_act": own.activation}
    content |= {"max_position_embeddings": own.max_position_embeddings, "pad_token_id": own.pad_token_id}
    content["sinusoidal_pos_embds"] = own.sinusoidal_pos_embds
    return folder_files.converted(folder / CONFIG, content, _CONFIG, REMEDY)


def _refuse(settings: str) -> NoReturn:
    raise BackboneError(
        "Only models built like BERT, DistilBERT, RoBERTa or XLM-RoBERTa, and for pictures like "
        f"{picture_facts.NAMES}, are read from a folder.",
        received=settings,
        remedy=EITHER,
    )
