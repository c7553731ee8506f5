"""Text backbones: as KerasHub has them but flat, described as they are, and clear words without a network."""

from __future__ import annotations

import io
import itertools
from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np
import pytest
import sentencepiece
import tensorflow as tf

from tests.fixtures.tiny_texts import NASTY
from tlcore.backbones.catalogue import catalogue, text_facts
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.backbones.catalogue.text_facts import ENTRIES, PublishedText
from tlcore.backbones.texts import loader
from tlcore.backbones.weights import weights
from tlcore.commands.describe import texts as describe_texts
from tlcore.errors import BackboneError, WeightsError
from tlcore.graft.inputs.text_rows import encode

BACKBONES = list(catalogue.catalogue("texts").values())
SENTENCES = ["A man is eating food.", "A man is eating a piece of bread.", "", "Crème brûlée ❤️"]


def small_text(kind: str, pad: int = 0) -> PublishedText:
    """A backbone of this kind, of the smallest size."""
    sizes = {"vocabulary": 60, "layers": 3, "heads": 2, "width": 8, "inner": 16, "longest": 24}
    facts = {"name": kind, "family": kind, "preset": "", "licence": "", "languages": ""}
    return PublishedText(id=kind.lower(), kind=kind, pooling="first", pad=pad, **facts, **sizes)  # type: ignore[arg-type]


def _theirs(backbone: keras.Model, ids: np.ndarray, pad: int) -> np.ndarray:
    """KerasHub's own answer, (n, l, width)."""
    given = {
        "token_ids": ids,
        "padding_mask": (ids != pad).astype("int32"),
        "segment_ids": np.zeros_like(ids),
    }
    outputs = backbone({key: given[key] for key in backbone.input})
    return np.asarray(outputs["sequence_output"] if isinstance(outputs, dict) else outputs)


def test_every_published_backbone_is_described_in_the_same_order() -> None:
    assert [entry.id for entry in BACKBONES] == [entry.id for entry in ENTRIES]
    assert [entry.id for entry in BACKBONES if entry.works_offline] == ["minilm_l6"]
    assert not set(catalogue.catalogue("texts")) & set(catalogue.catalogue("images"))
    for entry, published in zip(BACKBONES, ENTRIES, strict=True):
        assert (entry.licence, entry.pooling, entry.languages, entry.features) == (
            (published.licence, published.pooling, published.languages, published.width)
        )
        assert entry.task == "texts" and catalogue.get(entry.id) == entry


@pytest.mark.parametrize("backbone", BACKBONES, ids=lambda entry: entry.id)
def test_blocks_add_up_to_the_backbone(backbone: Backbone) -> None:
    assert backbone.blocks[0].name == "embeddings" and backbone.blocks[0].macs == 0
    assert [block.name for block in backbone.blocks[1:]] == [
        f"layer_{number}" for number in range(1, len(backbone.blocks))
    ]
    assert sum(block.params for block in backbone.blocks) == backbone.params
    assert sum(block.macs for block in backbone.blocks) == backbone.macs
    assert all(0 < block.trainable <= block.params for block in backbone.blocks)
    assert {block.shape for block in backbone.blocks} == {(backbone.input_size, backbone.features)}
    assert len({block.output for block in backbone.blocks}) == len(backbone.blocks)
    assert backbone.licence and backbone.published and backbone.languages and backbone.weights_file


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if entry.preset], ids=lambda entry: entry.id)
def test_parameters_are_those_of_the_table_of_presets(entry: PublishedText) -> None:
    pooler = entry.width * (entry.width + 1) if entry.kind == "Bert" else 0  # which no graft uses
    told = describe_texts.preset(entry)["metadata"]["params"]
    assert catalogue.get(entry.id).params == told - pooler


def test_the_committed_description_is_that_of_the_graph() -> None:
    assert describe_texts.describe(text_facts.MINILM) == catalogue.get("minilm_l6")
    assert describe_texts.describe(text_facts.BY_ID["bert_tiny_en_uncased"]) == catalogue.get(
        "bert_tiny_en_uncased"
    )


@pytest.mark.parametrize("length", [16, 100, 512])
def test_macs_and_activations_are_known_for_any_length(length: int) -> None:
    entry = small_text("Bert")
    model = loader.build(entry, None, loader.random_backbone(entry))
    longest, wanted = (describe_texts.blocks(model, size) for size in (512, length))
    for there, here in zip(longest, wanted, strict=True):
        assert catalogue.macs_at(BACKBONES[0], there, length) == pytest.approx(here.macs)
        assert catalogue.activations_at(BACKBONES[0], there, length) == pytest.approx(here.activations)
        assert catalogue.shape_at(BACKBONES[0], there, length) == here.shape == (length, 8)


def test_lengths_have_bounds() -> None:
    minilm = catalogue.get("minilm_l6")
    assert [catalogue.input_size(minilm, size) for size in (None, 16, 512)] == [512, 16, 512]
    for wrong in (8, 513):
        with pytest.raises(BackboneError, match="texts of 16 to 512 tokens"):
            catalogue.input_size(minilm, wrong)


@pytest.fixture(scope="module")
def flat(fetched: Path) -> keras.Model:
    """MiniLM."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAFT_WEIGHTS", str(fetched))
        return loader.load("minilm_l6")


def test_similar_sentences_are_similar(minilm: str, flat: keras.Model) -> None:
    states, mask = flat(encode(SENTENCES[:2], loader.tokenizer(minilm, 40)))
    real = np.asarray(mask, "float32")[..., None]
    pooled = (np.asarray(states) * real).sum(1) / real.sum(1)
    first, second = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
    assert first @ second == pytest.approx(0.7553, abs=5e-5)


def test_minilm_flat_is_minilm_of_keras_hub(minilm: str, flat: keras.Model) -> None:
    theirs = keras_hub.models.BertBackbone.from_preset(str(weights.minilm_folder()))
    ids = encode([*SENTENCES, *NASTY.values()], loader.tokenizer(minilm, 40))
    assert not [layer for layer in flat.layers if isinstance(layer, keras.Model)]
    states, mask = flat(ids)
    np.testing.assert_allclose(np.asarray(states), _theirs(theirs, ids, pad=0), atol=1e-5)
    assert (np.asarray(mask) == (ids != 0)).all()


@pytest.mark.parametrize(
    ("kind", "pad"), [("Bert", 0), ("DistilBert", 0), ("Roberta", 1), ("XLMRoberta", 1), ("DebertaV3", 0)]
)
def test_every_kind_flat_is_that_of_keras_hub(kind: str, pad: int) -> None:
    entry = small_text(kind, pad)
    theirs = loader.random_backbone(entry)
    ids = np.random.default_rng(0).integers(2, 60, (5, 20)).astype("int32")
    for row, length in enumerate((20, 13, 7, 2)):
        ids[row, length:] = pad
    states, _ = loader.build(entry, None, theirs)(ids)
    np.testing.assert_allclose(np.asarray(states), _theirs(theirs, ids, pad), atol=1e-5)


def test_tokens_are_those_of_the_preprocessor(minilm: str) -> None:
    length = 17
    folder = str(weights.minilm_folder())
    layer = keras_hub.models.BertTokenizer.from_preset(folder, strip_accents=True)
    theirs = keras_hub.models.BertTextClassifierPreprocessor(layer, sequence_length=length)
    given = [*SENTENCES, *NASTY.values(), *("word " * n for n in range(length - 5, length + 5))]
    wanted = tf.function(lambda batch: theirs(batch), autograph=False)(tf.constant(given))["token_ids"]
    found = encode(given, loader.tokenizer(minilm, length))
    assert found.dtype == np.int32 and (found == np.asarray(wanted)).all()


def _sentence_pieces() -> bytes:
    """A tiny vocabulary with the special pieces of DeBERTa."""
    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=itertools.repeat("the quick brown fox jumped over the lazy dog", 20),
        model_writer=made,
        vocab_size=40,
        hard_vocab_limit=False,
        pad_id=0,
        bos_id=1,
        eos_id=2,
        unk_id=3,
        pad_piece="[PAD]",
        bos_piece="[CLS]",
        eos_piece="[SEP]",
        unk_piece="[UNK]",
        minloglevel=2,
    )
    return made.getvalue()


def _tokenizers() -> dict[str, Any]:
    """KerasHub's other tokenizers, by the kind of backbone, with tiny vocabularies; for a length of 12."""
    letters = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *"abcdefghijklmnopqrstuvwxyzĠ", "fo", "fox", "Ġfox"]
    pairs = {
        "vocabulary": {letter: i for i, letter in enumerate(letters)},
        "merges": ["f o", "fo x", "Ġ fox"],
    }
    models = keras_hub.models
    return {
        "Roberta": lambda n: models.RobertaTokenizer(**pairs, sequence_length=n),
        "XLMRoberta": lambda n: models.XLMRobertaTokenizer(_sentence_pieces(), sequence_length=n),
        "DebertaV3": lambda n: models.DebertaV3Tokenizer(_sentence_pieces(), sequence_length=n),
    }


@pytest.mark.parametrize("kind", ["Roberta", "XLMRoberta", "DebertaV3"])
def test_tokens_of_other_kinds_are_those_of_their_preprocessors(kind: str, tmp_path: Path) -> None:
    """Those of a model that was saved and is loaded again. KerasHub's come without TensorFlow here."""
    make = _tokenizers()[kind]
    theirs = getattr(keras_hub.models, f"{kind}TextClassifierPreprocessor")(make(None), sequence_length=12)
    given = ["", "fox", "the quick fox", "the lazy dog jumped over the quick brown fox"]
    wanted = theirs(tf.constant(given))["token_ids"]  # not in a graph, which takes seconds to trace
    text = keras.Input((), dtype="string")
    keras.Model(text, loader.Tokens(make(10), 12)(text)).save(tmp_path / "tokens.keras")
    again = keras.models.load_model(tmp_path / "tokens.keras", safe_mode=True)
    assert (again.predict(np.array(given, dtype=object), verbose=0) == np.asarray(wanted)).all()


def test_without_a_network_it_says_what_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path / "weights"))
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert not weights.is_ready(catalogue.get("bert_tiny_en_uncased"))
    with pytest.raises(WeightsError, match=r"BERT tiny could not be downloaded.*MiniLM once fetched"):
        loader.load("bert_tiny_en_uncased")
    with pytest.raises(WeightsError, match="MiniLM once fetched"):
        loader.tokenizer("bert_tiny_en_uncased", 32)


def test_a_preset_that_lies_in_the_weights_folder_needs_no_network(
    minilm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = catalogue.get("bert_tiny_en_uncased")
    folder = (tmp_path / entry.weights_file).parent
    backbone = loader.random_backbone(text_facts.BY_ID[entry.id])
    backbone.save_to_preset(str(folder))
    keras_hub.models.BertTokenizer.from_preset(str(weights.minilm_folder())).save_to_preset(str(folder))
    for path in [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]:
        mark = folder.parent / ".complete" / folder.name / f"{path}.complete"  # as kagglehub leaves them
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path))
    assert weights.is_ready(entry)
    ids = encode(SENTENCES, loader.tokenizer(entry.id, 16))
    np.testing.assert_allclose(
        np.asarray(loader.load(entry.id)(ids)[0]), _theirs(backbone, ids, pad=0), atol=1e-5
    )


def test_a_random_network_downloads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path))
    states, mask = loader.load("bert_tiny_en_uncased", 8, pretrained=False).outputs
    assert (states.shape, mask.shape) == ((None, 8, 128), (None, 8))
    assert not list(tmp_path.iterdir())
