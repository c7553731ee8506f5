"""Published facts about each text backbone: its KerasHub class, pooling and languages.

`tlcore.commands.describe.texts` joins these with what it counts in the graphs and writes
`texts.json`. `params` and the file come from KerasHub's own table of presets.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tlcore.backbones.catalogue.entry import Pooling, WeightSource

HUB = "KerasHub, table of presets"
APACHE = "Apache-2.0 (Google)"
FACEBOOK = "MIT (Facebook)"
BAAI = "MIT (BAAI)"
MICROSOFT = "MIT (Microsoft)"
HUNDRED = "about 100 languages"


class PublishedText(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` begins the names of KerasHub's classes (`BertBackbone`); `preset` is its name for the weights.

    `vocabulary`, `layers`, `heads`, `width` and `inner` (of the feed-forward part) are what the class is
    built from; `pad` is the number of the token that fills a short text up; `tokens` begins the name of the
    tokenizer's class where it is of another kind. `has_exact_gelu`: a BERT whose
    activation is the exact one, where KerasHub's comes near it, as Google's did.
    """

    id: str
    name: str
    family: str
    kind: str
    preset: str
    pooling: Pooling
    licence: str
    languages: str
    vocabulary: int
    layers: int
    heads: int
    width: int
    inner: int
    tokens: str = ""
    pad: int = 0
    has_exact_gelu: bool = False
    longest: int = 512
    source: WeightSource = "keras_hub"
    published: str = HUB

    @property
    def tokenizer(self) -> str:
        """Begins the name of the tokenizer's class."""
        return self.tokens or self.kind

    @property
    def arguments(self) -> dict[str, Any]:
        """Arguments of KerasHub's class."""
        return {
            "vocabulary_size": self.vocabulary,
            "num_layers": self.layers,
            "num_heads": self.heads,
            "hidden_dim": self.width,
            "intermediate_dim": self.inner,
            "max_sequence_length": self.longest,
        }


def _family(
    family: str, kind: str, pooling: Pooling, licence: str, rows: str, pad: int = 0
) -> list[PublishedText]:
    """Entries from lines of "preset | name | languages | vocabulary layers heads width inner"."""
    made = []
    for row in rows.strip().splitlines():
        preset, name, languages, sizes = (cell.strip() for cell in row.split("|"))
        vocabulary, layers, heads, width, inner = map(int, sizes.split())
        made.append(
            PublishedText(
                id=preset.replace(".", ""),
                name=name,
                family=family,
                kind=kind,
                preset=preset,
                pooling=pooling,
                licence=licence,
                languages=languages,
                vocabulary=vocabulary,
                layers=layers,
                heads=heads,
                width=width,
                inner=inner,
                pad=pad,
            )
        )
    return made


MINILM = PublishedText(
    id="minilm_l6",
    name="MiniLM-L6",
    family="MiniLM",
    kind="Bert",
    preset="",
    pooling="mean",
    licence="Apache-2.0 (sentence-transformers)",
    languages="English",
    vocabulary=30522,
    layers=6,
    heads=12,
    width=384,
    inner=1536,
    source="package",
    published="sentence-transformers, all-MiniLM-L6-v2",
)

ENTRIES: tuple[PublishedText, ...] = (
    MINILM,
    *_family(
        "MiniLM",
        "Bert",
        "mean",
        "Apache-2.0 (sentence-transformers)",
        "all_minilm_l12_v2_en | MiniLM-L12 | English | 30522 12 12 384 1536",
    ),
    *_family(
        "BERT",
        "Bert",
        "first",
        APACHE,
        """
        bert_tiny_en_uncased   | BERT tiny                | English         | 30522 2 2 128 512
        bert_small_en_uncased  | BERT small               | English         | 30522 4 8 512 2048
        bert_medium_en_uncased | BERT medium              | English         | 30522 8 8 512 2048
        bert_base_en_uncased   | BERT base                | English         | 30522 12 12 768 3072
        bert_base_en           | BERT base, with case     | English         | 28996 12 12 768 3072
        bert_base_zh           | BERT base Chinese        | Chinese         | 21128 12 12 768 3072
        bert_base_multi        | BERT base multilingual   | 104 languages   | 119547 12 12 768 3072
        bert_large_en_uncased  | BERT large               | English         | 30522 24 16 1024 4096
        bert_large_en          | BERT large, with case    | English         | 28996 24 16 1024 4096""",
    ),
    *_family(
        "DistilBERT",
        "DistilBert",
        "first",
        "Apache-2.0 (Hugging Face)",
        """
        distil_bert_base_en_uncased | DistilBERT              | English       | 30522 6 12 768 3072
        distil_bert_base_en         | DistilBERT, with case   | English       | 28996 6 12 768 3072
        distil_bert_base_multi      | DistilBERT multilingual | 104 languages | 119547 6 12 768 3072""",
    ),
    *_family(
        "RoBERTa",
        "Roberta",
        "first",
        FACEBOOK,
        """
        roberta_base_en  | RoBERTa base  | English | 50265 12 12 768 3072
        roberta_large_en | RoBERTa large | English | 50265 24 16 1024 4096""",
        pad=1,
    ),
    *_family(
        "XLM-RoBERTa",
        "XLMRoberta",
        "first",
        FACEBOOK,
        """
        xlm_roberta_base_multi  | XLM-RoBERTa base  | 100 languages | 250002 12 12 768 3072
        xlm_roberta_large_multi | XLM-RoBERTa large | 100 languages | 250002 24 16 1024 4096""",
        pad=1,
    ),
    *_family(
        "DeBERTa",
        "DebertaV3",
        "first",
        MICROSOFT,
        """
        deberta_v3_extra_small_en | DeBERTa-v3 extra small  | English       | 128100 12 6 384 1536
        deberta_v3_small_en       | DeBERTa-v3 small        | English       | 128100 6 12 768 3072
        deberta_v3_base_en        | DeBERTa-v3 base         | English       | 128100 12 12 768 3072
        deberta_v3_large_en       | DeBERTa-v3 large        | English       | 128100 24 16 1024 4096
        deberta_v3_base_multi     | DeBERTa-v3 multilingual | 100 languages | 251000 12 12 768 3072""",
    ),
    *_family(
        "E5",
        "XLMRoberta",
        "mean",
        MICROSOFT,
        f"""
        multilingual_e5_base  | E5 base multilingual  | {HUNDRED} | 250002 12 12 768 3072
        multilingual_e5_large | E5 large multilingual | {HUNDRED} | 250002 24 16 1024 4096""",
        pad=1,
    ),
    *_family(
        "BGE",
        "Bert",
        "first",
        BAAI,
        """
        bge_small_v1.5_en | BGE small         | English | 30522 12 12 384 1536
        bge_base_v1.5_en  | BGE base          | English | 30522 12 12 768 3072
        bge_large_v1.5_en | BGE large         | English | 30522 24 16 1024 4096
        bge_small_v1.5_zh | BGE small Chinese | Chinese | 21128 4 8 512 2048
        bge_base_v1.5_zh  | BGE base Chinese  | Chinese | 21128 12 12 768 3072""",
    ),
)
BY_ID: dict[str, PublishedText] = {entry.id: entry for entry in ENTRIES}
