"""The files that people take home answer as Graft does, in a process without Graft."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from tests.fixtures.models_in_memory import models_in_memory  # noqa: F401 (a fixture)
from tests.fixtures.tiny_network import tiny_run
from tests.fixtures.tiny_training import Graft, Trained
from tlcore.config import Fit
from tlcore.config.task import DEFAULT_BACKBONES, Task
from tlcore.errors import RunError
from tlcore.evaluate import confidence_threshold
from tlcore.evaluate.confidence_threshold import ConfidenceThreshold
from tlcore.export.folder.files import bundle, text_files
from tlcore.export.folder.script import predict_script
from tlcore.export.formats.formats import FORMATS, Format, formats_of
from tlcore.export.make import make
from tlcore.export.model_export import ModelExport
from tlcore.export.proof import script
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run


def _odd_pictures(folder: Path) -> list[Path]:
    """Transparent, turned, 16-bit, palette, CMYK and HEIC pictures, none of them square."""
    size = (90, 60)
    turned = Image.Exif()
    turned[0x0112] = 6
    pictures = {
        "clear.png": Image.new("RGBA", size, (200, 30, 40, 120)),
        "grey16.png": Image.linear_gradient("L").resize(size).convert("I;16"),
        "palette.gif": Image.linear_gradient("L").resize(size).convert("P"),
        "cmyk.jpg": Image.new("CMYK", size, (10, 200, 100, 20)),
        "phone.heic": Image.radial_gradient("L").resize(size).convert("RGB"),
    }
    for name, picture in pictures.items():
        picture.save(folder / name)
    Image.radial_gradient("L").resize((900, 700)).convert("RGB").save(folder / "turned.jpg", exif=turned)
    return sorted(folder.iterdir())


def _spoiled(picture: Path, path: Path) -> Path:
    """The same picture with EXIF data that Pillow cannot write again."""
    opened = Image.open(picture).convert("RGB")
    exif = opened.getexif()
    exif[ExifTags.Base.Orientation] = 1
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExifImageWidth] = 300
    opened.save(path, exif=exif)
    return path


# Scripts, each run as `python SCRIPT PATH...` in its folder: lines of [folder, script, path, ...].
EACH = """
import json, os, runpy, sys
for line in sys.stdin:
    folder, *sys.argv = json.loads(line)
    os.chdir(folder)
    runpy.run_path(sys.argv[0], run_name="__main__")
    print("END", flush=True)
"""
Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """What `predict.py` of a folder says of pictures, in one process that knows nothing of Graft."""
    env = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "GRAFT_HOME")}
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", EACH], env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin and child.stdout

    def say(home: Path, *pictures: Path) -> list[dict[str, Any]]:
        child.stdin.write(json.dumps([str(home), "predict.py", *map(str, pictures)]) + "\n")
        child.stdin.flush()
        lines = []
        while (line := child.stdout.readline()) != "END\n":
            assert line, "it has ended"
            lines.append(line)
        return [json.loads(line) for line in lines if line.startswith("{")]

    yield say
    child.kill()
    child.communicate()


@pytest.fixture(scope="module")
def at_home(
    ask: Ask, trained: Trained, tmp_path_factory: pytest.TempPathFactory
) -> dict[Path, dict[str, Any]]:
    """What `predict.py` says of odd pictures and one of each class, after one
    that is no picture and one that is spoiled."""
    folder = tmp_path_factory.mktemp("odd")
    odd = _odd_pictures(folder)
    letter = folder / "letter.jpg"
    letter.write_bytes(b"Dear Sir, ...")
    spoiled = _spoiled(trained.path("blue"), folder / "spoiled.jpg")
    pictures = [letter, spoiled, *odd, *(trained.path(label) for label in trained.run.labels())]
    home = _unpacked(trained.run, tmp_path_factory.mktemp("home"))
    assert {path.name for path in home.iterdir()} == {
        "model.keras",
        *text_files(trained.run, FORMATS["folder"]),
    }
    assert "tlcore" not in (home / "predict.py").read_text()
    return dict(zip(pictures, ask(home, *pictures), strict=True))


def _unpacked(run: Run, home: Path) -> Path:
    with zipfile.ZipFile(bundle(run)) as archive:
        archive.extractall(home)
    return home


def test_predict_py_gives_the_same_answers_without_graft(
    trained: Trained, graft: Graft, at_home: dict[Path, dict[str, Any]]
) -> None:
    pictures = [path for path in at_home if path.name != "letter.jpg"]
    assert len(pictures) == 10
    said = graft.call("predict", trained.folder, *pictures, "--json").out
    ours = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    theirs = [at_home[path] for path in pictures]
    assert [row["label"] for row in theirs] == [row["label"] for row in ours]
    for their, our in zip(theirs, ours, strict=True):
        assert their["confidence"] == pytest.approx(our["confidence"], abs=1e-5)


def _both(
    ask: Ask, trained: Trained, graft: Graft, folder: Path
) -> Iterator[tuple[Path, dict[str, Any], dict[str, Any]]]:
    """Of each odd picture, and one that is spoiled, what `predict.py` says and what Graft says."""
    (folder / "odd").mkdir()
    odd = [*_odd_pictures(folder / "odd"), _spoiled(folder / "odd" / "clear.png", folder / "spoiled.jpg")]
    pictures = [*odd, *sorted(trained.data.rglob("test/0[01].png"))[:2]]
    (folder / "home").mkdir()
    theirs = ask(_unpacked(trained.run, folder / "home"), *pictures)
    said = graft.call("predict", trained.folder, *pictures, "--json").out
    ours = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return zip(pictures, theirs, ours, strict=True)


def test_predict_py_draws_the_same_boxes(
    ask: Ask, trained_detector: Trained, graft: Graft, tmp_path: Path
) -> None:
    drawn = 0
    for picture, their, our in _both(ask, trained_detector, graft, tmp_path):
        assert (their["width"], their["height"]) == (our["width"], our["height"]), picture.name
        assert [box["label"] for box in their["boxes"]] == [box["label"] for box in our["boxes"]]
        for one, other in zip(their["boxes"], our["boxes"], strict=True):
            for edge in ("left", "top", "right", "bottom"):
                assert one[edge] == pytest.approx(other[edge], abs=1)
            assert one["score"] == pytest.approx(other["score"], abs=1e-3)
            drawn += 1
    assert drawn


def test_predict_py_sees_the_same_areas(
    ask: Ask, trained_segmenter: Trained, graft: Graft, tmp_path: Path
) -> None:
    for picture, their, our in _both(ask, trained_segmenter, graft, tmp_path):
        assert their["areas"] == pytest.approx(our["areas"], abs=1e-3), picture.name
        with Image.open(tmp_path / "home" / f"{picture.stem}-areas.png") as areas:
            assert areas.size == (our["width"], our["height"])
            numbers = np.bincount(np.asarray(areas).ravel(), minlength=3) / (areas.width * areas.height)
        assert dict(zip(trained_segmenter.run.labels(), numbers, strict=True)) == pytest.approx(
            their["areas"], abs=1e-5
        )


FITS: tuple[Fit, ...] = ("stretch", "crop", "pad")
FOLDERS = [
    (task, form)
    for task, backbone in DEFAULT_BACKBONES.items()
    for form in formats_of(task, backbone)
    if form.inside
]


@pytest.mark.parametrize(("task", "form"), FOLDERS, ids=lambda one: getattr(one, "id", one))
def test_predict_py_is_short_and_valid(task: Task, form: Format) -> None:
    for fit in FITS:
        source = predict_script(task, form, fit)
        compile(source, "predict.py", "exec")
        assert len(source.splitlines()) < 60
        assert task == "texts" or f'"{fit}"' in source


def test_the_other_files_say_how_it_runs(trained: Trained) -> None:
    for form in formats_of("images", "efficientnet_lite0"):
        if form.inside:
            texts = {name: content.decode() for name, content in text_files(trained.run, form).items()}
            packages = [line.split("==")[0] for line in texts["requirements.txt"].splitlines()]
            assert len(packages) == 2 and packages[1] == "pillow"
            assert f"`{form.model.file}`" in texts["README.md"] and "predict.py a.jpg" in texts["README.md"]
            assert json.loads(texts["description.json"])["file"] == form.model.file


def test_the_bundle_is_made_again_for_a_new_model_only(trained: Trained) -> None:
    first = bundle(trained.run)
    made = first.stat().st_mtime_ns
    assert bundle(trained.run).stat().st_mtime_ns == made


def test_a_model_that_comes_while_it_is_packed_is_packed_next_time(trained: Trained, tmp_path: Path) -> None:
    """A run that goes on puts in place a file that was saved before the old one was packed."""
    run = Run(tmp_path / "run")
    shutil.copytree(trained.folder, run.folder)
    part = run.model.with_name("part")
    part.write_bytes(b"the model that came later")
    os.utime(part, (1_000_000_000, 1_000_000_000))
    bundle(run)
    os.replace(part, run.model)
    with zipfile.ZipFile(bundle(run)) as archive:
        assert archive.read("model.keras") == b"the model that came later"


def test_a_folder_with_keras_is_proven_by_its_script(
    ask: Ask, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the process of all these; those of LiteRT and ONNX have their own, in `test_make.py`."""
    monkeypatch.setattr(script, "ask", lambda folder, work, asked, *ignored: (ask(folder, *asked), 1.0))
    run = tiny_run(trained, tmp_path / "run")
    export = ModelExport(run, "folder")
    export.folder.mkdir(parents=True)
    proof = make(export, Reporter(export))
    assert proof and proof.same == proof.n == 12 and proof.largest < 1e-4 and not proof.refusal
    confidence_threshold.write(run.folder, ConfidenceThreshold(0.75))
    export.take_out(tmp_path / "out")
    assert json.loads((tmp_path / "out" / "description.json").read_text())["threshold"] == 0.75
    assert (tmp_path / "out" / "model.keras").read_bytes() == run.model.read_bytes()


def test_one_bad_file_does_not_end_the_others(at_home: dict[Path, dict[str, Any]]) -> None:
    letter, *others = at_home.values()
    assert list(letter) == ["path", "error"]
    assert all({"label", "confidence"} < set(answer) for answer in others)


def test_how_sure_it_must_be_goes_home_with_it(ask: Ask, trained: Trained, tmp_path: Path) -> None:
    """The bundle is made anew when somebody chooses otherwise."""
    run = tiny_run(trained, tmp_path / "run")
    picture = trained.path("blue")
    (first,) = ask(_unpacked(run, tmp_path / "first"), picture)
    assert first["sure"] is True
    made = bundle(run).stat().st_mtime_ns
    confidence_threshold.write(run.folder, ConfidenceThreshold(first["confidence"]))
    assert bundle(run).stat().st_mtime_ns != made
    just = _unpacked(run, tmp_path / "just")  # at least: that much is enough
    confidence_threshold.write(run.folder, ConfidenceThreshold(min(1.0, first["confidence"] + 1e-3)))
    not_so = _unpacked(run, tmp_path / "not")
    assert ask(just, picture) == [first] and ask(not_so, picture) == [first | {"sure": False}]
    bundle(run).write_bytes(b"cut short")
    assert zipfile.is_zipfile(bundle(run))


def test_an_unfinished_run_has_nothing_to_take_home(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no model"):
        bundle(Run(tmp_path))
