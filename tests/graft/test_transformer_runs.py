"""A vision transformer through a whole run: cached, unfrozen by two layers, saved and explained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.hub_presets import put_transformer
from tests.fixtures.tiny_training import Graft, draw, in_workspace, small
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.image_facts import BY_ID
from tlcore.backbones.catalogue.transformer_facts import PublishedTransformer
from tlcore.data.images.decode import decode
from tlcore.explain.heatmap import Heat
from tlcore.graft.network import saved_model
from tlcore.runs.run import Run

BACKBONE = "deit_tiny_distilled_patch16_224"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A run of nine pictures, whose last two layers have trained with the head."""
    home = tmp_path_factory.mktemp("transformer")
    entry = BY_ID[BACKBONE]
    assert isinstance(entry, PublishedTransformer)
    put_transformer(entry, (home / "weights" / catalogue.get(BACKBONE).weights_file).parent)
    config = small(backbone=BACKBONE, input_size=None, unfreeze=2, epochs=1)
    with pytest.MonkeyPatch.context() as patch, in_workspace(home, home / "weights", patch):
        said = Graft(home).train(draw(home / "pictures", per_class=3), "run", config)
        assert said.code == 0, said.err
        yield Run(home / "run")


def test_what_was_cached_and_what_is_asked_whole_are_the_same(run: Run) -> None:
    """The scores come from cut tensors in the cache and from the two layers behind the cut."""
    model, report = saved_model.load(run.model), run.report()
    assert [phase.name for phase in report.phases] == ["head", "fine-tuning"]
    for answer in report.test.predictions:
        picture = decode(run.dataset().file(answer.sha256), 224, run.config().fit)
        found = np.asarray(model(picture[None]))[0]
        assert found.max() == pytest.approx(answer.confidence, abs=1e-4)
        assert run.labels()[int(found.argmax())] == answer.predicted


def test_each_patch_has_its_heat(run: Run) -> None:
    heat = Heat(saved_model.load(run.model))
    assert heat.size == 224  # places are those of one size: it cannot look in double size
    picture = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    found = np.concatenate([heat(picture, number) for number in range(3)])
    assert found.shape == (3, 14, 14) and found.min() == 0 and found.max() == pytest.approx(1)


def test_its_settings_are_those_of_the_catalogue(tmp_path: Path, run: Run) -> None:
    backbone = catalogue.get(BACKBONE)
    assert backbone.fixed_size and not catalogue.serves(backbone, "detection")
    assert [block.name for block in backbone.blocks] == ["stem", *(f"layer{n}" for n in range(1, 13))]
