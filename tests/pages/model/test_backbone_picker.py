"""The backbones to choose from, and how the choice outlasts a refresh."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.fixtures import picture_folders
from tests.fixtures.image_workspace import Furnished
from tests.pages.conftest import Open, config, words
from tlcore.backbones.catalogue import catalogue, own_file
from tlcore.workspace import Workspace


def test_every_backbone_can_be_chosen(full: Open) -> None:
    at = full("model")
    at.button_group(key="offered_recommended").set_value("all").run()
    (box,) = [box for box in at.selectbox if box.label == "Backbone"]
    for number in range(0, len(box.options), 6):
        at.selectbox(key=box.key).select_index(number).run()
        assert not at.exception and not at.error
        assert config(at)["backbone"]


def test_the_short_list_and_who_is_left_out(full: Open) -> None:
    at = full("model", backbone="vgg16")  # as after a refresh
    (box,) = [box for box in at.selectbox if box.label == "Backbone"]
    assert config(at)["backbone"] == "vgg16" and not at.exception
    names = [option.partition(" · ")[0] for option in box.options]
    assert names[0] == "EfficientNet-Lite0" and {"DINOv2 small", "DINOv2 base", "VGG16"} <= {*names}
    assert len(names) < 30 and "DINOv2 giant" not in names
    assert "better than a quicker one with the same kind of figure" in words(at)
    at.button_group(key="patience_for_first_recommended").set_value("minute").run()
    assert "that take longer" in words(at) and config(at)["backbone"] == "vgg16"
    at.button_group(key="offered_recommended").set_value("ready").run()
    (box,) = [box for box in at.selectbox if box.label == "Backbone"]
    assert "DINOv2 small" not in {option.partition(" · ")[0] for option in box.options}
    help = at.button_group(key="offered_recommended").help or ""
    assert "the one that is chosen stay" in help  # as here VGG16
    assert config(at)["backbone"] == at.query_params["backbone"] == "vgg16"
    at.selectbox(key=box.key).set_value("efficientnet_lite0").run()
    assert config(at)["backbone"] == "efficientnet_lite0" and "backbone" not in at.query_params


def test_a_page_that_is_loaded_again_has_the_same_choices(
    full: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = full("model")
    at.button_group(key="preset").set_value("tutorial").run()
    at.text_input(key="folder_images_tutorial").set_value(str(picture_folders.write(tmp_path / "own"))).run()
    address = {name: value for name, value in at.query_params.items() if name in ("start", "folder")}
    again = full("model", backbone="vgg16", **address)
    assert not again.exception and not again.error
    assert again.button_group(key="preset").value == "tutorial"
    assert (
        str(config(again)["backbone"]).startswith("folder:") and config(again)["head"] == config(at)["head"]
    )
    again.text_input(key="folder_images_tutorial").set_value("").run()
    assert config(again)["backbone"] == "vgg16" and "folder" not in again.query_params
    assert full("model", folder="//elsewhere/share").text_input(key="folder_images_recommended").value == ""
    monkeypatch.setattr("pages.components.model.backbone_picker.is_shared", lambda: True)
    assert config(full("model", **address))["backbone"] == "resnet50"


def test_a_network_that_came_in_a_file_can_be_chosen(
    full: Open, furnished: Furnished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(furnished.copy(tmp_path / "workspace").home))
    folder = Workspace().folder("backbones", "0a" * 16)
    entry = msgspec.structs.replace(catalogue.get("efficientnet_lite0"), name="their [net]", fixed_size=True)
    (folder / own_file.ENTRY).write_bytes(msgspec.json.encode(entry))
    (folder / own_file.NETWORK).touch()
    at = full("model")
    (box,) = [box for box in at.selectbox if box.label == "Backbone"]
    assert box.options[-1].startswith("their [net] (from a file) · about") and box.value != box.options[-1]
    at.selectbox(key=box.key).select_index(len(box.options) - 1).run()
    assert not at.exception and not at.error
    assert config(at)["backbone"] == "file:" + "0a" * 16
