from __future__ import annotations

import msgspec

from tlcore.config import RunConfig
from tlcore.data.setting_words import SETTINGS, in_words


def test_every_setting_has_its_words() -> None:
    written = msgspec.to_builtins(RunConfig())
    keys = {
        f"{key}.{part}" if part else key
        for key, value in written.items()
        for part in (value if isinstance(value, dict) else [""])
    }
    assert set(SETTINGS) == keys


def test_values_are_in_plain_words() -> None:
    assert [in_words("head.hidden", ()), in_words("head.hidden", (128, 64))] == ["none", "128, 64"]
    assert [in_words("pretrained", False), in_words("split.test", 0.15)] == ["no", "15 %"]
    assert [in_words("augmentation.rotate", 10.0), in_words("augmentation.flip", None)] == [
        "10°",
        "automatic",
    ]
    assert [in_words("split.most_per_class", None), in_words("start_from", None)] == ["all", "nothing"]
