"""Pictures that kill their decoder, texts that are none: each costs one request."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from tests.data.conftest import jpeg
from tests.fixtures.tiny_training import Trained
from tlcore.data.images import decode
from tlcore.data.images.sandbox import CRASHED
from tlcore.data.images.sandbox_worker import DecodedImage, write_square
from tlcore.data.importing.text_collector import NO_TEXT
from tlcore.data.tables.rows import MAX_CELL
from tlcore.serve import inputs
from tlcore.serve.inputs import LONG_TEXT, NOT_A_TEXT, PictureReader, TextReader
from tlcore.serve.limits import RequestRefusal


def crash_or_write(file: Path, target: Path | None, size: str, fit: str) -> DecodedImage:
    """Dies of a file that says so."""
    if file.read_bytes() == b"die":
        os.kill(os.getpid(), signal.SIGSEGV)
    return write_square(file, target, size, fit)  # type: ignore[arg-type]


def test_a_picture_comes_as_a_model_sees_it_though_another_kills_its_decoder(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "write_square", crash_or_write)
    reader = PictureReader(trained.run, (None, 64, 64, 3))
    content = jpeg(size=(90, 70))
    sound, killer, text = (reader.submit(sent) for sent in (content, b"die", b"no picture"))
    expected = decode.decode(content, 64, trained.run.config().fit)
    given = sound.result(60)
    assert given.fields == {} and np.array_equal(given.row, expected[None])
    for future, sentence in ((killer, CRASHED), (text, "It is not a picture")):
        with pytest.raises(RequestRefusal, match=sentence) as refused:
            future.result(60)
        assert refused.value.status == 422
    assert np.array_equal(reader.submit(content).result(60).row, expected[None])
    folder = Path(reader._folder.name)
    assert not any(folder.iterdir())
    reader.close()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(jpeg(), NOT_A_TEXT), (" \n ", NO_TEXT), (b"", NO_TEXT), ("x" * (MAX_CELL + 1), LONG_TEXT)],
)
def test_what_is_no_text_is_refused(trained: Trained, content: bytes | str, sentence: str) -> None:
    with pytest.raises(RequestRefusal) as refused:
        TextReader(trained.run, (None,)).submit(content)
    assert refused.value.sentence == sentence


def test_texts_are_cleaned_as_in_an_import(trained: Trained) -> None:
    reader = TextReader(trained.run, (None,))
    for content in (" Größe\r\n", " Größe\r\n".encode(), " Größe\n".encode("utf-16")):
        given = reader.submit(content).result(0)
        assert given.fields == {"text": "Größe"} and given.row.tolist() == ["Größe"]
