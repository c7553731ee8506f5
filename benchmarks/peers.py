"""Seconds for one training step of a detector: ours, the smallest YOLOs and SSDLite, on the same cores.

    python -m benchmarks.peers [--size 512] [--batch 8] [--steps 10] [--python PYTHON] [--quick]

The same input size and batch for all, each in a process of its own. Ours trains what lies behind the cut; the
others train whole networks from random weights, which take as long for a step as pretrained ones. They need
torch, torchvision and ultralytics, which is under AGPL-3.0 and no part of Graft: give an environment that has
them as `--python`. What is missing there is named, and left out. Prints JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.common import detector_step
from benchmarks.common.measure import Home, Row, finish, machine, print_table, scratch
from benchmarks.common.options import Options

OURS = {
    "head": "Graft, the head alone",
    "two phases": f"Graft, the last {detector_step.UNFROZEN} blocks and the head",
    "frozen part": "Graft, the frozen part, once for each view",
}
# With the packages that each needs.
PEERS = {
    "yolo11n": ("YOLO11n (Ultralytics)", ("torch", "ultralytics")),
    "yolov8n": ("YOLOv8n (Ultralytics)", ("torch", "ultralytics")),
    "ssdlite": ("SSDLite320 MobileNetV3-Large (torchvision)", ("torch", "torchvision")),
}
QUICK = {"size": 64, "batch": 2, "steps": 1, "networks": ["head"]}
HOW_TO = (
    "Install what is missing in an environment of its own: python -m venv /tmp/peers && /tmp/peers/bin/pip "
    "install torch torchvision ultralytics, and run this again with --python /tmp/peers/bin/python"
)


def missing_packages(python: str) -> set[str]:
    """Packages of the others that this interpreter does not find."""
    wanted = sorted({package for _, packages in PEERS.values() for package in packages})
    code = f"import importlib.util as u; print(*(n for n in {wanted} if u.find_spec(n) is None))"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return set(found.stdout.split())


def peer(python: str, name: str, sizes: tuple[int, ...], folder: Path) -> Row:
    """The step of another library, by another interpreter."""
    words = [python, str(Path(detector_step.__file__)), name, *map(str, sizes)]
    home = Home(folder)
    found = subprocess.run(
        words, env=home.env | {"YOLO_CONFIG_DIR": str(folder)}, cwd=folder, capture_output=True, text=True
    )
    if found.returncode:
        raise SystemExit(f"{name} failed in {python}:\n{found.stderr[-3000:]}")
    answer: Row = json.loads(found.stdout.splitlines()[-1])
    return answer


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--size", type=int, default=512)
    options.add_argument("--batch", type=int, default=8)
    options.add_argument("--steps", type=int, default=10)
    options.add_argument("--python", default=sys.executable, help="an interpreter that has the others")
    options.set_defaults(networks=[*OURS, *PEERS])
    args = options.read()
    before, sizes = machine(), (args.size, args.batch, args.steps)
    missing = missing_packages(args.python)
    if missing:
        print(f"Not installed in {args.python}: {', '.join(sorted(missing))}. {HOW_TO}", file=sys.stderr)
    found: dict[str, Row] = {}
    with scratch() as folder:
        for name in args.networks:
            if name in OURS:
                answer, _ = Home(folder).run("benchmarks.common.detector_step", name, *sizes)
                found[OURS[name]] = answer
            elif not missing.intersection(PEERS[name][1]):
                found[PEERS[name][0]] = peer(args.python, name, sizes, folder)
    cells = [(name, row["trained"], row["cpu_s"], row["seconds"]) for name, row in found.items()]
    print_table(
        f"A step of {args.batch} pictures of {args.size} pixels",
        ("", "weights that train", "CPU s", "s"),
        cells,
    )
    finish(
        args.quick,
        before,
        {
            "size": args.size,
            "batch": args.batch,
            "steps": found,
            "missing": sorted(missing),
            "targets": [],
        },
    )


if __name__ == "__main__":
    main()
