"""A page for texts: in Chromium it splits them as Graft does, and answers as its model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import keras
import msgspec
import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.fixtures.accessibility import grave_violations
from tests.fixtures.browser import complaints
from tests.fixtures.tiny_texts import NASTY
from tests.fixtures.tiny_training import Trained
from tests.fixtures.web_page import TakenPage, proven_page
from tlcore.backbones.texts import loader
from tlcore.export.formats.word_pieces import WORD_PIECES, Tokenizer
from tlcore.export.model_export import ModelExport
from tlcore.export.proof.examples import ProofExamples
from tlcore.export.runtimes import open_model
from tlcore.graft.network import build_text

IDS = "(texts) => texts.map((text) => Array.from(tokenize(text, told.input)))"
ANSWERS = "(texts) => Promise.all(texts.map(async (example) => (await send({ example })).chances))"


def small_model(classes: int) -> keras.Model:
    """MiniLM's tokenizer before a small network: a page of 90 MB shows no more."""
    text = keras.Input((), dtype="string", name="text")
    ids = loader.tokenizer("minilm_l6", 32)(text)
    states = keras.layers.Embedding(30522, 8)(ids)
    pooled = build_text.POOLINGS["mean"](states, keras.ops.not_equal(ids, 0))
    return keras.Model(text, keras.layers.Dense(classes, activation="softmax", name="logits")(pooled))


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


def test_every_text_is_answered_as_by_the_model(export: ModelExport, taken: TakenPage) -> None:
    texts = ProofExamples(export.run).questions().texts
    model, split = open_model("web", export.file), tokenizer(export)
    expected = np.concatenate([model(split(text)[None]) for text in texts])
    found = np.array(taken.page.evaluate(ANSWERS, list(texts)))
    assert np.abs(found - expected).max() < 1e-4


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
