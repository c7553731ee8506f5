"""A model of random weights as Hugging Face keeps it, and its features.

    python torch_features.py NAME FOLDER [--quick]

Behind `benchmarks.torch_folders`. It runs in an environment that has torch and transformers and nothing of
ours. In the folder it leaves the model, `asked.npy` (pictures from 0 to 255, or ids of tokens) and
`features.npy`, what the model's last layer says of each patch or token.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

SPREAD = 0.05  # of the weights: enough for attention that differs from token to token
ASKED = 2  # pictures or texts
COLOURS = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
SMALL = {"hidden_size": 384, "num_attention_heads": 6}
TINY = {"hidden_size": 24, "num_attention_heads": 3, "num_hidden_layers": 2}
DENSE = {**TINY, "intermediate_size": 32}
PLACES = {"image_size": 518, "patch_size": 14}  # more than the pictures of 224 pixels have
FEW = {"image_size": 70, "patch_size": 14}
TEXT = {"vocab_size": 1000, "max_position_embeddings": 130}
ROBERTA = {**TEXT, "layer_norm_eps": 1e-5}  # as published; transformers' default is another
SWIN = {"image_size": 64, "embed_dim": 12, "depths": [2, 2], "num_heads": [2, 4], "window_size": 4}
# The class in transformers, the sizes, and the sizes with --quick; sides of pictures, or tokens.
MODELS: dict[str, tuple[str, dict[str, Any], dict[str, Any], tuple[int, int]]] = {
    "vit": ("ViTForImageClassification", {}, {**DENSE, "image_size": 32, "patch_size": 8}, (224, 32)),
    "deit": (
        "DeiTForImageClassification",
        {**SMALL, "intermediate_size": 1536},
        {**DENSE, "image_size": 32, "patch_size": 8},
        (224, 32),
    ),
    "dinov2": ("Dinov2Model", {**SMALL, **PLACES}, {**TINY, **FEW}, (224, 56)),
    "dinov2_with_registers": ("Dinov2WithRegistersModel", {**SMALL, **PLACES}, {**TINY, **FEW}, (224, 56)),
    "dinov2_gated": (
        "Dinov2Model",
        {**SMALL, **PLACES, "use_swiglu_ffn": True},
        {**TINY, **FEW, "use_swiglu_ffn": True},
        (224, 56),
    ),
    "dinov3": (
        "DINOv3ViTModel",
        {**SMALL, "intermediate_size": 1536, "patch_size": 16, "image_size": 224, "num_register_tokens": 4},
        {**DENSE, "patch_size": 8, "image_size": 32, "num_register_tokens": 4},
        (224, 32),
    ),
    "swin": ("SwinModel", {}, SWIN, (224, 64)),
    "bert": ("BertModel", {**SMALL, **TEXT, "intermediate_size": 1536}, {**DENSE, **TEXT}, (64, 16)),
    "distilbert": (
        "DistilBertForSequenceClassification",
        TEXT,
        {**TEXT, "dim": 24, "n_heads": 3, "n_layers": 2, "hidden_dim": 32},
        (64, 16),
    ),
    "roberta": ("RobertaForSequenceClassification", ROBERTA, {**DENSE, **ROBERTA}, (64, 16)),
    "xlm_roberta": ("XLMRobertaModel", ROBERTA, {**DENSE, **ROBERTA}, (64, 16)),
}


def model_of(name: str, quick: bool) -> Any:
    """The model with random weights, its biases, norms and scales random, too."""
    import torch
    import transformers

    kind, sizes, small, _ = MODELS[name]
    made = getattr(transformers, kind)
    torch.manual_seed(0)
    model = made(made.config_class(**(small if quick else sizes))).eval()
    with torch.no_grad():
        for weight in model.parameters():
            spread = SPREAD * torch.randn_like(weight)
            weight.copy_(weight + spread if weight.ndim == 1 else spread)
    return model


def features(model: Any, name: str, asked: np.ndarray) -> np.ndarray:
    """The output of the last layer, (n, tokens, width)."""
    import torch

    base = model.base_model if "For" in MODELS[name][0] else model
    with torch.no_grad():
        if asked.ndim == 2:
            found = base(torch.from_numpy(asked.astype(np.int64)), attention_mask=torch.ones(asked.shape))
        else:
            mean, deviation = (np.array(COLOURS[key]) for key in ("image_mean", "image_std"))
            scaled = ((asked / 255 - mean) / deviation).transpose(0, 3, 1, 2).astype(np.float32)
            found = base(torch.from_numpy(scaled))
    return np.asarray(found.last_hidden_state)


def write_vocabulary(folder: Path, words: int) -> None:
    """A vocabulary of so many words, as BERT and as RoBERTa have it."""
    more = [f"w{number}" for number in range(words)]
    (folder / "vocab.txt").write_text("\n".join([*SPECIAL, *more][:words]) + "\n")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true}')
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = map(chr, [*plain, *range(256, 512 - len(plain))])  # of bytes
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *letters, *more][:words]
    (folder / "vocab.json").write_text(json.dumps({piece: number for number, piece in enumerate(pieces)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    (folder / "sentencepiece.bpe.model").write_bytes(sentence_model(more[: words - len(SPECIAL)]))


def sentence_model(words: list[str]) -> bytes:
    """A SentencePiece model (a protobuf) of these words and the three that XLM-RoBERTa's begins with."""

    def message(number: int, content: bytes) -> bytes:
        return bytes([number << 3 | 2, len(content)]) + content  # of up to 127 bytes

    kinds = {"<unk>": 2, "<s>": 3, "</s>": 3, **dict.fromkeys(words, 1)}
    pieces = (message(1, word.encode()) + bytes([3 << 3, kind]) for word, kind in kinds.items())
    return b"".join(message(1, piece) for piece in pieces) + message(2, b"\x18\x01")


def main() -> None:
    """Write the folder."""
    name, folder, quick = sys.argv[1], Path(sys.argv[2]), "--quick" in sys.argv
    model, side = model_of(name, quick), MODELS[name][3][quick]
    model.save_pretrained(folder)
    random = np.random.default_rng(0)
    if "vocab_size" in model.config.to_dict():
        words = model.config.vocab_size
        asked = random.integers(len(SPECIAL), words, (ASKED, side), dtype=np.int32)
        write_vocabulary(folder, words)
    else:
        asked = random.integers(0, 256, (ASKED, side, side, 3), dtype=np.uint8)
        crop = {"crop_size": {"height": side, "width": side}, "size": {"height": side, "width": side}}
        (folder / "preprocessor_config.json").write_text(json.dumps(COLOURS | crop))
    np.save(folder / "asked.npy", asked)
    np.save(folder / "features.npy", features(model, name, asked))


if __name__ == "__main__":
    main()
