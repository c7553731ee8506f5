"""What a plan says agrees with the catalogue and with the run that is then trained."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.fixtures.tiny_training import Trained
from tlcore import system
from tlcore.backbones.catalogue import catalogue
from tlcore.config import RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.config.training import FineTuningConfig, HeadConfig
from tlcore.costs.cost_case import FOLD_START_SECONDS, head_parameters
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.data.splits import assign
from tlcore.evaluate.folds import FOLDS
from tlcore.plan import START_SECONDS, MachineSpeed, Plan, plan, plan_each, recall, remember, training_macs
from tlcore.workspace import KEEP_FREE, Workspace


def _manifest(trained: Trained) -> Manifest:
    return Dataset(Path(trained.run.config().data)).read()


def _plan(trained: Trained, tmp_path: Path, **changes: object) -> Plan:
    config = msgspec.structs.replace(trained.run.config(), **changes)
    return plan(config, _manifest(trained), Workspace(tmp_path))


def test_head_parameters_count_weights_and_biases() -> None:
    assert head_parameters(1280, (), 5) == 1281 * 5
    assert head_parameters(1280, (128, 64), 5) == 1281 * 128 + 129 * 64 + 65 * 5


def test_the_run_trained_as_many_numbers_as_planned(trained: Trained, tmp_path: Path) -> None:
    planned = _plan(trained, tmp_path)
    assert f"{planned.trained_parameters} parameters train" in trained.run.log.read_text()


def test_planned_disk_is_what_the_features_take(trained: Trained, tmp_path: Path) -> None:
    (kept,) = (trained.home / "workspace" / "cache" / "features").glob("*/shard-*/0.npy")
    header = 128  # bytes that NumPy puts before the numbers
    assert kept.stat().st_size - header == _plan(trained, tmp_path).disk_bytes


def test_unfreezing_trains_more_and_takes_longer(trained: Trained, tmp_path: Path) -> None:
    frozen, some, whole = (_plan(trained, tmp_path, unfreeze=n) for n in (0, 2, "all"))
    assert frozen.trained_blocks == 0 and some.trained_blocks == 2 and whole.trained_blocks == whole.blocks
    assert frozen.trained_parameters < some.trained_parameters < whole.trained_parameters
    assert frozen.seconds_per_epoch < some.seconds_per_epoch < whole.seconds_per_epoch


def test_the_head_learns_first_and_then_all_that_is_unfrozen(trained: Trained, tmp_path: Path) -> None:
    frozen, tuned = (_plan(trained, tmp_path, unfreeze=n) for n in (0, 2))
    (alone,) = frozen.phases
    head, both = tuned.phases
    assert head == alone and (head.phase, both.phase) == ("head", "fine-tuning")
    assert (head.epochs, both.epochs) == (4, trained.run.config().fine_tuning.epochs)
    assert head.trained_parameters == tuned.head_parameters
    assert (
        both.trained_parameters
        == tuned.trained_parameters
        == tuned.head_parameters
        + sum(block.trainable for block in catalogue.get("efficientnet_lite0").blocks[-2:])
    )
    assert both.seconds_per_epoch == tuned.seconds_per_epoch > head.seconds_per_epoch
    # The examples pass the whole backbone once and the frozen part once, and both outputs are kept.
    n, cut = len(_manifest(trained).examples), 4 * 2 * 2 * 192
    assert tuned.disk_bytes == frozen.disk_bytes + n * cut
    assert frozen.frozen_seconds < tuned.frozen_seconds <= 2 * frozen.frozen_seconds
    more = both.epochs * both.seconds_per_epoch + tuned.frozen_seconds - frozen.frozen_seconds
    assert tuned.seconds == pytest.approx(frozen.seconds + more)


def test_heads_that_leave_some_out_are_planned_for_where_a_head_learns_alone(
    trained: Trained, tmp_path: Path
) -> None:
    """Five side by side take longer than one and not five times as long; without a cache all is read."""
    frozen, live = _plan(trained, tmp_path), _plan(trained, tmp_path, cache=False)
    one = 4 * frozen.seconds_per_epoch
    beside = frozen.seconds - START_SECONDS - frozen.frozen_seconds - one
    assert FOLD_START_SECONDS < beside < FOLD_START_SECONDS + FOLDS * one
    wide = HeadConfig(hidden=(4096,))
    assert _plan(trained, tmp_path, head=wide).seconds > frozen.seconds
    assert live.seconds - START_SECONDS - 4 * live.seconds_per_epoch > beside


def test_what_has_learned_already_or_has_to_forget_trains_in_one_phase(
    trained: Trained, tmp_path: Path
) -> None:
    continued = _plan(trained, tmp_path, unfreeze=2, start_from=str(trained.folder))
    random = _plan(trained, tmp_path, unfreeze="all", pretrained=False)
    tuned = _plan(trained, tmp_path, unfreeze="all")
    assert [cost.phase for cost in continued.phases] == ["fine-tuning"]
    assert [(cost.phase, cost.epochs) for cost in random.phases] == [("whole", 4)]
    assert random.of("head") is None and random.of("whole") == random.phases[0]
    assert random.trained_parameters == tuned.trained_parameters
    assert random.frozen_seconds < tuned.frozen_seconds and random.disk_bytes < tuned.disk_bytes


def test_memory_grows_with_what_trains_with_the_batch_and_the_input(trained: Trained, tmp_path: Path) -> None:
    def memory(unfreeze: object, batch: int = 32, size: int = 224) -> int:
        tuning = FineTuningConfig(epochs=4, batch_size=batch)
        return _plan(trained, tmp_path, unfreeze=unfreeze, fine_tuning=tuning, input_size=size).memory_bytes

    by_blocks = [memory(n) for n in (*range(17), "all")]
    assert by_blocks == sorted(by_blocks) and by_blocks[0] < by_blocks[2] < by_blocks[8] < by_blocks[17]
    assert memory(8, 8) < memory(8, 32) < memory(8, 128)
    assert memory(8, size=96) < memory(8, size=224) < memory(8, size=384)


def test_where_the_cache_is_short_half_precision_is_planned(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = _plan(trained, tmp_path, kept="auto")
    asked = _plan(trained, tmp_path, kept="half")
    assert not full.half_precision and asked.half_precision and 2 * asked.disk_bytes == full.disk_bytes
    monkeypatch.setenv("GRAFT_CACHE_GB", str(0.75 * full.disk_bytes / 1e9))
    assert _plan(trained, tmp_path, kept="auto") == asked
    assert not _plan(trained, tmp_path, kept="full").half_precision
    monkeypatch.setenv("GRAFT_CACHE_GB", str(0.25 * full.disk_bytes / 1e9))
    assert not _plan(trained, tmp_path, kept="auto").half_precision, "half of it does not fit either"


def test_where_the_disk_is_short_half_precision_is_planned(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = _plan(trained, tmp_path, kept="auto")
    monkeypatch.setattr(system, "free_bytes", lambda folder: KEEP_FREE + full.disk_bytes - 1)
    assert _plan(trained, tmp_path, kept="auto").half_precision
    assert not _plan(trained, tmp_path, cache=False, kept="auto").half_precision


def test_no_cache_moves_the_frozen_part_into_every_epoch(trained: Trained, tmp_path: Path) -> None:
    cached, live = _plan(trained, tmp_path), _plan(trained, tmp_path, cache=False)
    assert live.frozen_seconds == 0 and live.disk_bytes == 0
    assert live.seconds_per_epoch > cached.seconds_per_epoch


def test_only_the_pictures_trained_on_have_views(trained: Trained, tmp_path: Path) -> None:
    """Whatever is kept of a picture is kept of each view: features, and a block's output or pixels."""
    train = assign(_manifest(trained), trained.run.config().split).count("train")
    for unfreeze, row in ((0, 0), (1, 4 * 2 * 2 * 192), ("all", 3 * 64 * 64)):
        plain = _plan(trained, tmp_path, unfreeze=unfreeze)
        viewed = _plan(trained, tmp_path, unfreeze=unfreeze, augmentation=AugmentationConfig(views=3))
        assert (plain.views_bytes, plain.views_seconds) == (0, 0)
        assert viewed.views_bytes == viewed.disk_bytes - plain.disk_bytes == 3 * train * (4 * 1280 + row)
        assert viewed.views_seconds == pytest.approx(viewed.frozen_seconds - plain.frozen_seconds)
        assert viewed.views_seconds == pytest.approx(viewed.seconds - plain.seconds)
        assert viewed.views_seconds > 3 * train / len(_manifest(trained).examples) * plain.frozen_seconds
        assert viewed.seconds_per_epoch == plain.seconds_per_epoch


def test_without_a_cache_views_cost_in_every_epoch(trained: Trained, tmp_path: Path) -> None:
    some, more = (
        _plan(trained, tmp_path, cache=False, augmentation=AugmentationConfig(views=n)) for n in (1, 8)
    )
    assert some.views_seconds == some.views_bytes == some.disk_bytes == 0
    plain = _plan(trained, tmp_path, cache=False)
    assert plain.seconds_per_epoch < some.seconds_per_epoch < more.seconds_per_epoch


def test_every_backbone_can_be_planned(trained: Trained, tmp_path: Path) -> None:
    for entry in catalogue.catalogue().values():
        planned = _plan(trained, tmp_path, backbone=entry.id, input_size=None, head=HeadConfig(hidden=()))
        assert planned.head_parameters == (entry.features + 1) * 3
        assert planned.seconds > 0


def test_a_measured_speed_is_used(trained: Trained, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert recall(workspace, "images") is None
    remember(workspace, "images", MachineSpeed(1e9, "CPU"))
    planned = plan(RunConfig(), _manifest(trained), workspace)
    assert planned.speed_measured and planned.speed == 1e9
    (workspace.cache / "speed-images.json").write_text("{broken")
    assert recall(workspace, "images") is None


def test_training_is_as_fast_as_it_was_measured(trained: Trained, tmp_path: Path) -> None:
    """The frozen part may run on an engine that cannot train, so its speed on a CPU promises nothing."""
    workspace, config = Workspace(tmp_path), msgspec.structs.replace(trained.run.config(), unfreeze=2)
    before = plan(config, _manifest(trained), workspace).seconds_per_epoch
    for device, same in (("CPU (2 cores)", True), ("GPU (some)", False)):
        remember(workspace, "images", MachineSpeed(1e12, device))
        assert (plan(config, _manifest(trained), workspace).seconds_per_epoch == before) is same
    train, held = (assign(_manifest(trained), config.split).count(part) for part in ("train", "validation"))
    remember(
        workspace, "images", MachineSpeed(training_macs(config, train) / 3.0, "CPU (2 cores)"), "training"
    )
    measured = plan(config, _manifest(trained), workspace).seconds_per_epoch
    assert measured == pytest.approx(3.0 * (3 * train + held) / (3 * train), rel=0.01)


def test_several_backbones_are_planned_as_each_alone(trained: Trained, tmp_path: Path) -> None:
    ids = ("efficientnet_lite0", "mobilenet_v2")
    together = plan_each(trained.run.config(), ids, _manifest(trained), Workspace(tmp_path))
    assert together == {id: _plan(trained, tmp_path, backbone=id) for id in ids}
