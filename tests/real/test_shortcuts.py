"""What gives a class away, in real pictures: nothing where nothing was planted, and what was planted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from tlcore.data.checks import problems
from tlcore.data.importing.importer import scan

EACH = 25  # pictures of a class, where some are planted


def told(folder: Path) -> str:
    return next((it.message for it in problems(None, scan(folder)) if it.kind == "shortcut"), "")


@pytest.mark.parametrize("name", ["bloodcells3", "caltech10_easy", "flowers5", "signdigits10"])
def test_nothing_is_found_in_sets_without_shortcuts(shared_data: Path, name: str) -> None:
    assert told(shared_data / name) == ""


def with_camera(image: Image.Image, file: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon\0", " EOS  450D"
    image.save(file, exif=exif)


WAYS: dict[str, tuple[Callable[[Image.Image, Path], None], str]] = {
    "colour": (lambda image, file: image.convert("L").save(file), "are grey"),
    "shape": (lambda image, file: ImageOps.fit(image, (min(image.size),) * 2).save(file), "are square"),
    "border": (lambda image, file: ImageOps.expand(image, 12, "white").save(file), "are in a white frame"),
    "file kind": (lambda image, file: image.save(file.with_suffix(".png")), "are PNG files"),
    "camera": (with_camera, "are taken with “Canon EOS 450D”"),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_was_planted_in_real_pictures_is_found(shared_data: Path, tmp_path: Path, way: str) -> None:
    save, words = WAYS[way]
    for label in ("daisy", "roses", "tulips"):
        (tmp_path / label).mkdir()
        for number, file in enumerate(sorted((shared_data / "flowers5" / "train" / label).iterdir())[:EACH]):
            image = Image.open(file).convert("RGB")
            if label == "roses" and number % 10:
                save(image, tmp_path / label / f"{number}.jpg")
            else:
                image.save(tmp_path / label / f"{number}.jpg")
    said = told(tmp_path)
    assert f"of {EACH} pictures of “roses” " in said and words in said.split(";")[0]
    assert "daisy" not in said and "tulips" not in said
