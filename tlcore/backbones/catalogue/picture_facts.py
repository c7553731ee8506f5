"""The facts about a picture backbone in a folder, from what its settings say. Light."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tlcore.backbones.catalogue import picture_tensors
from tlcore.backbones.catalogue.entry import FOLDER_PREFIX
from tlcore.backbones.catalogue.published_image import Colours, HubKind
from tlcore.backbones.catalogue.swin_facts import PublishedSwin
from tlcore.backbones.catalogue.transformer_facts import SMALLEST, PublishedTransformer
from tlcore.backbones.folders import folder_files
from tlcore.backbones.folders.folder_files import CONFIG, refuse
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

PREPROCESSOR = "preprocessor_config.json"
NAMES = "ViT, DeiT, DINOv2, DINOv3 or Swin"
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
FACTOR = 1 / 255  # of colours, before their mean and deviation are asked for
CLOSE = 1e-4


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
