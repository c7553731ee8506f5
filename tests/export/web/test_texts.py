"""A page for texts: in Chromium it splits and counts them as Graft does, and answers as its model."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import keras
import msgspec
import numpy as np
import pytest
import tensorflow as tf
from playwright.sync_api import Browser, expect

from tests.fixtures.accessibility import grave_violations
from tests.fixtures.browser import complaints
from tests.fixtures.tiny_texts import NASTY
from tests.fixtures.tiny_training import Trained
from tests.fixtures.web_page import TakenPage, proven_page
from tlcore.backbones.texts import loader
from tlcore.data.importing.text_collector import clean
from tlcore.export.formats import term_branch
from tlcore.export.formats.word_pieces import WORD_PIECES, Tokenizer
from tlcore.export.model_export import ModelExport
from tlcore.export.proof.examples import ProofExamples
from tlcore.graft.network import build_text, count_branch, cut
from tlcore.graft.network.build import Graft, PhaseModel, add_probabilities
from tlcore.heads import term_counts
from tlcore.heads.term_counts import TermCounts, TermKind

WILD = [
    *NASTY.values(),
    "Hello, World! it's nice, İI ıi ÀÉ Σίσυφος ΣΣ ß SS ǅ Ꭰ K (Kelvin)",
    "a\u0301 á e\u0301\u0302 한글 \u1112\u1161\u11ab 🇩🇪👩🏽\u200d🚒 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐐀𐐨",
    "non\u00a0breaking\u2028line\u3000wide\vtab\fform\r\nend next",
    "“quotes” – dashes — … ¿que? `tick` ~ ^ | [UNK] __proto__ constructor toString",
    "hello hello hello world the the",
]
IDS = "(texts) => texts.map((text) => Array.from(tokenize(text, told.input)))"
LOGITS = "([texts, terms]) => texts.map((text) => Array.from(termLogits(text, terms, { length: 3 })))"
ANSWERS = "(texts) => Promise.all(texts.map(async (example) => (await send({ example })).chances))"


def small_model(classes: int) -> keras.Model:
    """MiniLM's tokenizer before a small network: a page of 90 MB shows no more. Its head counts letters."""
    text = keras.Input((), dtype="string", name="text")
    ids = loader.tokenizer("minilm_l6", 32)(text)
    states = keras.layers.Embedding(30522, 8)(ids)
    pooled = build_text.POOLINGS["mean"](states, keras.ops.not_equal(ids, 0))
    body = keras.Model(text, keras.layers.Dense(classes, name="logits")(pooled))
    phase = PhaseModel("head", *cut.split(body, (pooled,)))
    plain = keras.Model(text, add_probabilities(body.output))
    return count_branch.join(Graft(plain, (phase,)), *branch("characters", classes)).model


@functools.cache
def branch(kind: TermKind, classes: int) -> tuple[TermCounts, np.ndarray]:
    """Terms of wild texts, and a kernel for them."""
    terms = term_counts.fit(WILD * 2, kind)
    assert terms is not None
    random = np.random.default_rng(0)
    return terms, random.normal(size=(len(terms.terms), classes)).astype(np.float32)


@pytest.fixture(scope="module")
def export(trained_texts: Trained, tmp_path_factory: pytest.TempPathFactory) -> ModelExport:
    folder = tmp_path_factory.mktemp("web")
    shutil.copytree(trained_texts.folder, folder / "small")
    small_model(len(trained_texts.run.labels())).save(folder / "small" / "model.keras")
    small = Trained(folder / "small", trained_texts.data, trained_texts.home)
    return proven_page(small, folder / "run")


@pytest.fixture(scope="module")
def taken(export: ModelExport, browser: Browser) -> Iterator[TakenPage]:
    file = export.run.folder.parent / "page.html"
    export.take_out(file)
    page = browser.new_page()
    wrong = complaints(page)
    taken = TakenPage(page, file.as_uri())
    taken.wait_until_ready()
    yield taken
    page.context.close()
    assert wrong == taken.asked == []


def tokenizer(export: ModelExport) -> Tokenizer:
    return Tokenizer(WORD_PIECES.read(export.folder / "tokenizer.json"))


def test_the_file_is_proven_by_ids(export: ModelExport) -> None:
    proof = export.proof()
    assert proof is not None and proof.refusal == "" and proof.same == proof.n > 8


def test_texts_are_split_as_by_graft(export: ModelExport, taken: TakenPage) -> None:
    (worker,) = taken.page.workers
    for text, ids in zip(NASTY.values(), worker.evaluate(IDS, list(NASTY.values())), strict=True):
        assert ids == tokenizer(export)(text).tolist(), text[:80]


@pytest.mark.parametrize("kind", ["words", "characters"])
def test_terms_are_counted_as_by_graft(kind: TermKind, taken: TakenPage) -> None:
    parts = term_branch.pack(*branch(kind, 3))
    (worker,) = taken.page.workers
    found = worker.evaluate(LOGITS, [WILD, msgspec.to_builtins(parts)])
    expected = count_branch.logits_of(WILD, *branch(kind, 3))
    assert np.abs(expected).max() > 0.5
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_every_text_is_answered_as_by_the_model(export: ModelExport, taken: TakenPage) -> None:
    texts = [*ProofExamples(export.run).questions().texts, *map(clean, WILD)]
    model = keras.models.load_model(export.run.model)
    expected = np.asarray(tf.function(model, autograph=False)(tf.constant(texts), training=False))
    found = np.array(taken.page.evaluate(ANSWERS, texts))
    assert np.abs(found - expected).max() < 1e-4


def test_a_head_that_counts_nothing_needs_no_terms(taken: TakenPage) -> None:
    (worker,) = taken.page.workers
    plain = (
        "() => read('Hello', { ...told, input: { ...told.input, terms: undefined } }).counted === undefined"
    )
    assert worker.evaluate(plain)


def test_a_typed_text_is_kept_as_by_graft(taken: TakenPage) -> None:
    texts = [f"\ufeff{text}\u2028 \x85\x00\ufeff \n" for text in WILD] + [
        " \t\n\u3000",
        "a" + " " * 100_000 + "b",
    ]
    assert taken.page.evaluate("(texts) => texts.map(clean)", texts) == [clean(text) for text in texts]
    assert taken.page.evaluate("clean('a\\ud83d b\\udc00')") == clean("a\ud83d b\udc00")


def test_a_text_is_typed_and_answered_and_stays_below(export: ModelExport, taken: TakenPage) -> None:
    first, second = ProofExamples(export.run).questions().texts[:2]
    said = taken.read([first, second])
    assert said[0]["head"] and len(said[0]["chances"]) == len(export.run.labels())
    taken.page.locator(".kept").last.click()
    expect(taken.page.get_by_label("Your text")).to_have_value(first)
    expect(taken.page.get_by_role("button", name="Choose pictures")).to_be_hidden()
    assert grave_violations(taken.page) == []
    taken.page.get_by_label("Your text").fill("  ")
    taken.page.keyboard.press("Control+Enter")
    expect(taken.page.locator("#note")).to_have_text("Type or paste a text first.")


def test_beside_another_file_lies_its_vocabulary(export: ModelExport, tmp_path: Path) -> None:
    other, proof = ModelExport(export.run, "onnx"), export.proof()
    other.folder.mkdir()
    shutil.copyfile(export.folder / "tokenizer.json", other.folder / "tokenizer.json")
    other.file.write_bytes(b"a model")
    made = msgspec.structs.replace(proof, edition=other.edition())
    (other.folder / "proof.json").write_bytes(msgspec.json.encode(made))
    other.take_out(tmp_path / "model.onnx")
    told = json.loads((tmp_path / "model.json").read_text())["input"]
    pieces = (tmp_path / told["vocabulary"]).read_text(encoding="utf-8").split("\n")
    assert pieces[told["start"]] == "[CLS]" and told["shape"] == [None, None]
