"""Words and ranges of settings, as their fields give them."""

from __future__ import annotations

import msgspec
import pytest

from tlcore.config import RunConfig, resolved
from tlcore.config.settings import SETTINGS, value_of


def test_every_setting_has_its_words() -> None:
    written = msgspec.to_builtins(RunConfig())
    paths = {
        f"{key}.{part}" if part else key
        for key, value in written.items()
        for part in (value if isinstance(value, dict) else [""])
    }
    assert set(SETTINGS) == paths
    assert not [path for path, setting in SETTINGS.items() if not (setting.title and setting.help)]
    assert len({setting.title for setting in SETTINGS.values()}) == len(SETTINGS)


@pytest.mark.parametrize("path", [path for path, setting in SETTINGS.items() if setting.slider])
def test_sliders_are_within_the_bounds(path: str) -> None:
    setting, default = SETTINGS[path], value_of(resolved(RunConfig()), path)
    assert setting.slider and setting.low is not None and setting.high is not None
    least, most, _ = setting.slider
    assert setting.low <= least <= default <= most <= setting.high


def test_bounds_inside_a_union_are_found() -> None:
    assert (SETTINGS["input_size"].low, SETTINGS["input_size"].high) == (16, 1024)
    assert SETTINGS["unfreeze"].low == 0 and SETTINGS["head.hidden"].low is None


def test_the_label_leaves_out_what_the_box_says() -> None:
    assert SETTINGS["fine_tuning.patience"].title == "Fine-tuning: patience"
    assert SETTINGS["fine_tuning.patience"].label == SETTINGS["training.patience"].label == "Patience"


def test_values_are_in_plain_words() -> None:
    def words(path: str, value: object) -> str:
        return SETTINGS[path].value_in_words(value)

    assert [words("head.hidden", ()), words("head.hidden", (128, 64))] == ["none", "128, 64"]
    assert [words("pretrained", False), words("split.test", 0.15)] == ["no", "15 %"]
    assert [words("augmentation.rotate", 10.0), words("augmentation.flip", None)] == ["10°", "automatic"]
    assert [words("split.most_per_class", None), words("start_from", None)] == ["all", "nothing"]
    assert [words("augmentation.views", 0), words("augmentation.mixup", 0.0)] == ["none", "0"]
