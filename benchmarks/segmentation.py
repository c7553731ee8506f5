"""Segmentation: how well areas are found, from how many pictures, in how many CPU minutes.

    python -m benchmarks.segmentation [--data FOLDER] [--seeds 3] [--arms recommended few ...] [--quick]

FOLDER is `pets_seg`. Each arm is trained with every seed by `python -m tlcore train` in a process of its own,
the epoch chosen on validation; scores are those of the test part, in pixels of the pictures. Prints JSON.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.common import places, sets
from benchmarks.common.measure import Row, at_least, at_most, finish, machine, scratch
from benchmarks.common.options import Options
from benchmarks.common.places import CLASSES, SIDE, Arm

METRICS = ("miou",)
ARMS = {
    "recommended": Arm("recommended"),
    "few": Arm("few", pictures=20),
    "random weights": Arm("random weights", settings={"pretrained": False, "unfreeze": "all"}),
    "two phases": Arm("two phases", settings={"unfreeze": 5}),
}
QUICK = {"seeds": 1, "arms": ["recommended"], "drawn": True}
SHORTEST: Row = {"input_size": 96, "training": {"epochs": 1}, "augmentation": {"views": 1}}


def annotate(part: Path, pictures: list[Row]) -> None:
    """A mask beside each picture: 0 for the background, then the classes in their order."""
    (part / "masks").mkdir()
    for one in pictures:
        mask = np.zeros((SIDE, SIDE), np.uint8)
        for label, left, top, right, bottom in one["boxes"]:
            mask[top:bottom, left:right] = 1 + CLASSES.index(label)
        Image.fromarray(mask).save(part / "masks" / one["name"])


def targets(rows: list[Row]) -> list[Row]:
    """The scores that the recommended recipe must reach."""
    arms = places.by_arm(rows)
    found = []
    for name, miou, minutes in (("recommended", 0.91, 1.5), ("few", 0.86, 1.0)):
        if own := arms.get(name):
            found.append(at_least(f"{name}: mIoU", miou, places.mean(own, "miou")))
            found.append(at_most(f"{name}: CPU minutes", minutes, places.mean(own, "cpu_s") / 60))
    return found


def main() -> None:
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED / "pets_seg")
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    options.set_defaults(drawn=False)
    args = options.read()
    before = machine()
    with scratch() as folder:
        arms = [ARMS[name] for name in args.arms]
        if args.drawn:
            args.data = places.draw(folder / "drawn", annotate)
            (args.data / "classes.txt").write_text("\n".join(("background", *CLASSES)) + "\n")
            arms = [Arm(arm.name, arm.pictures, SHORTEST) for arm in arms]
        rows = places.measure(args.data, arms, args.seeds, folder, METRICS)
    found = {"runs": rows, "second_phase": places.gains(rows, "miou"), "targets": targets(rows)}
    finish(args.quick, before, found)


if __name__ == "__main__":
    main()
