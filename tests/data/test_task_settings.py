from __future__ import annotations

import pytest

from tlcore.config.settings import SETTINGS
from tlcore.data.task_settings import setting_for
from tlcore.data.task_words import WORDS, TaskWords


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize("path", SETTINGS)
def test_words_of_a_task_are_filled_in(path: str, words: TaskWords) -> None:
    setting = setting_for(path, words)
    assert "{" not in setting.title + setting.label + setting.help


def test_blocks_of_texts_are_layers() -> None:
    assert setting_for("unfreeze", WORDS["texts"]).title == "Layers unfrozen"
