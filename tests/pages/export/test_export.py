"""Export, as far as it goes without making a file; the rest is in tests/journey."""

from __future__ import annotations

import io
import zipfile

import msgspec
import pytest

from pages.components.export import formats_list, hand_on
from pages.components.shared.text import plain
from pages.components.shared.trash import delete
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.text_workspace import Written
from tests.pages.conftest import Open, count_words, primary, words
from tlcore.errors import RunError
from tlcore.export.formats import formats
from tlcore.export.formats.formats import FORMATS
from tlcore.export.model_export import ModelExport
from tlcore.export.proof.answers import Agreement
from tlcore.export.proof.proof import Proof
from tlcore.runs.job import Job, Reporter


def put(export: ModelExport, refusal: str = "", same: int = 6) -> None:
    """What a job that has ended leaves."""
    export.folder.mkdir(parents=True)
    Reporter(Job(export.folder)).end("done", "Ready")
    split = Agreement(n=6, same=same, largest=0.0004, score=5 / 6, score_before=1)
    proof = Proof(
        edition=export.edition(),
        format=export.format.id,
        size=5_000_000,
        size_before=6_000_000,
        milliseconds=2.5,
        milliseconds_before=12.5,
        splits={"validation": split, "test": split},
        refusal=refusal,
    )
    if not refusal:
        export.file.write_bytes(b"a model")
    (export.folder / "proof.json").write_bytes(msgspec.json.encode(proof))


def test_empty(empty: Open) -> None:
    at = empty("export")
    assert not at.exception
    assert primary(at) == ["Begin with a sample or your data"]
    assert "You have no finished model yet" in words(at)


def test_every_format_can_be_made_and_one_is_the_first(full: Open, furnished: Furnished) -> None:
    at = full("export", run=furnished.run.id)
    assert not at.exception and not at.error
    assert primary(at) == ["Make the file"]
    assert [button.label for button in at.button].count("Make the file") == len(FORMATS)
    assert all(format.title in words(at) for format in FORMATS.values())


def test_a_proven_file_can_be_had_and_a_refused_one_says_why(full: Open, own_run: Furnished) -> None:
    run = own_run.run
    put(ModelExport(run, "keras"))
    put(ModelExport(run, "litert"), refusal="It gives another answer to 3 of 12 examples.")
    put(ModelExport(run, "onnx-int8"), same=4)
    at = full("export", run=run.id)
    assert not at.exception and not at.error
    said = words(at)
    assert "**12 of 12** the same answer · largest difference in a chance 0.0004 · 5.0 MB" in said
    assert "2.5 ms for a picture (the model itself: 12.5)" in said
    assert "Not offered. It gives another answer to 3 of 12 examples" in said
    assert "**8 of 12** the same answer · validation: 83.3 % right (the model: 100.0 %)" in said
    labels = [button.label for button in at.button]
    assert labels.count("Make the file") == len(FORMATS) - 3 and labels.count("Try again") == 1
    assert len(at.get("download_button")) == 2


def test_the_download_holds_the_file_and_what_a_program_must_know(own_run: Furnished) -> None:
    export = ModelExport(own_run.run, "litert")
    put(export)
    for _ in range(2):
        with zipfile.ZipFile(io.BytesIO(export.pack().read_bytes())) as archive:
            assert archive.namelist() == ["model.json", "model.tflite"]
            assert archive.read("model.tflite") == b"a model"
    assert list(export.folder.glob(".part*")) == []


def test_one_that_failed_says_why(full: Open, own_run: Furnished) -> None:
    export = ModelExport(own_run.run, "onnx")
    export.folder.mkdir(parents=True)
    Reporter(Job(export.folder)).end("failed", error="This network cannot be written as ONNX.")
    at = full("export", run=own_run.run.id)
    assert "This network cannot be written as ONNX" in words(at)
    assert [button.label for button in at.button].count("Make the file") == len(FORMATS)


def test_the_card_is_shown_with_the_line_that_publishes_it(full: Open, furnished: Furnished) -> None:
    at = full("export", run=furnished.run.id, section="card")
    assert not at.exception and not at.error
    said = words(at)
    assert "## Results" in said and r"Coloured \<b\>paper\<\/b\>" in said
    assert at.header[0].value == plain(furnished.run.id)
    line, head = (code.value for code in at.code)
    assert line.startswith("python -m tlcore publish ") and " --repo YOUR-NAME/" in line
    assert head.startswith("---\nlicense: apache-2.0\n")
    assert [button.proto.label for button in at.get("download_button")] == ["Download"]


def test_texts_have_the_formats_with_which_their_tokenizer_can_go(
    wordy: Open, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = wordy("export", run=written.run.id)
    assert not at.exception
    assert [button.label for button in at.button].count("Make the file") == len(FORMATS) - 4
    for module in (formats, formats_list):
        monkeypatch.setattr(module, "has_word_pieces", lambda backbone: False)
    at = wordy("export", run=written.run.id)
    assert [button.label for button in at.button].count("Make the file") == 3
    assert "tokenizer" in words(at)


def test_a_run_is_not_deleted_while_a_file_of_it_is_being_made(own_run: Furnished) -> None:
    run = own_run.run
    export = ModelExport(run, "litert")
    export.folder.mkdir(parents=True)
    Reporter(Job(export.folder)).stage("writing", "Writing LiteRT")
    with pytest.raises(RunError, match="being made"):
        delete.discard([run.folder])
    assert run.has_model
    Reporter(Job(export.folder)).end("done", "Ready")
    delete.discard([run.folder])
    assert not run.folder.exists()


def test_a_run_is_handed_on_with_small_pictures_or_without(full: Open, own_run: Furnished) -> None:
    at = full("export", run=own_run.run.id, section="hand-on")
    assert not at.exception and not at.error
    assert [toggle.label for toggle in at.toggle] == ["Add small pictures, 128 pixels"]
    (button,) = at.get("download_button")
    assert button.proto.label.startswith("Download the run, about ")
    assert "The pictures themselves stay here" in words(at)
    for with_examples in (False, True):
        with zipfile.ZipFile(hand_on._packed(own_run.run, with_examples)) as archive:
            assert archive.namelist()[0] == "bundle.json"
            assert any("thumbs" in name for name in archive.namelist()) == with_examples


def test_texts_go_along_where_somebody_says_so(wordy: Open, written: Written) -> None:
    at = wordy("export", run=written.run.id, section="hand-on")
    assert not at.exception
    at.toggle[0].set_value(True).run()
    assert at.toggle[0].label == "Add the texts" and "stay here" not in words(at)


def test_what_counts_words_says_that_its_file_holds_them(
    own: Written, empty: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = "holds the 1,234 words and pairs of words that its head counts"
    assert held not in words(empty("export", run=own.run.id, section="hand-on"))
    count_words(own.run)
    assert held in words(empty("export", run=own.run.id, section="hand-on"))
    said = words(empty("export", run=own.run.id))
    assert held in said and formats.COUNTS_TERMS in said and formats_list.PAGE_COUNTS in said
    monkeypatch.setattr(formats, "PAGE_BYTES", 1)
    said = words(empty("export", run=own.run.id))
    assert formats_list.TOO_LARGE in said and formats_list.PAGE_COUNTS not in said
    for module in (formats, formats_list):
        monkeypatch.setattr(module, "has_word_pieces", lambda backbone: False)
    said = words(empty("export", run=own.run.id))  # without counting there would be no page either
    assert held in said and formats.COUNTS_TERMS not in said and "of this backbone has no form" in said
