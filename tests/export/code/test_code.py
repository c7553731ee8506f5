"""The code of a run, executed: it reads the same pixels and split, trains, and answers as the run does."""

from __future__ import annotations

import ast
import csv
import json
import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
import pytest

from tests.fixtures.short_lite0 import shortened_later
from tests.fixtures.tiny_training import Graft, Trained
from tests.fixtures.written_code import eager
from tlcore import config as configuration
from tlcore.backbones.images.preprocess import STYLES
from tlcore.config import RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.config.training import RANDOM_MOMENTUM, FineTuningConfig, HeadConfig, TrainingConfig
from tlcore.data.images import decode
from tlcore.errors import RunError
from tlcore.export.code import documents, files
from tlcore.export.code.classes.images import SCALING
from tlcore.export.code.code_export import CodeExport
from tlcore.export.code.common import values
from tlcore.export.code.common.values import CodeValues
from tlcore.export.code.steps import STEPS
from tlcore.graft.network import build
from tlcore.graft.training import open_head
from tlcore.runs.run import Run

OPEN = {"head": HeadConfig(), "training": TrainingConfig()}
TUNED = {
    "unfreeze": 5,
    "training": TrainingConfig(epochs=1, batch_size=9, patience=0, label_smoothing=0.1),
    "fine_tuning": FineTuningConfig(epochs=1, batch_size=9),
    "augmentation": AugmentationConfig(views=1, flip=True),
}


def copied(trained: Trained, folder: Path, **changes: Any) -> Run:
    """The run with other settings."""
    run = Run(folder)
    shutil.copytree(trained.folder, folder, ignore=shutil.ignore_patterns("checkpoints", "exports"))
    config = msgspec.structs.replace(run.config(), **changes)
    (folder / "config.json").write_bytes(configuration.to_json(config))
    return run


@pytest.fixture
def write(graft: Graft, trained: Trained, tmp_path: Path) -> Any:
    """The code of the run with other settings, in a folder with its pictures: `write(unfreeze=2)`."""

    def written(**changes: Any) -> tuple[Run, Path]:
        run = copied(trained, tmp_path / "changed", **changes)
        said = graft.call("code", run.folder, "--out", tmp_path / "code", "--with-pictures", "--json")
        assert said.code == 0, said.err
        return run, tmp_path / "code"

    return written


def accuracy(found: dict[str, Any], part: str) -> float:
    chances = np.asarray(found["model"](found[f"x_{part}"]))
    return float(np.mean(chances.argmax(1) == found[f"y_{part}"]))


def test_the_notebook_solves_an_open_head(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run, folder = write(**OPEN)
    assert run.config().is_head_open
    whole = json.loads((folder / "train.ipynb").read_text())
    assert (whole["nbformat"], whole["nbformat_minor"]) == (4, 5)
    assert all(re.fullmatch("[a-z-]+", cell["id"]) for cell in whole["cells"])
    monkeypatch.chdir(folder)
    found: dict[str, Any] = {}
    for cell in whole["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), found)
    assert accuracy(found, "validation") >= 5 / 6
    (normal,) = [one for one in found["head"].layers if isinstance(one, keras.layers.Normalization)]
    assert np.asarray(normal.variance).min() > 0


def test_the_script_reads_the_same_pixels_and_unfrozen_blocks_learn(
    write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values, "class_weights", lambda counts: (1.2, 1.0, 0.8))
    run, folder = write(**TUNED)
    script = folder / "train.py"
    assert "tlcore" not in script.read_text()
    # Blends may put back the weights from before, which is right and shows nothing.
    script.write_text(script.read_text().replace("(0.0, 0.25, 0.5, 0.75, 1.0)", "(1.0,)"))
    with eager():  # the notebook above is compiled, and so is what its network is compared with
        found = runpy.run_path(str(script))
    dataset, config = run.dataset(), run.config()
    for part, count in {"train": 18, "validation": 6, "test": 6}.items():
        some = [example for example, split in files.split_of(run) if split == part]
        pixels = np.stack([decode.decode(dataset.file(one.sha256), 64, config.fit) for one in some])
        assert len(some) == count and (found[f"x_{part}"] == pixels).all()
    assert found["f_train"].shape[:2] == (2, 18)
    assert changed_layers(folder / "backbone.keras", found["backbone"], found["LAST_FROZEN"])
    assert len(found["shares"]) == len(found["tail"].trainable_variables)
    assert (found["shares"][0], found["shares"][-1]) == pytest.approx((0.9**5, 1))
    assert (folder / "model.keras").is_file()


def changed_layers(before: Path, after: keras.Model, last_frozen: str) -> set[str]:
    """The layers that have learned; none of those up to the last frozen one has."""
    layers = keras.models.load_model(before).layers
    changed = {
        layer.name
        for layer, own in zip(layers, after.layers, strict=True)
        for one, other in zip(layer.weights, own.weights, strict=True)
        if (np.asarray(one) != np.asarray(other)).any()
    }
    names = [layer.name for layer in layers]
    assert not changed & {*names[: names.index(last_frozen) + 1]}
    return changed


def some(**changes: Any) -> CodeValues:
    config = configuration.resolved(msgspec.structs.replace(RunConfig(task="images"), **changes))
    return CodeValues(config, ("a", "b"))


@pytest.mark.parametrize("unfreeze", [0, 3, "all"])
@pytest.mark.parametrize("backbone", ["efficientnet_lite0", "mobilenet", "resnet50", "convnext_tiny"])
def test_every_code_is_python_in_lines_that_can_be_read(backbone: str, unfreeze: int | str) -> None:
    text = read_lines(some(backbone=backbone, unfreeze=unfreeze))
    needs_file = backbone == "efficientnet_lite0" or (backbone == "convnext_tiny" and unfreeze != 0)
    assert ("backbone.keras" in text) is needs_file


@pytest.mark.parametrize(
    ("changes", "beside"),
    [
        ({"pretrained": False, "unfreeze": "all"}, ()),
        ({"start_from": "/earlier"}, ("backbone.keras", "head.keras")),
        ({"start_from": "/earlier", "unfreeze": 2}, ("backbone.keras", "head.keras")),
    ],
)
def test_other_beginnings_are_python_too(changes: dict[str, Any], beside: tuple[str, ...]) -> None:
    own = some(backbone="mobilenet", **changes)
    text = read_lines(own)
    assert own.beside == beside and all(name in text for name in beside)
    assert ("weights=None" in text) is (not beside)


def read_lines(own: CodeValues) -> str:
    """The script, once it is Python in lines of a length that can be read."""
    text = documents.script(own)
    compile(text, "train.py", "exec")
    assert max(map(len, text.splitlines())) <= 110
    return text


def test_hostile_names_stay_names() -> None:
    labels = ('a"""\nimport os', "b\\", "c'; \u2028 \U0001f600", "=1+1")
    text = documents.script(CodeValues(some().config, labels))
    (node,) = [
        one.value
        for one in ast.parse(text).body
        if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "CLASSES"
    ]
    assert tuple(ast.literal_eval(node)) == labels


@pytest.mark.parametrize("style", STYLES)
def test_what_networks_of_keras_want_to_see_is_written_out(style: str) -> None:
    picture = keras.Input((8, 8, 3), dtype="uint8")
    names: dict[str, Any] = {"keras": keras, "np": np, "picture": picture}
    exec(SCALING[style], names)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), np.uint8)
    theirs = keras.Model(picture, keras.ops.cast(names["x"], "float32"))(pixels)
    ours = keras.Model(picture, keras.ops.cast(STYLES[style](picture), "float32"))(pixels)
    np.testing.assert_allclose(theirs, ours, atol=1e-5)


def test_networks_of_keras_come_by_name() -> None:
    text = STEPS["images"]["model"].code(some(backbone="mobilenet", input_size=64)).split("features =")[0]
    names: dict[str, Any] = {"np": np, "SIZE": 64}
    exec(text.replace('"imagenet"', "None"), names)
    backbone = names["backbone"]
    assert backbone.output_shape == (None, 2, 2, 1024) and names["picture"].dtype == "uint8"


def test_a_run_that_went_on_begins_with_the_earlier_network(
    write: Any, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = learned(trained, tmp_path / "earlier")
    kernel, bias = np.ones((16, 3), np.float32), np.arange(3, dtype=np.float32)
    np.savez(earlier.folder / open_head.BEFORE_REFIT, kernel, bias)
    _, folder = write(**TUNED | {"start_from": str(earlier.folder), "augmentation": AugmentationConfig()})
    found = begun(folder)
    model = keras.models.load_model(earlier.model)
    model.get_layer("logits").set_weights([kernel, bias])
    theirs = keras.Model(model.input, model.get_layer("logits").output)
    ours = keras.Model(found["picture"], found["logits"])
    pixels = found["x_test"]
    np.testing.assert_allclose(ours(pixels), theirs(pixels), atol=1e-4)


def begun(folder: Path) -> dict[str, Any]:
    """The names of a script before it trains."""
    names: dict[str, Any] = {"__file__": str(folder / "train.py")}
    exec((folder / "train.py").read_text().split("# --- 3. Train")[0], names)
    return names


def learned(trained: Trained, folder: Path) -> Run:
    """A run whose backbone is not the pretrained one."""
    run = copied(trained, folder)
    model = keras.models.load_model(run.model)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.set_weights([1.1 * weight for weight in layer.get_weights()])
    model.save(run.model)
    return run


def test_random_weights_are_those_of_the_run(write: Any) -> None:
    run, folder = write(**TUNED | {"pretrained": False, "unfreeze": "all", "seed": 3})
    with shortened_later():
        theirs = build.build(run.config(), 3).model.weights
    ours = keras.models.load_model(folder / "backbone.keras").weights
    assert ours and all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=False))
    found = begun(folder)
    norm = next(one for one in found["backbone"].layers if isinstance(one, keras.layers.BatchNormalization))
    assert norm.trainable and norm.momentum == RANDOM_MOMENTUM
    counted = {
        id(weight) for layer in (found["backbone"], found["head"]) for weight in layer.trainable_variables
    }
    assert counted == {id(weight) for weight in found["tail"].trainable_variables}


def test_what_there_is_no_code_of_is_said(graft: Graft, trained: Trained, tmp_path: Path) -> None:
    run = copied(trained, tmp_path / "boxes", task="detection", unfreeze=2)
    said = graft.call("code", run.folder, "--out", tmp_path / "code")
    assert said.code == 2 and "the code of boxes is written for a frozen backbone" in said.err
    assert not (tmp_path / "code").exists()
    said = graft.call("code", trained.folder, "--out", tmp_path)
    assert said.code == 2 and "something in that place" in said.err


def test_pictures_go_along_within_bounds(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = CodeExport(copied(trained, tmp_path / "run"))
    with pytest.raises(RunError, match="not ready"):
        export.pack(False)
    export.folder.mkdir(parents=True, exist_ok=True)
    (backbone,) = export.networks
    backbone.write_bytes(b"a network")
    assert export.pack(True).stat().st_size > export.pack(False).stat().st_size
    rows = dict(files.files(export.run, False))["split.csv"]
    table = list(csv.DictReader(bytes(rows).decode().splitlines())) if isinstance(rows, bytes) else []
    assert len(table) == 30 and all(Path(row["path"]).is_file() for row in table)
    monkeypatch.setattr(files, "MOST_BYTES", 1000)
    with pytest.raises(RunError, match="most that go along"):
        export.pack(True)
    assert export.pack(False).is_file()
