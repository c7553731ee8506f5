"""The settings of a text backbone in `config.json`, each within bounds. Light.

Hugging Face names BERT, RoBERTa and XLM-RoBERTa by one set of words, and DistilBERT by another.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

XLM = "xlm-roberta"
ROBERTAS = ("roberta", XLM)
SHORTEST, LONGEST = 16, 1024  # tokens: the least and the most that an input size may be
SHIFT = 2  # RoBERTa's first places are those of no token
# Of normalisations, as KerasHub's networks have them.
EPSILONS = {"bert": 1e-12, "distilbert": 1e-12, "roberta": 1e-5, XLM: 1e-5}
# By the type that config.json names: what begins the names of KerasHub's classes.
KINDS = {"bert": "Bert", "distilbert": "DistilBert", "roberta": "Roberta", XLM: "XLMRoberta"}


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

    def unsupported_settings(self, pads: tuple[int, ...]) -> str:
        """Settings that KerasHub's networks do not support, or "".

        Args:
            pads: numbers that the token may have that fills a short text up.
        """
        is_roberta = self.model_type in ROBERTAS
        supported: dict[str, tuple[object, tuple[object, ...]]] = {
            "hidden_act": (self.hidden_act, ("gelu", "gelu_new") if self.model_type == "bert" else ("gelu",)),
            "position_embedding_type": (self.position_embedding_type, ("absolute",)),
            "type_vocab_size": (self.type_vocab_size, (1, 2) if is_roberta else (2,)),
            "pad_token_id": (self.pad_token_id, pads),
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
