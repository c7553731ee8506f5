"""Model: every choice changes the numbers beside it, and no choice breaks the page."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import Open, config, numbers, primary, words
from tlcore import config as configuration
from tlcore.data.class_weights import class_weights
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, Manifest
from tlcore.evaluate.lr_curve import LrCurve
from tlcore.runs.lr_search import LrSearch, LrSearchRecord, essential, search_for
from tlcore.workspace import Workspace


def test_empty(empty: Open) -> None:
    at = empty("model")
    assert not at.exception
    assert primary(at) == ["Go to Data"]
    assert "Bring some pictures" in words(at)


def test_full(full: Open) -> None:
    at = full("model")
    assert not at.exception
    assert primary(at) == ["Train"]
    assert numbers(at)["Trainable parameters"] == f"{(1280 + 1) * 3:,}"
    assert "17 of 17 blocks frozen" in words(at)


def test_moving_the_cut_changes_every_number(full: Open) -> None:
    at = full("model")
    seen = []
    for blocks in (0, 2, 5, 17):
        at.slider(key="blocks_efficientnet_lite0").set_value(blocks).run()
        assert not at.exception
        assert config(at)["unfreeze"] == ("all" if blocks == 17 else blocks)
        assert f"{17 - blocks} of 17 blocks frozen" in words(at)
        seen.append(numbers(at))
        (line,) = [text.value for text in at.markdown if "parameters train" in text.value]
        assert all(f"**{seen[-1][name]}**" in line for name in ("Trainable parameters", "Memory", "Time"))
    for name in ("Trainable parameters", "Memory", "Disk", "Epoch of fine-tuning"):
        assert len({shown[name] for shown in seen}) == 4, (name, seen)
    assert seen[0]["Time"] != seen[-1]["Time"]
    assert seen[0]["Epoch of fine-tuning"] == "–" and len({s["Epoch of the head"] for s in seen}) == 1
    counts = [int(shown["Trainable parameters"].replace(",", "")) for shown in seen]
    assert counts == sorted(counts)


def test_the_head_changes_the_numbers(full: Open) -> None:
    at = full("model")
    at.button_group(key="layers_recommended").set_value(0).run()
    assert numbers(at)["Trainable parameters"] == f"{(1280 + 1) * 3:,}"
    at.button_group(key="layers_recommended").set_value(2).run()
    at.select_slider(key="width_recommended_0").set_value(256).run()
    assert config(at)["head"]["hidden"] == [256, 64]  # type: ignore[index]
    assert numbers(at)["Trainable parameters"] == f"{1281 * 256 + 257 * 64 + 65 * 3:,}"
    assert not at.exception


def test_the_tutorials_recipe(full: Open) -> None:
    at = full("model")
    at.button_group(key="preset").set_value("tutorial").run()
    assert not at.exception
    wanted = config(at)
    assert (wanted["backbone"], wanted["unfreeze"]) == ("resnet50", 0)
    assert wanted["head"] == {"hidden": [1024], "dropout": 0.0, "counts": False}
    training = dict(wanted["training"])  # type: ignore[call-overload]
    assert (training["optimizer"], training["loss"]) == ("rmsprop", "categorical_crossentropy")
    assert numbers(at)["Parameters"] == "23.6 M"
    assert numbers(at)["Trainable parameters"] == f"{(2048 + 1) * 1024 + (1024 + 1) * 3:,}"
    at.button_group(key="preset").set_value("recommended").run()
    assert config(at)["backbone"] == "efficientnet_lite0"


@pytest.mark.parametrize(("validation", "test"), [(40, 40), (5, 5)])
def test_extreme_settings_are_no_traceback(full: Open, validation: int, test: int) -> None:
    at = full("model")
    at.slider(key="validation_recommended").set_value(validation)
    at.slider(key="test_recommended").set_value(test)
    at.number_input(key="epochs_recommended").set_value(1000)
    at.number_input(key="patience_recommended").set_value(1000)
    at.slider(key="dropout_recommended").set_value(0.8)
    at.run()
    assert not at.exception and primary(at) == ["Train"]


@pytest.fixture
def letters(empty: Open) -> AppTest:
    """The page on pictures of letters, twelve of one class and four of the other; there are no files."""
    examples = [
        Example(f"{number:064x}", f"{number}.png", "a" if number < 12 else "b", 64, 64, 1000, "train")
        for number in range(16)
    ]
    held = [
        Example(f"{number:064x}", f"{number}.png", "ab"[number % 2], 64, 64, 1000, split)
        for number, split in enumerate(("validation", "validation", "test", "test"), start=16)
    ]
    empty("home")
    dataset = Dataset(Workspace().datasets / "letters")
    dataset.folder.mkdir(parents=True)
    dataset.write(Manifest(name="letters", classes=("a", "b"), examples=(*examples, *held)))
    return empty("model")


def test_a_share_that_has_no_effect_cannot_be_moved_and_says_why(letters: AppTest) -> None:
    at = letters
    shares = [at.slider(key=f"{name}_recommended") for name in ("validation", "test")]
    assert all(share.disabled for share in shares)
    assert "The validation and test parts came with the data" in words(at)
    at = at.toggle(key="brought_recommended").set_value(False).run()
    assert not any(at.slider(key=f"{name}_recommended").disabled for name in ("validation", "test"))
    assert "came with the data, so" not in words(at)


def test_uneven_classes_are_weighed_and_it_is_shown(letters: AppTest) -> None:
    at = letters
    (table,) = [frame.value for frame in at.dataframe if "Each counts" in frame.value]
    weights = class_weights((12, 4))
    assert weights and weights[1] > 1.5 * weights[0]
    assert table["Class"].tolist() == ["a", "b"] and table["Training pictures"].tolist() == [12, 4]
    assert table["Each counts"].tolist() == pytest.approx(weights)
    assert recipe(at)["class_weights"] == "auto"
    at.toggle(key="class_weights_recommended").set_value(False).run()
    (table,) = [frame.value for frame in at.dataframe if "Each counts" in frame.value]
    assert table["Each counts"].tolist() == [1, 1] and recipe(at)["class_weights"] == "none"


def test_even_classes_are_said_to_be_even(full: Open) -> None:
    at = full("model")
    assert "Your classes are balanced" in words(at)
    assert not [frame for frame in at.dataframe if "Each counts" in frame.value]


def test_letters_are_not_mirrored_unless_somebody_insists(letters: AppTest) -> None:
    at = letters
    at.select_slider(key="views_recommended").set_value(2).run()
    assert config(at)["augmentation"]["flip"] is False  # type: ignore[index]
    assert "Automatic means off here" in words(at) and not at.warning
    at.button_group(key="flip_recommended").set_value("on").run()
    assert config(at)["augmentation"]["flip"] is True  # type: ignore[index]
    assert "better leave mirroring off" in at.warning[0].value


def recipe(at: AppTest) -> dict[str, object]:
    return dict(config(at)["training"])  # type: ignore[call-overload]


def leaves(value: object, path: str = "") -> dict[str, object]:
    """Every setting by its path: `{"head.dropout": 0.4, …}`."""
    if not isinstance(value, dict):
        return {path: value}
    return {k: v for key, part in value.items() for k, v in leaves(part, f"{path}.{key}".strip(".")).items()}


# Settings that the Model page leaves alone, each with the reason.
NOT_HERE = {
    "data_version": "the newest one when the run starts",
    "data": "chosen at the top of the page, and filled in when the run starts",
    "task": "it follows from the data set",
    "start_from": "continuing begins at the run that is continued, on its own page",
    "cache": "decides how long training takes, not what comes of it; for people who must save disk",
    "engine": "decides how long training takes: the fastest one that is right is found out",
    "kept": "half precision is chosen where the disk is short, which the plan says",
    "training.loss": "both names mean the same sums; the tutorial's recipe says it in the tutorial's words",
}


HEAD_NUMBERS = {"epochs": 7, "patience": 2, "warmup": 2.0, "decay": 0.3, "most": 11, "seed": 5}
TUNING_NUMBERS = {
    "epochs_pictures": 3,
    "patience": 3,
    "warmup_pictures": 3.0,
    "decay": 0.3,
    "averaging_pictures": 0.2,
}


def test_every_setting_can_be_made_on_the_page(letters: AppTest) -> None:
    """Fails when a new setting is neither given a control here nor a reason why it has none."""
    at = letters
    at.button_group(key="offered_recommended").set_value("all")
    at.toggle(key="brought_recommended").set_value(False).run()
    at.selectbox(key="backbone_images_recommended").set_value("mobilenet_v2").run()
    at.slider(key="blocks_mobilenet_v2").set_value(18)
    at.select_slider(key="size_mobilenet_v2").set_value(96)
    at.select_slider(key="views_recommended").set_value(3)
    at.button_group(key="fit_recommended").set_value("pad")
    at.button_group(key="layers_recommended").set_value(2)
    at.select_slider(key="mixup_recommended").set_value(0.2)
    for key, value in (("dropout", 0.1), ("smoothing", 0.1), ("validation", 20), ("test", 20)):
        at.slider(key=f"{key}_recommended").set_value(value)
    for key, number in HEAD_NUMBERS.items():
        at.number_input(key=f"{key}_recommended").set_value(number)
    for key, choice in (("rate", 1e-4), ("schedule", "constant"), ("batch", 8), ("optimizer", "rmsprop")):
        at.selectbox(key=f"{key}_recommended").set_value(choice)
    for key in ("class_weights", "grouped"):
        at.toggle(key=f"{key}_recommended").set_value(False)
    at.run()
    for key, number in TUNING_NUMBERS.items():
        at.number_input(key=f"tuning_{key}_recommended").set_value(number)
    at.selectbox(key="tuning_rate_recommended").set_value(1e-5)
    at.selectbox(key="tuning_batch_recommended").set_value(64)
    at.slider(key="depth_recommended").set_value(0.5)
    at.button_group(key="flip_recommended").set_value("on")
    for kind in ("rotate", "zoom", "shift", "brightness", "contrast", "colour"):
        at.slider(key=f"{kind}_recommended").set_value(7)
    at.run()
    _changed_all_but({"pretrained", "head.counts"}, config(at))  # that is of texts
    at.toggle(key="pretrained_recommended").set_value(False).run()
    assert config(at)["pretrained"] is False and not at.exception
    assert not [box for box in at.selectbox if box.key == "tuning_rate_recommended"]


def _changed_all_but(left: set[str], chosen: dict[str, object]) -> None:
    default = configuration.to_json(configuration.resolved(configuration.RunConfig()))
    before, after = leaves(json.loads(default)), leaves(chosen)
    assert {path for path, value in before.items() if after[path] == value} == left | set(NOT_HERE)


def test_a_rate_that_was_found_is_chosen_and_can_be_left(letters: AppTest) -> None:
    at = letters
    asked = essential(configuration.from_json(json.dumps(config(at))), "head")
    search = search_for(Workspace(), Dataset(Workspace().datasets / "letters"), asked)
    LrSearch.prepare(search.folder, asked)
    for suggested in (0.00213, 0.004):
        found = LrCurve(
            phase="head",
            rates=(1e-4, 1e-2),
            losses=(2.0, 1.0),
            smoothed=(2.0, 1.0),
            diverged=False,
            suggested=suggested,
            reason="It falls.",
        )
        search.write(LrSearchRecord((found,)))
        at.run().button(key="use_rate_head").click().run()
        assert recipe(at)["learning_rate"] == suggested and not at.exception
        box = at.selectbox(key="rate_recommended")
        assert box.options[:2] == ["Automatic (0.001)", f"Found: {suggested:.2g}"]
        box.select_index(0).run()
        assert recipe(at)["learning_rate"] == 0.001
        assert "Found" in at.selectbox(key="rate_recommended").options[1]


def test_more_than_the_cache_may_hold_is_warned_of(full: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    at, ends = full("model"), "every epoch. Choose {}a smaller input."
    for budget, views, warned in (("1", 1, None), ("0.001", 32, "fewer views or "), ("0.000001", 0, "")):
        monkeypatch.setenv("GRAFT_CACHE_GB", budget)
        at.select_slider(key="views_recommended").set_value(views).run()
        said = [warning.value for warning in at.warning if "the cache may take" in warning.value]
        assert said == [] if warned is None else said[0].endswith(ends.format(warned))
