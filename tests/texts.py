"""For tests with texts: MiniLM's real weights, fetched once, and texts that break careless code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlcore.backbones import weights

NASTY = {
    "empty": "",
    "spaces": " \t\n ",
    "right to left": "שלום עולם، مرحبا بالعالم",
    "emoji": "I ❤️ it 👩‍👩‍👧‍👦🏳️‍🌈!",
    "unspaced": "これは日本語の文章です。ภาษาไทยไม่มีช่องว่าง 自然语言处理",
    "accents": "Crème brûlée à Ålesund, tiếng Việt, İstanbul, straße",
    "special tokens": "[CLS] [SEP] [MASK] [PAD] [UNK] </s>",
    "controls": "a\x00b\u200bc\ufeffd\ufffde\x85f",
    "one long word": "a" * 5000,
    "10,000 words": "every good boy deserves fudge " * 2000,
    "plain": "A man is eating a piece of bread.",
}


@pytest.fixture(scope="session")
def fetched(weights_folder: Path) -> Path:
    """The weights folder with MiniLM in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAFT_WEIGHTS", str(weights_folder))
        weights.minilm_folder()
    return weights_folder


@pytest.fixture
def minilm(fetched: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """MiniLM's id; its weights are there."""
    monkeypatch.setenv("GRAFT_WEIGHTS", str(fetched))
    return "minilm_l6"
