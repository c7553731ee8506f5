"""Vision transformers through a whole run: cached, unfrozen by two layers, saved and explained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.hub_presets import (
    DEIT,
    SHORT_SWIN,
    describe_in_catalogue,
    put_transformer,
    short_transformer,
)
from tests.fixtures.tiny_training import Graft, draw, in_workspace, small, unread
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.published_image import PublishedHub
from tlcore.data.images.decode import decode
from tlcore.explain.heatmap import Heat
from tlcore.graft.finish import cross_fit
from tlcore.graft.network import saved_model
from tlcore.runs.run import Run

PUBLISHED = catalogue.get(DEIT)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A run of nine pictures, at another size than its weights are for. The last two layers trained, too."""
    with pytest.MonkeyPatch.context() as patch:
        yield train(tmp_path_factory.mktemp("transformer"), short_transformer(DEIT, 64), patch, size=96)


def train(home: Path, entry: PublishedHub, patch: pytest.MonkeyPatch, size: int | None = None) -> Run:
    """Of a short network, in the place of the published one. What its file answers is asked by the tests."""
    describe_in_catalogue(entry, patch)
    patch.setattr(saved_model, "verify", unread)
    patch.setattr(cross_fit, "cross_fit", lambda *ignored: None)
    put_transformer(entry, (home / "weights" / catalogue.get(entry.id).weights_file).parent)
    config = small(backbone=entry.id, input_size=size, unfreeze=2, epochs=1)
    with in_workspace(home, home / "weights", patch):
        said = Graft(home).train(draw(home / "pictures", per_class=3), "run", config)
    assert said.code == 0, said.err
    return Run(home / "run")


def test_what_was_cached_and_what_is_asked_whole_are_the_same(run: Run) -> None:
    """The scores come from cut tensors in the cache and from the two layers behind the cut."""
    answers_are_those_of_the_whole(run, 96)


def answers_are_those_of_the_whole(run: Run, size: int) -> None:
    model, report = saved_model.load(run.model), run.report()
    assert [phase.name for phase in report.phases] == ["head", "fine-tuning"]
    for answer in report.test.predictions:
        picture = decode(run.dataset().file(answer.sha256), size, run.config().fit)
        found = np.asarray(model(picture[None]))[0]
        assert found.max() == pytest.approx(answer.confidence, abs=1e-4)
        assert run.labels()[int(found.argmax())] == answer.predicted


def test_swin_in_windows_goes_the_same_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moved windows lie on both sides of the cut."""
    run = train(tmp_path, SHORT_SWIN, monkeypatch)
    answers_are_those_of_the_whole(run, 16)
    heat = Heat(saved_model.load(run.model))
    assert heat(np.zeros((1, 16, 16, 3), np.uint8), 0).shape == (1, 2, 2)


def test_each_patch_has_its_heat(run: Run) -> None:
    heat = Heat(saved_model.load(run.model))
    assert heat.size == 96  # places are those of one size: it cannot look in double size
    picture = np.random.default_rng(0).integers(0, 256, (1, 96, 96, 3), dtype=np.uint8)
    found = np.concatenate([heat(picture, number) for number in range(3)])
    assert found.shape == (3, 6, 6) and found.min() == 0 and found.max() == pytest.approx(1)


def test_its_settings_are_those_of_the_catalogue() -> None:
    assert not PUBLISHED.fixed_size and not catalogue.serves(PUBLISHED, "detection")
    assert [block.name for block in PUBLISHED.blocks] == ["stem", *(f"layer{n}" for n in range(1, 13))]
