"""A picture backbone in a folder of one's own, in Hugging Face format: ViT, DeiT, DINOv2 and 3. Light.

`config.json` has the sizes of the network and `preprocessor_config.json` how it wants its colours, so pages
and plans treat it like one of the catalogue. Both and the header of the weights are compared with one another
before anything is built; `images/folder_weights.py` reads the weights.
"""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tlcore.backbones.catalogue import picture_tensors, transformer_blocks
from tlcore.backbones.catalogue.entry import FOLDER_PREFIX, Backbone
from tlcore.backbones.catalogue.published_image import Colours, HubKind
from tlcore.backbones.catalogue.transformer_facts import SMALLEST, PublishedTransformer
from tlcore.backbones.folders import folder_files
from tlcore.backbones.folders.folder_files import CONFIG, WEIGHTS, refuse
from tlcore.records import JsonType

PREPROCESSOR = "preprocessor_config.json"
NEEDED = (CONFIG, PREPROCESSOR, WEIGHTS)
REMEDY = f"Give a folder that holds {', '.join(NEEDED)}, as Hugging Face keeps a ViT, DeiT, DINOv2 or DINOv3."
# By the type that config.json names: what begins the names of KerasHub's classes, the family, and the small
# number in its normalisations where config.json says nothing.
KINDS: dict[str, tuple[HubKind, str, float]] = {
    "vit": ("ViT", "ViT", 1e-12),
    "deit": ("DeiT", "DeiT", 1e-12),
    "dinov2": ("DINOV2", "DINOv2", 1e-6),
    "dinov2_with_registers": ("DINOV2", "DINOv2", 1e-6),
    "dinov3_vit": ("DINOV3", "DINOv3", 1e-5),
}
LEAST_SIDE, MOST_SIDE = 16, 1024  # pixels of a picture
MOST_BYTES = 20_000_000_000  # of all weights: DINOv2 giant has 4.5 billion
FACTOR = 1 / 255  # of colours, before their mean and deviation are asked for
CLOSE = 1e-4
ROPE = 100.0  # the slowness of DINOv3's slowest turn, as `images/attention.py` has it


class RopeConfig(msgspec.Struct, frozen=True):
    """Where newer files say how slowly DINOv3 turns."""

    rope_theta: float | None = None


_ImageSide = Annotated[int, msgspec.Meta(ge=LEAST_SIDE, le=MOST_SIDE)]
_PatchSide = Annotated[int, msgspec.Meta(ge=4, le=128)]
_TWO = msgspec.Meta(min_length=2, max_length=2)


class PictureConfig(msgspec.Struct):
    """The fields of `config.json` that are read."""

    model_type: Literal["vit", "deit", "dinov2", "dinov2_with_registers", "dinov3_vit"]
    hidden_size: Annotated[int, msgspec.Meta(ge=1, le=8_192)]
    num_hidden_layers: Annotated[int, msgspec.Meta(ge=1, le=100)]
    num_attention_heads: Annotated[int, msgspec.Meta(ge=1, le=256)]
    # Not a tuple beside a bounded number: msgspec 0.22 breaks the memory then.
    image: _ImageSide | Annotated[list[_ImageSide], _TWO] = msgspec.field(name="image_size")
    patch: _PatchSide | Annotated[list[_PatchSide], _TWO] = msgspec.field(name="patch_size")
    intermediate_size: Annotated[int, msgspec.Meta(ge=1, le=65_536)] | None = None
    mlp_ratio: Annotated[float, msgspec.Meta(gt=0, le=16)] = 4.0
    layer_norm_eps: Annotated[float, msgspec.Meta(gt=0, le=0.1)] | None = None
    num_register_tokens: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    use_swiglu_ffn: bool = False
    use_gated_mlp: bool = False
    num_channels: int = 3
    hidden_act: str = "gelu"
    qkv_bias: bool = True
    query_bias: bool = True
    key_bias: bool = False
    value_bias: bool = True
    proj_bias: bool = True
    mlp_bias: bool = True
    rope_theta: float = ROPE
    rope_parameters: RopeConfig | None = None

    @property
    def image_size(self) -> int:
        return self.image if isinstance(self.image, int) else self.image[0]

    @property
    def patch_size(self) -> int:
        return self.patch if isinstance(self.patch, int) else self.patch[0]

    @property
    def kind(self) -> HubKind:
        return KINDS[self.model_type][0]

    @property
    def is_gated(self) -> bool:
        return self.use_gated_mlp if self.kind == "DINOV3" else self.kind == "DINOV2" and self.use_swiglu_ffn

    @property
    def inner(self) -> int | None:
        """The width of the dense part, as the authors of each network compute it."""
        if self.kind != "DINOV2":
            return self.intermediate_size
        inner = int(self.hidden_size * self.mlp_ratio)
        return (int(inner * 2 / 3) + 7) // 8 * 8 if self.is_gated else inner

    def unsupported_settings(self) -> str:
        """Settings that no network of `images/vision_transformer.py` has, or ""."""
        is_new = self.kind == "DINOV3"
        act = "silu" if is_new and self.is_gated else "gelu"
        supported: dict[str, object] = {"num_channels": 3, "hidden_act": act}
        biases = ("query_bias", "value_bias", "proj_bias", "mlp_bias")
        supported |= dict.fromkeys(biases if is_new else ("qkv_bias",), True)
        supported |= {"key_bias": False, "rope_theta": ROPE} if is_new else {}
        told = msgspec.structs.asdict(self)
        told["rope_theta"] = (self.rope_parameters and self.rope_parameters.rope_theta) or self.rope_theta
        for name, sides in (("image_size", self.image), ("patch_size", self.patch)):
            told[name] = sides
            supported[name] = sides if isinstance(sides, int) else [sides[0]] * 2
        return ", ".join(f"{key} {told[key]}" for key, value in supported.items() if told[key] != value)


_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Spread = Annotated[float, msgspec.Meta(ge=0.001, le=10)]


class _Sides(msgspec.Struct):
    height: int | None = None
    width: int | None = None


class PreprocessorConfig(msgspec.Struct):
    """The fields of `preprocessor_config.json` that are read."""

    image_mean: tuple[_Share, _Share, _Share] | None = None
    image_std: tuple[_Spread, _Spread, _Spread] | None = None
    do_normalize: bool | None = True
    do_rescale: bool | None = True
    do_center_crop: bool | None = None
    rescale_factor: float | None = None
    crop_size: _Sides | int | None = None
    size: _Sides | int | None = None


_CONFIG, _PREPROCESSOR = JsonType(PictureConfig), JsonType(PreprocessorConfig)


class PictureFolder(msgspec.Struct, frozen=True):
    """The facts, and what else the weights need: the beginning of the names of its tensors, and the patches
    of a side that have learned places.
    """

    entry: PublishedTransformer
    prefix: str
    places: int


def backbone(folder: Path) -> Backbone:
    """Its entry of the catalogue; a test compares it with the counts of the graph.

    Raises:
        BackboneError: as `read`.
    """
    entry = read(folder).entry
    blocks = transformer_blocks.blocks(entry)
    return Backbone(
        id=entry.id,
        name=entry.name,
        family=entry.family,
        source=entry.source,
        params=sum(block.params for block in blocks),
        macs=sum(block.macs for block in blocks),
        top1=None,
        top5=None,
        licence=entry.licence,
        input_size=entry.input_size,
        min_size=entry.min_size,
        fixed_size=False,
        patch=entry.patch,
        download_bytes=0,
        works_offline=True,
        features=blocks[-1].shape[-1],
        blocks=blocks,
        published=entry.published,
        weights_file=str(Path(entry.preset) / WEIGHTS),
    )


def read(folder: Path) -> PictureFolder:
    """All that its small files and the header of its weights say.

    Raises:
        BackboneError: a file is missing, another architecture, or files that do not belong together.
    """
    return _read(folder, folder_files.modified(folder, NEEDED, REMEDY))


@functools.lru_cache(maxsize=32)
def _read(folder: Path, modified: folder_files.FileTimes) -> PictureFolder:
    config = folder_files.decoded(folder / CONFIG, _CONFIG, REMEDY)
    colours = folder_files.decoded(folder / PREPROCESSOR, _PREPROCESSOR, REMEDY)
    if settings := config.unsupported_settings():
        refuse(folder, f"config.json asks for what no such network here has: {settings}.")
    folder_files.check_heads(folder, config.hidden_size, config.num_attention_heads)
    folder_files.check_whole(folder)
    entry = entry_of(folder, config, colours)
    entries = folder_files.tensors(folder)
    prefix = folder_files.prefix_of(folder, entries, picture_tensors.OF_ALL)
    places = config.image_size // config.patch_size
    expected = list(picture_tensors.expected(entry, places**2))
    if 4 * sum(math.prod(shape) for _, shape in expected) > MOST_BYTES:
        refuse(folder, f"config.json asks for more than {MOST_BYTES // 10**9} GB of weights.")
    folder_files.check_tensors(folder, entries, expected, prefix)
    beyond = picture_tensors.layer(entry, config.num_hidden_layers)
    folder_files.check_layers(folder, entries, f"{prefix}{beyond}.", config.num_hidden_layers)
    return PictureFolder(entry, prefix, places)


def entry_of(folder: Path, config: PictureConfig, told: PreprocessorConfig) -> PublishedTransformer:
    """The facts that both files say.

    Raises:
        BackboneError: they contradict each other.
    """
    kind, family, usual_epsilon = KINDS[config.model_type]
    _check_sides(folder, config, kind)
    if not config.inner:
        refuse(folder, "config.json says nothing of intermediate_size.")
    mean, deviation = _colours(folder, told)
    size = _crop(config, told) if kind in ("DINOV2", "DINOV3") else config.image_size
    return PublishedTransformer(
        id=f"{FOLDER_PREFIX}{folder}",  # absolute: the worker may stand in another folder
        name=folder.name,
        family=family,
        top1=None,
        licence="see the folder",
        input_size=size,
        min_size=min(size, -(-SMALLEST // config.patch_size) * config.patch_size),
        source="folder",
        published=CONFIG,
        kind=kind,
        preset=str(folder),
        handle="",
        patch=config.patch_size,
        layers=config.num_hidden_layers,
        width=config.hidden_size,
        heads=config.num_attention_heads,
        inner=config.inner,
        prefix=_tokens_in_front(config),
        is_gated=config.is_gated,
        epsilon=config.layer_norm_eps or usual_epsilon,
        mean=mean,
        deviation=deviation,
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


def _crop(config: PictureConfig, told: PreprocessorConfig) -> int:
    """The side of the pictures that it is used with. DINOv2 has places for larger ones, and moves them;
    DINOv3 reckons with places, and its pictures are cut only where the file says so.
    """
    is_cut = config.kind == "DINOV2" if told.do_center_crop is None else told.do_center_crop
    crop = told.crop_size if is_cut else told.size
    side = crop.height if isinstance(crop, _Sides) and crop.height == crop.width else crop
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
