"""A backbone in a folder of one's own, `folder:/path/to/model`: in Hugging Face format, or for pictures a
preset of keras-hub, too. No TensorFlow.

`config.json` names its architecture. Those of pictures are in `picture_folder.py`; those of texts are here:
BERT and what is built like it (MiniLM, BGE, E5, GTE, most sentence encoders), DistilBERT, RoBERTa and
XLM-RoBERTa. Such a file has all that the catalogue needs, so pages and plans treat it like any other. The
weights are safetensors, never pickles.
`local_folder_checks.py` checks that the files belong together.
"""

from __future__ import annotations

import contextlib
import functools
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec

from tlcore.backbones.catalogue import picture_facts, picture_folder
from tlcore.backbones.catalogue.entry import (
    ATTENTION_MACS,
    ATTENTION_NUMBERS,
    FOLDER_PREFIX,
    Backbone,
    Block,
    in_folder,
)
from tlcore.backbones.catalogue.text_facts import PublishedText
from tlcore.backbones.folders import folder_files, local_folder_checks, preset_config
from tlcore.backbones.folders.folder_files import CONFIG, INDEX, WEIGHTS
from tlcore.backbones.folders.local_folder_checks import NEEDED, NEEDED_BY_ROBERTA, NEEDED_BY_XLM, REMEDY, XLM
from tlcore.config.task import InputKind
from tlcore.errors import BackboneError, printable
from tlcore.records import JsonType

EITHER = (
    f"Give a folder that holds {CONFIG}, {WEIGHTS} and all beside them, as Hugging Face keeps such a model, "
    "or of one for pictures a preset of keras-hub."
)
POOLING = "1_Pooling/config.json"
SHORTEST, LONGEST = 16, 1024  # tokens: the least and the most that an input size may be
ROBERTAS = ("roberta", XLM)
SHIFT = 2  # RoBERTa's first places are those of no token
# Of normalisations, as KerasHub's networks have them.
EPSILONS = {"bert": 1e-12, "distilbert": 1e-12, "roberta": 1e-5, XLM: 1e-5}
# By the type that config.json names: what begins the names of KerasHub's classes, and the number of the token
# that fills a short text up.
TEXTS = {
    "bert": ("Bert", 0),
    "distilbert": ("DistilBert", 0),
    "roberta": ("Roberta", 1),
    XLM: ("XLMRoberta", 1),
}


class FolderConfig(msgspec.Struct):
    """The fields of `config.json` that are read."""

    model_type: str
    vocab_size: Annotated[int, msgspec.Meta(ge=1, le=2_000_000)]
    hidden_size: Annotated[int, msgspec.Meta(ge=1, le=16_384)]
    num_hidden_layers: Annotated[int, msgspec.Meta(ge=1, le=200)]
    num_attention_heads: Annotated[int, msgspec.Meta(ge=1, le=1_024)]
    intermediate_size: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    max_position_embeddings: Annotated[int, msgspec.Meta(ge=SHORTEST, le=LONGEST + SHIFT)]
    type_vocab_size: int = 2
    pad_token_id: int = 0
    hidden_act: str = "gelu"
    position_embedding_type: str = "absolute"
    sinusoidal_pos_embds: bool = False
    layer_norm_eps: float = 1e-12  # transformers', which leaves it out of the files that it writes

    @property
    def longest(self) -> int:
        """Tokens that have a place."""
        return self.max_position_embeddings - (SHIFT if self.model_type in ROBERTAS else 0)

    def unsupported_settings(self) -> str:
        """Settings that KerasHub's networks do not support, or ""."""
        is_roberta = self.model_type in ROBERTAS
        supported: dict[str, tuple[object, tuple[object, ...]]] = {
            "hidden_act": (self.hidden_act, ("gelu", "gelu_new") if self.model_type == "bert" else ("gelu",)),
            "position_embedding_type": (self.position_embedding_type, ("absolute",)),
            "type_vocab_size": (self.type_vocab_size, (1, 2) if is_roberta else (2,)),
            "pad_token_id": (self.pad_token_id, (TEXTS[self.model_type][1],)),
            "sinusoidal_pos_embds": (self.sinusoidal_pos_embds, (False,)),
            "layer_norm_eps": (self.layer_norm_eps, (EPSILONS[self.model_type],)),
        }
        return ", ".join(
            f"{key} {value}" for key, (value, values) in supported.items() if value not in values
        )


class DistilBertConfig(msgspec.Struct):
    """The same of DistilBERT, which has names of its own."""

    vocab_size: int
    dim: int
    n_layers: int
    n_heads: int
    hidden_dim: int
    max_position_embeddings: int
    pad_token_id: int = 0
    activation: str = "gelu"
    sinusoidal_pos_embds: bool = False


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
    entry = published(backbone_id)
    return in_folder(
        entry,
        _blocks(entry),
        WEIGHTS,
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
    if (kind := _kind(folder)) not in TEXTS:
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
    needed = {"roberta": NEEDED_BY_ROBERTA, XLM: NEEDED_BY_XLM}
    return folder_files.modified(folder, needed.get(kind, NEEDED), REMEDY, (INDEX, POOLING))


@functools.lru_cache(maxsize=32)
def _read(folder: Path, kind: str, modified: folder_files.FileTimes) -> PublishedText:
    config = _config(folder, kind)
    if settings := config.unsupported_settings():
        _refuse(settings)
    if not SHORTEST <= config.longest <= LONGEST:
        folder_files.refuse(
            folder,
            f"config.json has places for {config.longest:,} tokens, and {SHORTEST} to {LONGEST:,} fit.",
        )
    local_folder_checks.check(folder, config)
    pooling = folder / POOLING
    takes_first = pooling.is_file() and folder_files.decoded(pooling, _POOLING, REMEDY).pooling_mode_cls_token
    return PublishedText(
        id=f"{FOLDER_PREFIX}{folder}",  # absolute: the worker may stand in another folder
        name=folder.name,
        family="Own folder",
        kind=TEXTS[kind][0],
        pad=TEXTS[kind][1],
        has_exact_gelu=kind == "bert" and config.hidden_act == "gelu",
        preset=str(folder),
        pooling="first" if takes_first else "mean",
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


def _config(folder: Path, kind: str) -> FolderConfig:
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
