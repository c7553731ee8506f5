"""A picture backbone in a folder of one's own, in Hugging Face format: ViT, DeiT, DINO and Swin. Light.

`config.json` has the sizes of the network and `preprocessor_config.json` how it wants its colours, so pages
and plans treat it like one of the catalogue. Both and the header of the weights are compared with one another
before anything is built; `images/folder_weights.py` reads the weights.
"""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import Any

import msgspec

from tlcore.backbones.catalogue import picture_tensors, transformer_blocks
from tlcore.backbones.catalogue.entry import FOLDER_PREFIX, Backbone, in_folder
from tlcore.backbones.catalogue.published_image import Colours, HubKind
from tlcore.backbones.catalogue.swin_facts import PublishedSwin
from tlcore.backbones.catalogue.transformer_facts import SMALLEST, PublishedTransformer
from tlcore.backbones.folders import folder_files
from tlcore.backbones.folders.folder_files import CONFIG, WEIGHTS, refuse
from tlcore.backbones.folders.picture_config import (
    LEAST_SIDE,
    MOST_SIDE,
    SWIN,
    SWIN_PATCH,
    PictureConfig,
    PictureSides,
    PreprocessorConfig,
    SwinConfig,
)
from tlcore.records import JsonType

PREPROCESSOR = "preprocessor_config.json"
NEEDED = (CONFIG, PREPROCESSOR, WEIGHTS)
NAMES = "ViT, DeiT, DINOv2, DINOv3 or Swin"
REMEDY = f"Give a folder that holds {', '.join(NEEDED)}, as Hugging Face keeps a {NAMES}."
# By the type that config.json names: what begins the names of KerasHub's classes, the family, and the small
# number in its normalisations where config.json says nothing.
KINDS: dict[str, tuple[HubKind, str, float]] = {
    "vit": ("ViT", "ViT", 1e-12),
    "deit": ("DeiT", "DeiT", 1e-12),
    "dinov2": ("DINOV2", "DINOv2", 1e-6),
    "dinov2_with_registers": ("DINOV2", "DINOv2", 1e-6),
    "dinov3_vit": ("DINOV3", "DINOv3", 1e-5),
    SWIN: ("SwinTransformer", "Swin", 1e-5),
}
MOST_BYTES = 20_000_000_000  # of all weights: DINOv2 giant has 4.5 billion
FACTOR = 1 / 255  # of colours, before their mean and deviation are asked for
CLOSE = 1e-4
_CONFIG, _SWIN, _PREPROCESSOR = JsonType(PictureConfig), JsonType(SwinConfig), JsonType(PreprocessorConfig)


class PictureFolder(msgspec.Struct, frozen=True):
    """The facts, and what else the weights need: the beginning of the names of its tensors, and the patches
    of a side that have learned places.
    """

    entry: PublishedTransformer | PublishedSwin
    prefix: str
    places: int = 0


def backbone(folder: Path) -> Backbone:
    """Its entry of the catalogue; a test compares it with the counts of the graph.

    Raises:
        BackboneError: as `read`.
    """
    entry = read(folder).entry
    patch = 0 if isinstance(entry, PublishedSwin) else entry.patch
    return in_folder(
        entry,
        transformer_blocks.blocks(entry),
        WEIGHTS,
        input_size=entry.input_size,
        min_size=entry.min_size,
        fixed_size=not patch,
        patch=patch,
    )


def read(folder: Path) -> PictureFolder:
    """All that its small files and the header of its weights say.

    Raises:
        BackboneError: a file is missing, another architecture, or files that do not belong together.
    """
    return _read(folder, folder_files.modified(folder, NEEDED, REMEDY))


@functools.lru_cache(maxsize=32)
def _read(folder: Path, modified: folder_files.FileTimes) -> PictureFolder:
    config: SwinConfig | PictureConfig
    if folder_files.model_type(folder, REMEDY) == SWIN:
        config = folder_files.decoded(folder / CONFIG, _SWIN, REMEDY)
    else:
        config = folder_files.decoded(folder / CONFIG, _CONFIG, REMEDY)
    colours = folder_files.decoded(folder / PREPROCESSOR, _PREPROCESSOR, REMEDY)
    if settings := config.unsupported_settings():
        refuse(folder, f"config.json asks for what no such network here has: {settings}.")
    folder_files.check_whole(folder)
    if isinstance(config, SwinConfig):
        return _checked(folder, swin_of(folder, config, colours), 0)
    return _checked(folder, entry_of(folder, config, colours), config.image_size // config.patch_size)


def _checked(folder: Path, entry: PublishedTransformer | PublishedSwin, places: int) -> PictureFolder:
    """Compare the facts with the header of the weights.

    Raises:
        BackboneError: they contradict each other.
    """
    entries = folder_files.tensors(folder)
    prefix = folder_files.prefix_of(folder, entries, picture_tensors.anchor(entry))
    expected = list(picture_tensors.expected(entry, places**2))
    if 4 * sum(math.prod(shape) for _, shape in expected) > MOST_BYTES:
        refuse(folder, f"config.json asks for more than {MOST_BYTES // 10**9} GB of weights.")
    folder_files.check_tensors(folder, entries, expected, prefix)
    for beyond in picture_tensors.beyond(entry):
        folder_files.check_layers(folder, entries, f"{prefix}{beyond}.", entry.layers)
    return PictureFolder(entry, prefix, places)


def entry_of(folder: Path, config: PictureConfig, told: PreprocessorConfig) -> PublishedTransformer:
    """The facts that both files say.

    Raises:
        BackboneError: they contradict each other.
    """
    kind, _, usual_epsilon = KINDS[config.model_type]
    folder_files.check_heads(folder, config.hidden_size, config.num_attention_heads)
    _check_sides(folder, config, kind)
    if not config.inner:
        refuse(folder, "config.json says nothing of intermediate_size.")
    size = _crop(config, told, kind) if kind in picture_tensors.DINO else config.image_size
    return PublishedTransformer(
        **_told(folder, config.model_type, told),
        input_size=size,
        min_size=min(size, -(-SMALLEST // config.patch_size) * config.patch_size),
        patch=config.patch_size,
        layers=config.num_hidden_layers,
        width=config.hidden_size,
        heads=config.num_attention_heads,
        inner=config.inner,
        prefix=_tokens_in_front(config),
        is_gated=config.is_gated,
        epsilon=config.layer_norm_eps or usual_epsilon,
    )


def _told(folder: Path, model_type: str, told: PreprocessorConfig) -> dict[str, Any]:
    """The facts that have no size."""
    kind, family, _ = KINDS[model_type]
    mean, deviation = _colours(folder, told)
    return {
        "id": f"{FOLDER_PREFIX}{folder}",  # absolute: the worker may stand in another folder
        "name": folder.name,
        "family": family,
        "top1": None,
        "licence": "see the folder",
        "source": "folder",
        "published": CONFIG,
        "kind": kind,
        "preset": str(folder),
        "handle": "",
        "mean": mean,
        "deviation": deviation,
    }


def swin_of(folder: Path, config: SwinConfig, told: PreprocessorConfig) -> PublishedSwin:
    """The same of Swin. Any sizes will do whose windows fill the maps of all stages.

    Raises:
        BackboneError: they do not, or the files contradict each other.
    """
    stages, size = len(config.depths), config.image_size
    if len(config.num_heads) != stages:
        refuse(folder, f"config.json has {stages} depths and {len(config.num_heads)} num_heads.")
    for stage, heads in enumerate(config.num_heads):
        folder_files.check_heads(folder, config.embed_dim * 2**stage, heads)
    whole = SWIN_PATCH * 2 ** (stages - 1) * config.window_size
    if size % whole:
        refuse(
            folder,
            f"config.json has pictures of {size:,} pixels, which windows of {config.window_size} places do "
            f"not fill in all {stages} stages: only multiples of {whole:,} would do.",
        )
    return PublishedSwin(
        **_told(folder, SWIN, told),
        input_size=size,
        min_size=size,
        window=config.window_size,
        width=config.embed_dim,
        depths=tuple(config.depths),
        own_heads=tuple(config.num_heads),
    )


def _check_sides(folder: Path, config: PictureConfig, kind: HubKind) -> None:
    """Raises BackboneError: no network has these."""
    if kind == "DINOV3" and config.hidden_size // config.num_attention_heads % 4:
        refuse(folder, "config.json gives each head a width that four does not divide, as DINOv3's turns do.")
    if config.image_size % config.patch_size:
        refuse(
            folder,
            f"config.json divides {config.image_size:,} pixels into patches of {config.patch_size:,}, which "
            "leaves a rest.",
        )


def _tokens_in_front(config: PictureConfig) -> int:
    if config.model_type in ("dinov2_with_registers", "dinov3_vit"):
        return 1 + config.num_register_tokens
    return 2 if config.model_type == "deit" else 1


def _crop(config: PictureConfig, told: PreprocessorConfig, kind: HubKind) -> int:
    """The side of the pictures that it is used with. DINOv2 has places for larger ones, and moves them;
    DINOv3 reckons with places, and its pictures are cut only where the file says so.
    """
    is_cut = kind == "DINOV2" if told.do_center_crop is None else told.do_center_crop
    crop = told.crop_size if is_cut else told.size
    side = crop.height if isinstance(crop, PictureSides) and crop.height == crop.width else crop
    fits = isinstance(side, int) and LEAST_SIDE <= side <= MOST_SIDE and side % config.patch_size == 0
    return side if fits and isinstance(side, int) else config.image_size


def _colours(folder: Path, told: PreprocessorConfig) -> tuple[Colours, Colours]:
    factor = FACTOR if told.rescale_factor is None else told.rescale_factor
    if told.do_rescale is False or abs(factor - FACTOR) > CLOSE * FACTOR:
        refuse(folder, f"{PREPROCESSOR} does not divide colours by 255 before it compares them.")
    if told.do_normalize is False:
        return (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    if told.image_mean is None or told.image_std is None:
        refuse(folder, f"{PREPROCESSOR} says nothing of image_mean or image_std.")
    return told.image_mean, told.image_std
