"""`batch` and `predict --csv` of models that say where things are."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pycocotools import mask as coco_mask

from tests.fixtures.many_runs import write_run
from tests.fixtures.tiny_training import Graft, Trained
from tlcore.config import RunConfig
from tlcore.data.images.sandbox_worker import DRAWABLE
from tlcore.graft.predict.predictor import load
from tlcore.graft.predict.segmenter import Segmenter
from tlcore.runs.batches.batch import Batch
from tlcore.runs.batches.place_rows import FULL


def lines(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {line["name"]: line for line in csv.DictReader(file)}


def test_boxes_of_many_pictures(graft: Graft, trained_detector: Trained) -> None:
    pictures = graft.home / "pictures"
    pictures.mkdir()
    for number, path in enumerate(sorted((trained_detector.data / "test").glob("*.png"))):
        (pictures / f"{number}.png").write_bytes(path.read_bytes())
    Image.new("RGB", (3000, 1200)).save(pictures / "large.png")
    (pictures / "letter.jpg").write_text("Dear Sir, …")
    out, table, coco = graft.home / "batch", graft.home / "t.csv", graft.home / "c.json"
    command = ["batch", trained_detector.folder, pictures, "--out", out, "--csv", table, "--coco", coco]
    said = graft.call(*command, "--json")
    assert said.code == 0, said.err
    assert (said.json["answered"], said.json["skipped"]) == (5, 1)
    alone = graft.call("predict", trained_detector.folder, pictures / "0.png", "--json").json
    rows = {row.name: (number, row) for number, row in enumerate(Batch(out).read(FULL))}
    (answer,) = rows["0.png"][1].answers
    assert [box.label for box in answer.boxes] == [box["label"] for box in alone["boxes"]]
    assert sum(answer.counts.values()) == len(answer.boxes) and answer.threshold == alone["threshold"]
    with Image.open(Batch(out).thumbnail(rows["large.png"][0])) as drawable:
        assert max(drawable.size) == DRAWABLE
    assert int(lines(table)["0.png"]["objects"]) == len(alone["boxes"])
    found = json.loads(coco.read_text())
    assert len(found["annotations"]) == sum(len(a.boxes) for _, row in rows.values() for a in row.answers)
    again = graft.call(*command)
    assert again.code == 2 and "There is a file in that place already." in again.err


def test_areas_of_many_pictures(graft: Graft, trained_segmenter: Trained) -> None:
    pictures = trained_segmenter.data / "images" / "test"
    out, coco = graft.home / "batch", graft.home / "c.json"
    said = graft.call("batch", trained_segmenter.folder, pictures, "--out", out, "--coco", coco, "--json")
    assert said.code == 0, said.err
    found: Any = json.loads(coco.read_text())
    assert {one["name"] for one in found["categories"]} == {"disc", "square"}
    model = load(trained_segmenter.run)
    assert isinstance(model, Segmenter)
    for image in found["images"]:
        ((fields,), batch) = next(model.read(pictures / image["file_name"]))
        (expected,) = model.class_maps(batch, [(fields["width"], fields["height"])])
        drawn = np.zeros_like(expected)
        for one in found["annotations"]:
            if one["image_id"] == image["id"]:
                runs = one["segmentation"]
                pixels = coco_mask.decode({"size": runs["size"], "counts": runs["counts"].encode()})
                drawn[pixels > 0] = one["category_id"]
        assert (drawn == expected).mean() > 0.999
    answered = graft.call("predict", trained_segmenter.folder, pictures, "--csv", graft.home / "t.csv")
    assert answered.code == 0, answered.err
    assert all(0 <= float(line["share of disc"]) <= 1 for line in lines(graft.home / "t.csv").values())


def test_a_model_of_classes_has_no_coco_file(graft: Graft, tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", RunConfig(data=str(tmp_path)), [])
    (tmp_path / "pictures").mkdir()
    said = graft.call("batch", run.folder, tmp_path / "pictures", "--out", tmp_path / "b", "--coco", "c.json")
    assert said.code == 2 and "a COCO file is for boxes or areas" in said.err


def test_two_models_of_different_kinds(
    graft: Graft, trained_detector: Trained, trained_segmenter: Trained
) -> None:
    said = graft.call(
        *("batch", trained_detector.folder, trained_detector.data, "--out", graft.home / "b"),
        *("--beside", trained_segmenter.folder),
    )
    assert said.code == 2 and "Choose two models of the same kind." in said.err
