"""Every kind of backbone as one flat graph that answers the same after saving, in a process without Graft."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.fixtures.hub_presets import DEIT, describe_in_catalogue, short_transformer
from tests.fixtures.short_backbones import shorten
from tests.fixtures.short_lite0 import shortened
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.image_facts import BY_ID
from tlcore.backbones.images import applications, loader, preprocess, torch_weights
from tlcore.backbones.weights import weights
from tlcore.errors import BackboneError, WeightsError

RELOAD = """
import sys, numpy, keras
for folder in sys.argv[1:]:
    model = keras.models.load_model(folder + "/model.keras", safe_mode=True)
    found = model(numpy.load(folder + "/pictures.npy"))
    assert numpy.array_equal(found, numpy.load(folder + "/answers.npy")), folder
    assert [one.name for one in model.operations] == open(folder + "/names.txt").read().split(), folder
assert not any(name.split(".")[0] == "tlcore" for name in sys.modules)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRAFT_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


def _pictures(size: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (2, size, size, 3), dtype=np.uint8)


def test_saved_backbones_answer_the_same_without_graft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two with bare operations (ConvNeXt, MobileNetV3), and alone what the others begin with, in each way."""
    shorten("convnext_tiny", monkeypatch)
    models = {name: loader.load(name, 64, weights=None) for name in ("convnext_tiny", "mobilenet_v3_small")}
    for model in models.values():
        assert model.input.dtype == "uint8" and len(model.output.shape) == 4
        assert not any(isinstance(layer, keras.Model) for layer in model.layers)
        assert not any(operation.name.startswith("_") for operation in model.operations)
    for style, preprocessed in preprocess.STYLES.items():
        picture = keras.Input((64, 64, 3), dtype="uint8")
        models[style] = keras.Model(picture, preprocessed(picture))
    folders, pictures = [], _pictures(64)
    for name, model in models.items():
        place = tmp_path / name
        place.mkdir()
        model.save(place / "model.keras")
        np.save(place / "pictures.npy", pictures)
        np.save(place / "answers.npy", model(pictures))
        (place / "names.txt").write_text(" ".join(operation.name for operation in model.operations))
        folders.append(str(place))
    subprocess.run([sys.executable, "-c", RELOAD, *folders], check=True, cwd=tmp_path, timeout=300)


def test_names_do_not_depend_on_what_was_built_before() -> None:
    first, second = (loader.load("mobilenet_v3_small", 64, weights=None) for _ in range(2))
    assert [one.name for one in first.operations] == [one.name for one in second.operations]


def test_laying_open_a_nested_stem_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten("convnext_tiny", monkeypatch)
    picture = keras.Input((64, 64, 3), dtype="uint8")
    nested = keras.applications.ConvNeXtTiny(
        include_top=False, weights=None, input_tensor=picture, input_shape=(64, 64, 3)
    )
    opened = applications.flatten(nested)
    assert any(isinstance(layer, keras.Sequential) for layer in nested.layers)
    assert not any(isinstance(layer, keras.Sequential) for layer in opened.layers)
    pictures = _pictures(64)
    np.testing.assert_array_equal(nested(pictures), opened(pictures))


@pytest.mark.parametrize(
    ("style", "published"),
    [
        ("caffe", keras.applications.resnet.preprocess_input),
        ("tf", keras.applications.xception.preprocess_input),
        ("torch", keras.applications.densenet.preprocess_input),
    ],
)
def test_preprocessing_is_the_one_that_keras_publishes(
    style: str, published: Callable[[np.ndarray], np.ndarray]
) -> None:
    picture = keras.Input((8, 8, 3), dtype="uint8")
    model = keras.Model(picture, preprocess.STYLES[style](picture))
    pictures = _pictures(8)
    wanted = published(pictures.astype("float32"))
    np.testing.assert_allclose(model(pictures), wanted, atol=2e-5)


def test_every_backbone_has_its_familys_preprocessing() -> None:
    """The style of each entry is what `preprocess_input` of its Keras module does to one pixel."""
    pixel = np.array([[[[10, 100, 200]]]], "uint8")
    for entry in BY_ID.values():
        if not entry.constructor:
            continue
        module = sys.modules[getattr(keras.applications, entry.constructor).__module__]
        picture = keras.Input((1, 1, 3), dtype="uint8")
        model = keras.Model(picture, preprocess.STYLES[entry.style](picture))
        wanted = module.preprocess_input(pixel.astype("float32"))
        np.testing.assert_allclose(model(pixel), wanted, atol=2e-5, err_msg=entry.id)


def test_lite0_converts_once_and_reads_the_conversion_afterwards(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = loader.load("efficientnet_lite0", 64)
    (converted,) = folder.glob("*.npz")
    monkeypatch.setattr(weights, "LITE0_PACKAGE", "no_such_package")
    second = loader.load("efficientnet_lite0", 64)
    pictures = _pictures(64)
    np.testing.assert_array_equal(first(pictures), second(pictures))
    converted.write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="not installed"):
        loader.load("efficientnet_lite0", 64)
    monkeypatch.undo()
    monkeypatch.setenv("GRAFT_WEIGHTS", str(folder))
    loader.load("efficientnet_lite0", 64)
    assert converted.stat().st_size > 10_000_000


def test_a_folder_that_cannot_be_written_converts_each_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    loader.load("efficientnet_lite0", 64)
    assert not list(folder.glob("*.npz")) and not list(folder.glob(".*.npz"))


def test_weights_that_do_not_fit_are_refused() -> None:
    picture = keras.Input((4,))
    model = keras.Model(picture, keras.layers.Dense(2, name="dense")(picture))
    fitting = {"a.weight": np.ones((2, 4)), "a.bias": np.zeros(2)}
    torch_weights.assign(model, {"dense": "a"}, {**fitting, "a.num_batches_tracked": np.array(1)})
    assert model.get_layer("dense").kernel.shape == (4, 2)
    wrong = (
        {"a.weight": np.ones((2, 4))},
        {**fitting, "b.bias": np.zeros(2)},
        {**fitting, "a.bias": np.zeros(3)},
    )
    for state in wrong:
        with pytest.raises(WeightsError, match="do not fit"):
            torch_weights.assign(model, {"dense": "a"}, state)


def test_keras_weights_come_from_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pre-filled: the file that Keras asks for is taken from the weights folder; nothing is downloaded."""
    keras.utils.set_random_seed(3)
    source = keras.applications.MobileNetV3Small(
        include_top=False, weights=None, input_shape=(224, 224, 3), include_preprocessing=True
    )
    asked: list[tuple[str, str]] = []

    def prefilled(url: str, path: Path, digest: str | None, on_progress: object) -> Path:
        asked.append((url, str(path.relative_to(folder))))
        path = path.with_suffix(".weights.h5")
        path.parent.mkdir(parents=True, exist_ok=True)
        source.save_weights(path)
        return path

    monkeypatch.setattr(weights, "download", prefilled)
    model = loader.load("mobilenet_v3_small")
    ((url, path),) = asked
    assert url.startswith("https://storage.googleapis.com/")
    assert path == str(Path(catalogue.get("mobilenet_v3_small").weights_file))
    pictures = _pictures(224)
    np.testing.assert_allclose(model(pictures), source(pictures.astype("float32")), rtol=1e-4)


def test_without_a_network_keras_backbones_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr("urllib.request.urlopen", no_network)
    with pytest.raises(WeightsError, match="EfficientNet-Lite0 works without internet"):
        loader.load("vgg16", 64)


def test_mixed_precision_builds_and_normalises_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    describe_in_catalogue(short_transformer(DEIT, 64), monkeypatch)
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    try:
        for name in ("efficientnet_lite0", "vgg16", DEIT):
            with shortened():
                model = loader.load(name, 64, weights=None)
            assert model.get_layer("normalise").compute_dtype == "float32"
            assert model.output.dtype == "float16"
    finally:
        keras.mixed_precision.set_dtype_policy("float32")


def test_unknown_backbones_and_sizes_are_refused_before_anything_is_built() -> None:
    with pytest.raises(BackboneError, match="no such backbone"):
        loader.load("resnet")
    with pytest.raises(BackboneError, match="32 to 1024"):
        loader.load("efficientnet_lite0", 16)
