"""Where the tensors of keras-hub's presets lie: its names of the parts, by Hugging Face's. Light."""

from __future__ import annotations

from typing import NamedTuple

from tlcore.backbones.folders import local_folder_checks
from tlcore.backbones.folders.text_config import XLM


class HubNames(NamedTuple):
    """KerasHub's names: of a layer ("{}" is its number), and by Hugging Face's of all else."""

    layer: str
    inside: dict[str, str]
    beside: dict[str, str]
    has_heads: bool = True  # its attention keeps the numbers of each head apart


_ATTENTION = {f"attention.attention.{one}": one for one in ("query", "key", "value")} | {
    "attention.output.dense": "output"
}


def _attention(place: str) -> dict[str, str]:
    return {theirs: f"{place}/{part}_dense" for theirs, part in _ATTENTION.items()}


def _vit(norms: str, first: str, last: str) -> dict[str, str]:
    return _attention("mha") | {
        "layernorm_before": f"{norms}_1",
        "layernorm_after": f"{norms}_2",
        "intermediate.dense": first,
        "output.dense": last,
    }


_NORMS = {"norm1": "norm1", "norm2": "norm2"}
_SCALES = {f"layer_scale{one}.lambda1": f"layer_scale{one}/vars/0" for one in (1, 2)}
_LAST = "layers/layer_normalization"
_PLACES, _TOKEN = "embeddings.position_embeddings", "embeddings.cls_token"
_PATCHES = "embeddings.patch_embeddings.projection"
_VIT, _DEIT = "layers/vi_t_patching_and_embedding", "layers/dei_t_embeddings"
_DINO2, _DINO3 = "layers/dinov2_embedding", "layers/dinov3_embedding"


def _text(kind: str, words: str, places: str, beside: dict[str, str]) -> HubNames:
    """A backbone for texts, where words and places lie in these layers."""
    names = local_folder_checks.NAMES[kind]
    parts = ("query_dense", "key_dense", "value_dense", "output_dense")
    attention = dict(zip(names.attention, (f"_self_attention_layer/{part}" for part in parts), strict=True))
    others = ("_self_attention_layer_norm", "_feedforward_layer_norm")
    dense = ("_feedforward_intermediate_dense", "_feedforward_output_dense")
    return HubNames(
        "layers/transformer_encoder{}",
        attention | dict(zip((*names.norms, *names.dense), (*others, *dense), strict=True)),
        {
            local_folder_checks.WORDS: f"layers/{words}/vars/0",
            local_folder_checks.PLACES: f"layers/{places}/vars/0",
            "embeddings.LayerNorm": _LAST,
        }
        | beside,
    )


_BOTH = ("token_and_position_embedding/token_embedding", "token_and_position_embedding/position_embedding")
NAMES = {
    "bert": _text(
        "bert",
        "reversible_embedding",
        "position_embedding",
        {local_folder_checks.SEGMENTS: "layers/embedding/vars/0", "pooler.dense": "layers/dense"},
    ),
    **{one: _text(one, *_BOTH, {}) for one in ("distilbert", "roberta", XLM)},
    "vit": HubNames(
        "layers/vi_t_encoder/encoder_layers/vi_t_encoder_block{}",
        _vit("layer_norm", "mlp/dense_1", "mlp/dense_2"),
        {
            _TOKEN: f"{_VIT}/vars/0",
            _PLACES: f"{_VIT}/position_embedding/vars/0",
            _PATCHES: f"{_VIT}/patch_embedding",
            "layernorm": "layers/vi_t_encoder/layer_norm",
        },
    ),
    "deit": HubNames(
        "layers/dei_t_encoder/encoder_layers/dei_t_encoder_block{}",
        _vit("layer_norm", "mlp/dense", "output_layer/dense"),
        {
            _TOKEN: f"{_DEIT}/vars/0",
            "embeddings.distillation_token": f"{_DEIT}/vars/1",
            _PLACES: f"{_DEIT}/vars/2",
            _PATCHES: f"{_DEIT}/patch_embedding",
            "layernorm": "layers/dei_t_encoder/layer_norm",
        },
    ),
    "dinov2": HubNames(
        "layers/dinov2_encoder/layers/dinov2_layer{}",
        _attention("attention/attention")
        | _NORMS
        | _SCALES
        | {f"mlp.{one}": f"mlp/{one}" for one in ("fc1", "fc2", "weights_in", "weights_out")},
        {
            _TOKEN: f"{_DINO2}/vars/0",
            "embeddings.register_tokens": _DINO2 + "/vars/{registers}",
            _PLACES: _DINO2 + "/vars/{places}",
            _PATCHES: f"{_DINO2}/patch_embeddings/projection",
            "layernorm": _LAST,
        },
    ),
    "dinov3_vit": HubNames(
        "layers/dinov3_encoder/layers/dinov3_layer{}",
        {
            f"attention.{one}_proj": f"attention/{two}_dense"
            for one, two in zip("qkvo", ("query", "key", "value", "output"), strict=True)
        }
        | _NORMS
        | _SCALES
        | {f"mlp.{one}_proj": f"mlp/{one}_proj" for one in ("up", "gate", "down")},
        {
            _TOKEN: f"{_DINO3}/vars/0",
            "embeddings.register_tokens": _DINO3 + "/vars/{registers}",
            "embeddings.patch_embeddings": f"{_DINO3}/patch_embeddings/projection",
            "norm": _LAST,
        },
        has_heads=False,
    ),
    "swin": HubNames(
        "layers/swin_transformer_stage{}/blocks/swin_transformer_block{}",
        {
            **{f"attention.self.{one}": "attn/qkv" for one in ("query", "key", "value")},
            "attention.output.dense": "attn/proj",
            "attention.self.relative_position_bias_table": "attn/vars/0",
            **{"layernorm_before": "norm1", "layernorm_after": "norm2"},
            **{"intermediate.dense": "mlp/fc1", "output.dense": "mlp/fc2"},
        },
        {
            _PATCHES: "layers/patch_embedding/proj",
            "embeddings.norm": "layers/patch_embedding/norm",
            "layernorm": _LAST,
        },
        has_heads=False,
    ),
}
