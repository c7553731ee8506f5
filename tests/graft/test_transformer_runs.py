"""Vision transformers through a whole run: cached, unfrozen by two layers, saved and explained."""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.fixtures.hub_presets import (
    DEIT,
    SHORT_SWIN,
    describe_in_catalogue,
    put_transformer,
    short_transformer,
)
from tests.fixtures.tiny_training import Graft, draw, fit_no_folds, in_workspace, small, unread
from tlcore.backbones.catalogue import catalogue
from tlcore.data.images.decode import decode
from tlcore.explain.heatmap import Heat
from tlcore.graft.network import build, saved_model
from tlcore.runs.run import Run

PUBLISHED = catalogue.get(DEIT)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A run of nine pictures with a short network in the place of the published one, at another size than
    its weights are for. The last two layers trained, too. What its file answers is asked by the tests."""
    home, entry = tmp_path_factory.mktemp("transformer"), short_transformer(DEIT, 64)
    with pytest.MonkeyPatch.context() as patch:
        describe_in_catalogue(entry, patch)
        patch.setattr(saved_model, "verify", unread)
        fit_no_folds(patch)
        put_transformer(entry, (home / "weights" / catalogue.get(entry.id).weights_file).parent)
        config = small(backbone=entry.id, input_size=96, unfreeze=2, epochs=1)
        with in_workspace(home, home / "weights", patch):
            said = Graft(home).train(draw(home / "pictures", per_class=3), "run", config)
        assert said.code == 0, said.err
        yield Run(home / "run")


@pytest.fixture(scope="module")
def model(run: Run) -> keras.Model:
    return saved_model.load(run.model)


def test_what_was_cached_and_what_is_asked_whole_are_the_same(run: Run, model: keras.Model) -> None:
    """The scores come from cut tensors in the cache and from the two layers behind the cut."""
    report = run.report()
    assert [phase.name for phase in report.phases] == ["head", "fine-tuning"]
    asked = report.test.predictions
    pictures = [decode(run.dataset().file(answer.sha256), 96, run.config().fit) for answer in asked]
    for answer, found in zip(asked, np.asarray(model(np.stack(pictures))), strict=True):
        assert found.max() == pytest.approx(answer.confidence, abs=1e-4)
        assert run.labels()[int(found.argmax())] == answer.predicted


def test_swin_in_windows_can_be_trained_and_explained_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moved windows lie on both sides of the cut. Saved: `backbones/images/test_swin_transformer.py`."""
    describe_in_catalogue(SHORT_SWIN, monkeypatch)
    graft = build.build(small(backbone=SHORT_SWIN.id, input_size=16, unfreeze=2), 3, pretrained=False)
    pictures = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    expected = np.asarray(graft.model(pictures))
    assert [model.phase for model in graft.phase_models] == ["head", "fine-tuning"]
    for model in graft.phase_models:
        assert model.front is not None
        with tf.GradientTape() as tape:
            logits = model.tail([model.front(pictures)])
        np.testing.assert_allclose(np.asarray(keras.ops.softmax(logits)), expected, rtol=1e-6, atol=1e-5)
        gradients = tape.gradient(logits, [variable.value for variable in model.tail.trainable_variables])
        assert all(np.isfinite(tf.convert_to_tensor(gradient)).all() for gradient in gradients)
    assert Heat(graft.model)(pictures[:1], 0).shape == (1, 2, 2)


def test_each_patch_has_its_heat(model: keras.Model) -> None:
    heat = Heat(model)
    assert heat.size == 96  # places are those of one size: it cannot look in double size
    picture = np.random.default_rng(0).integers(0, 256, (1, 96, 96, 3), dtype=np.uint8)
    found = np.concatenate([heat(picture, number) for number in range(3)])
    assert found.shape == (3, 6, 6) and found.min() == 0 and found.max() == pytest.approx(1)


def test_its_settings_are_those_of_the_catalogue() -> None:
    assert not PUBLISHED.fixed_size and not catalogue.serves(PUBLISHED, "detection")
    assert [block.name for block in PUBLISHED.blocks] == ["stem", *(f"layer{n}" for n in range(1, 13))]
