"""The card of a finished run, as a picture."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from pages.components.shared import letters
from pages.components.train import share_card
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.text_workspace import Written
from tests.pages.conftest import Open, count_words


def drawn(furnished: Furnished, monkeypatch: pytest.MonkeyPatch) -> Image.Image:
    for name, value in furnished.env.items():
        monkeypatch.setenv(name, value)
    return Image.open(io.BytesIO(share_card.draw(furnished.run))).convert("RGB")


def test_it_is_a_picture_with_its_mistakes(
    furnished: Furnished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = furnished.copy(tmp_path / "workspace")
    card = drawn(own, monkeypatch)
    assert card.size == share_card.SIZE and card.getpixel((5, 5)) == (15, 118, 110)
    report = own.run.folder / "report.json"
    wrong = report.read_text().replace('"predicted":"blue"', '"predicted":"amber"')
    report.write_text(wrong)
    mistaken = drawn(own, monkeypatch)
    assert ImageChops.difference(card, mistaken).getbbox() is not None
    shutil.rmtree(own.dataset.folder)  # its pictures, and what is known of them
    assert drawn(own, monkeypatch).size == share_card.SIZE


def test_numbers_of_counted_terms_have_learned_too(own: Written, empty: Open) -> None:
    before = _learned(own)
    count_words(own.run)
    assert _learned(own) - before == 1234 * len(own.run.labels())


def _learned(written: Written) -> int:
    return int(share_card.effort(written.run).split(" of ")[0].rpartition(" ")[2].replace(",", ""))


def test_a_long_line_ends_on_the_card_and_what_the_type_lacks_is_left_out() -> None:
    font = letters.font(24)
    shown = share_card._fitting("a class, " * 60, font)
    assert font.getlength(shown) <= share_card.SIZE[0] - 2 * share_card.MARGIN and shown.endswith(" …")
    assert letters.drawable("猫, 犬") == "" and letters.drawable("röd, Ж") == "röd, Ж"
