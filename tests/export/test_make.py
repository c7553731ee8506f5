"""Exports of a run: every format is proven by its own runtime, and a wrong file is refused.

Its network is small, of the kinds of layers that Lite0 has. Lite0 itself goes home in web/test_places.py and
folder/test_files.py.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.export.conftest import made
from tests.fixtures.tiny_network import tiny_run
from tests.fixtures.tiny_training import Trained
from tlcore.errors import RunError
from tlcore.export import make as making
from tlcore.export import writers
from tlcore.export.formats.formats import FORMATS, RuntimeName
from tlcore.export.make import make
from tlcore.export.model_export import ModelExport
from tlcore.export.proof import prove
from tlcore.export.proof.ask import Questions
from tlcore.export.proof.proof import Proof
from tlcore.export.proof.prove import FileAnswers
from tlcore.export.runtimes import open_model
from tlcore.export.writers import litert
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run


@pytest.fixture(scope="module")
def run(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return tiny_run(trained, tmp_path_factory.mktemp("exports") / "run", convolves=True)


@pytest.fixture(scope="module")
def tiny(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return tiny_run(trained, tmp_path_factory.mktemp("tiny") / "run")


@pytest.fixture(autouse=True, scope="module")
def traced_once(models: None) -> Iterator[None]:
    """For the kinds of LiteRT a run's network is traced once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(litert, "constant_graph", functools.cache(litert.constant_graph))
        yield


# The others are made elsewhere: web/test_page.py, folder/test_files.py, and one is stopped below. What boxes
# and areas become: web/test_places.py.
ELSEWHERE = ("web", "folder", "litert-dynamic")


@pytest.mark.parametrize("format", [one for one in FORMATS if one not in ELSEWHERE])
def test_each_format_answers_as_the_model_does(
    run: Run, format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a fresh process; but that for Keras is one with TensorFlow already."""
    if format == "saved_model":
        monkeypatch.setattr(prove, "ask", asked_here)
    check(made(run, format), ModelExport(run, format), tmp_path)


def check(proof: Proof, export: ModelExport, folder: Path) -> None:
    """The file answers as the model does, and can be taken out into the folder."""
    format = export.format
    assert proof.refusal == "" and export.is_offered
    assert {split: part.n for split, part in proof.splits.items()} == {"validation": 6, "test": 6}
    assert proof.splits["test"].score_before == 1.0  # as `tiny_run` has it
    if not format.is_rounded:
        assert proof.same == proof.n and proof.largest < 0.01
    assert 0 < proof.size == export.bytes() and proof.milliseconds > 0 < proof.milliseconds_before
    taken = folder / format.file
    export.take_out(taken)
    inside = taken / "description.json" if format.is_folder else taken.with_suffix(".json")
    assert inside.is_file()


def test_rounded_files_are_smaller(run: Run) -> None:
    full, half, eighth = (made(run, f"litert{kind}").size for kind in ("", "-float16", "-int8"))
    assert full > 1.8 * half > 1.8 * eighth


Fault = Callable[[keras.Model], keras.Model]


def around(model: keras.Model, before: Callable, after: Callable) -> keras.Model:  # type: ignore[type-arg]
    """The model with something wrong on the way in or out."""
    asked = keras.Input(model.input_shape[1:], dtype=model.inputs[0].dtype)
    return keras.Model(asked, after(model(before(asked))))


def same(tensor: object) -> object:
    return tensor


FAULTS: dict[str, Fault] = {
    "channels swapped": lambda model: around(model, lambda x: x[..., ::-1], same),
    "scaling left out": lambda model: around(model, lambda x: keras.ops.cast(x / 255, "uint8"), same),
    "labels shifted": lambda model: around(model, same, lambda y: keras.ops.roll(y, 1, axis=-1)),
    "temperature dropped": lambda model: around(
        model, same, lambda y: keras.ops.softmax(2 * keras.ops.log(y + 1e-7))
    ),
}


def asked_here(runtime: RuntimeName, file: Path, questions: Questions, *ignored: object) -> FileAnswers:
    model = open_model(runtime, file)
    return FileAnswers(np.concatenate([model(*inputs) for inputs in questions.inputs()]), 1.0)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_with_a_fault_is_refused_and_deleted(
    tiny: Run, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked in this process: that a fresh one is, tests above show. Keras writes and opens the fastest."""
    write = writers.write
    monkeypatch.setattr(prove, "ask", asked_here)
    monkeypatch.setattr(writers, "write", lambda model, *more: write(FAULTS[fault](model), *more))
    export = ModelExport(tiny, "keras")
    export.folder.mkdir(parents=True, exist_ok=True)
    export.drop()
    proof = made(tiny, "keras")
    assert proof.refusal and not export.file.exists() and not export.is_offered
    with pytest.raises(RunError, match="not ready"):
        export.take_out(tiny.folder.parent / "model.keras")
    export.drop()


def test_a_stop_ends_it_and_it_goes_on_with_the_file_that_is_there(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = ModelExport(run, "litert-dynamic")
    export.folder.mkdir(parents=True)
    write, written = writers.write, []

    def stopping(*arguments: object) -> None:
        write(*arguments)  # type: ignore[arg-type]
        written.append(1)
        export.request_stop()

    monkeypatch.setattr(writers, "write", stopping)
    assert make(export, Reporter(export)) is None and export.proof() is None and export.was_written()
    check(made(run, "litert-dynamic"), export, tmp_path)
    assert written == [1]


def test_a_network_that_cannot_be_written_is_said(tiny: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*ignored: object) -> None:
        raise NotImplementedError("no such operation")

    monkeypatch.setattr(writers, "write", failing)
    export = ModelExport(tiny, "onnx")
    export.folder.mkdir(parents=True, exist_ok=True)
    export.drop()
    with pytest.raises(RunError, match=r"cannot be written as ONNX.*no such operation"):
        make(export, Reporter(export))
    assert list(export.folder.glob(".part*")) == []


def test_a_file_that_no_runtime_opens_is_said(tiny: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making.writers, "write", lambda model, form, part, more: part.write_bytes(b"garbage"))
    export = ModelExport(tiny, "onnx")
    export.folder.mkdir(parents=True, exist_ok=True)
    export.drop()
    with pytest.raises(RunError, match="cannot be opened by its own runtime"):
        make(export, Reporter(export))
    export.drop()


def test_another_model_makes_old_exports_worthless(run: Run) -> None:
    made(run, "litert")
    export, report = ModelExport(run, "litert"), run.folder / "report.json"
    kept = report.read_bytes()
    report.write_bytes(kept + b" ")
    assert export.proof() is None and not export.was_written() and not export.is_offered
    report.write_bytes(kept)
    assert export.is_offered and np.isfinite(export.proof().largest)  # type: ignore[union-attr]


def test_a_folder_is_refused_when_its_script_errs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made(run, "litert")
    export = ModelExport(run, "folder-litert")
    export.folder.mkdir(parents=True, exist_ok=True)
    texts = making.text_files(run, export.format)
    script = texts["predict.py"].replace(b"ask(picture)\n", b"ask(picture)[::-1]\n")
    assert script != texts["predict.py"]
    monkeypatch.setattr(making, "text_files", lambda *ignored: texts | {"predict.py": script})
    export.drop()
    assert "another answer" in made(run, "folder-litert").refusal and not export.file.exists()
    wrongs = {b"raise OSError('no model')": "no model", b"print('{\"error\": 1}')": "failed"}
    for wrong, sentence in wrongs.items():
        export.drop()
        monkeypatch.setattr(making, "text_files", lambda *ignored, it=wrong: texts | {"predict.py": it})
        with pytest.raises(RunError, match=sentence):
            made(run, "folder-litert")
    export.drop()
