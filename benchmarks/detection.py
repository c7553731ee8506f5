"""Detection: how well boxes are found, from how many pictures, in how many CPU minutes.

    python -m benchmarks.detection [--data FOLDER] [--seeds 3] [--arms recommended quarter ...] [--quick]

FOLDER is `bccd_det`, with its own `val/`. Each arm is trained with every seed by `python -m tlcore train` in
a process of its own, the epoch chosen on validation; scores are those of the test part. Prints JSON.
"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.common import places, sets
from benchmarks.common.measure import Row, at_least, at_most, finish, machine, scratch
from benchmarks.common.options import Options
from benchmarks.common.places import CLASSES, SIDE, Arm

METRICS = ("map50", "map")
# At 512 pixels one seed takes an hour: nothing is frozen, and each epoch runs the whole network.
RANDOM: Row = {"pretrained": False, "unfreeze": "all", "input_size": 320}
ARMS = {
    "recommended": Arm("recommended"),
    "quarter": Arm("quarter", pictures=18),
    "random weights": Arm("random weights", settings=RANDOM),
    "random weights, as long": Arm("random weights, as long", settings=RANDOM | {"training": {"epochs": 16}}),
    "two phases": Arm("two phases", settings={"unfreeze": 5}),
}
QUICK = {"seeds": 1, "arms": ["recommended"], "drawn": True}
SHORTEST: Row = {"input_size": 96, "training": {"epochs": 1}, "augmentation": {"views": 1}}


def annotate(part: Path, pictures: list[Row]) -> None:
    """A COCO file beside the pictures."""
    images = [
        {"id": i, "file_name": one["name"], "width": SIDE, "height": SIDE} for i, one in enumerate(pictures)
    ]
    boxes = [(i, *box) for i, one in enumerate(pictures) for box in one["boxes"]]
    annotations = [
        {
            "id": number,
            "image_id": i,
            "category_id": CLASSES.index(label),
            "bbox": [left, top, right - left, bottom - top],
            "area": (right - left) * (bottom - top),
            "iscrowd": 0,
        }
        for number, (i, label, left, top, right, bottom) in enumerate(boxes)
    ]
    categories = [{"id": i, "name": label} for i, label in enumerate(CLASSES)]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (part / "coco.json").write_text(json.dumps(content))


def targets(rows: list[Row]) -> list[Row]:
    """The scores that the recommended recipe must reach."""
    arms = places.by_arm(rows)
    found = []
    for name, map50, mean, minutes in (("recommended", 0.80, 0.46, 5.0), ("quarter", 0.55, 0.30, 3.0)):
        if own := arms.get(name):
            found.append(at_least(f"{name}: mAP50", map50, places.mean(own, "map50")))
            found.append(at_least(f"{name}: mAP", mean, places.mean(own, "map")))
            found.append(at_most(f"{name}: CPU minutes", minutes, places.mean(own, "cpu_s") / 60))
    if "random weights" in arms and "recommended" in arms:
        half = places.mean(arms["recommended"], "map50") / 2
        found.append(at_most("random weights: mAP50", half, places.mean(arms["random weights"], "map50")))
    return found


def main() -> None:
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED / "bccd_det")
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    options.set_defaults(drawn=False)
    args = options.read()
    before = machine()
    with scratch() as folder:
        arms = [ARMS[name] for name in args.arms]
        if args.drawn:
            args.data = places.draw(folder / "drawn", annotate)
            arms = [Arm(arm.name, arm.pictures, SHORTEST) for arm in arms]
        rows = places.measure(args.data, arms, args.seeds, folder, METRICS)
    found = {"runs": rows, "second_phase": places.gains(rows, "map50"), "targets": targets(rows)}
    finish(args.quick, before, found)


if __name__ == "__main__":
    main()
