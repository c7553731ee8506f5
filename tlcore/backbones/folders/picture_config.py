"""The settings of a picture backbone in `config.json` and `preprocessor_config.json`, each within
bounds. Light.

Hugging Face names ViT, DeiT, DINOv2 and DINOv3 by one set of words, and Swin by another.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

LEAST_SIDE, MOST_SIDE = 16, 1024  # pixels of a picture
ROPE = 100.0  # the slowness of DINOv3's slowest turn, as `images/attention.py` has it
MOST_LAYERS = 100
NEW = "dinov3_vit"
SWIN = "swin"
SWIN_PATCH = 4  # pixels on a side; `images/swin_transformer.py` knows no others
SWIN_GROWTH = 4.0  # of the dense part
SWIN_EPSILON = 1e-5  # of normalisations
_ImageSide = Annotated[int, msgspec.Meta(ge=LEAST_SIDE, le=MOST_SIDE)]
_PatchSide = Annotated[int, msgspec.Meta(ge=4, le=128)]
_Heads = Annotated[int, msgspec.Meta(ge=1, le=256)]
_Depth = Annotated[int, msgspec.Meta(ge=1, le=MOST_LAYERS)]
_TWO = msgspec.Meta(min_length=2, max_length=2)
_STAGES = msgspec.Meta(min_length=1, max_length=5)
# Not a tuple beside a bounded number: msgspec 0.22 breaks the memory then.
ImageSides = _ImageSide | Annotated[list[_ImageSide], _TWO]
PatchSides = _PatchSide | Annotated[list[_PatchSide], _TWO]


class RopeConfig(msgspec.Struct, frozen=True):
    """Where newer files say how slowly DINOv3 turns."""

    rope_theta: float | None = None


def differing(told: dict[str, object], supported: dict[str, object]) -> str:
    """The settings that are told otherwise than they are supported, in words, or ""."""
    return ", ".join(f"{key} {told[key]}" for key, value in supported.items() if told[key] != value)


def _side(told: int | list[int]) -> int:
    return told if isinstance(told, int) else told[0]


class PictureConfig(msgspec.Struct):
    """The fields of `config.json` that are read."""

    model_type: Literal["vit", "deit", "dinov2", "dinov2_with_registers", "dinov3_vit"]
    hidden_size: Annotated[int, msgspec.Meta(ge=1, le=8_192)]
    num_hidden_layers: Annotated[int, msgspec.Meta(ge=1, le=MOST_LAYERS)]
    num_attention_heads: _Heads
    image: ImageSides = msgspec.field(name="image_size")
    patch: PatchSides = msgspec.field(name="patch_size")
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
        return _side(self.image)

    @property
    def patch_size(self) -> int:
        return _side(self.patch)

    @property
    def is_dinov2(self) -> bool:
        return self.model_type in ("dinov2", "dinov2_with_registers")

    @property
    def is_gated(self) -> bool:
        return self.use_gated_mlp if self.model_type == NEW else self.is_dinov2 and self.use_swiglu_ffn

    @property
    def inner(self) -> int | None:
        """The width of the dense part, as the authors of each network compute it."""
        if not self.is_dinov2:
            return self.intermediate_size
        inner = int(self.hidden_size * self.mlp_ratio)
        return (int(inner * 2 / 3) + 7) // 8 * 8 if self.is_gated else inner

    def unsupported_settings(self) -> str:
        """Settings that no network of `images/vision_transformer.py` has, or ""."""
        is_new = self.model_type == NEW
        act = "silu" if is_new and self.is_gated else "gelu"
        supported: dict[str, object] = {"num_channels": 3, "hidden_act": act}
        biases = ("query_bias", "value_bias", "proj_bias", "mlp_bias")
        supported |= dict.fromkeys(biases if is_new else ("qkv_bias",), True)
        supported |= {"key_bias": False, "rope_theta": ROPE} if is_new else {}
        told = msgspec.structs.asdict(self)
        told["rope_theta"] = (self.rope_parameters and self.rope_parameters.rope_theta) or self.rope_theta
        for name, sides in (("image_size", self.image), ("patch_size", self.patch)):
            told[name], supported[name] = sides, _square(sides)
        return differing(told, supported)


def _square(sides: int | list[int]) -> int | list[int]:
    return sides if isinstance(sides, int) else [sides[0]] * 2


class SwinConfig(msgspec.Struct):
    """The same of Swin, which counts its layers and heads by stage."""

    embed_dim: Annotated[int, msgspec.Meta(ge=1, le=1_024)]
    depths: Annotated[list[_Depth], _STAGES]
    num_heads: Annotated[list[_Heads], _STAGES]
    window_size: Annotated[int, msgspec.Meta(ge=2, le=64)]
    image: ImageSides = msgspec.field(name="image_size")
    patch: PatchSides = msgspec.field(name="patch_size", default=SWIN_PATCH)
    mlp_ratio: float = SWIN_GROWTH
    layer_norm_eps: float = SWIN_EPSILON
    num_channels: int = 3
    hidden_act: str = "gelu"
    qkv_bias: bool = True
    use_absolute_embeddings: bool = False

    @property
    def image_size(self) -> int:
        return _side(self.image)

    def unsupported_settings(self) -> str:
        """Settings that no network of `images/swin_transformer.py` has, or ""."""
        supported: dict[str, object] = {
            "num_channels": 3,
            "hidden_act": "gelu",
            "qkv_bias": True,
            "use_absolute_embeddings": False,
            "mlp_ratio": SWIN_GROWTH,
            "layer_norm_eps": SWIN_EPSILON,
            "patch_size": SWIN_PATCH if isinstance(self.patch, int) else [SWIN_PATCH] * 2,
            "image_size": _square(self.image),
        }
        told = {**msgspec.structs.asdict(self), "patch_size": self.patch, "image_size": self.image}
        return differing(told, supported)


_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Spread = Annotated[float, msgspec.Meta(ge=0.001, le=10)]


class PictureSides(msgspec.Struct):
    """Height and width in pixels, as newer files tell them."""

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
    crop_size: PictureSides | int | None = None
    size: PictureSides | int | None = None
