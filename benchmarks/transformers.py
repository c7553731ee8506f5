"""Vision transformers through a whole run: `python -m benchmarks.transformers [--quick] [--backbones ID …]`.

The published weights cannot be had without internet, so KerasHub writes presets with random ones, which are
loaded as the real ones would be; the encoder of texts that SigLIP's have besides is a tiny one. Each is cut
at three depths and compared with the uncut network; then a run on drawn pictures trains its head and its last
two layers, and the model is written in every format. Prints JSON: the largest differences, the peak of the
worker's memory and its seconds beside those that the Model page would have told, and the formats that
answered as the model does. Nothing here says how well these backbones see.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from benchmarks.common import sets
from benchmarks.common.measure import (
    Home,
    Row,
    Watch,
    answer,
    at_most,
    finish,
    import_dataset,
    machine,
    print_table,
    scratch,
)
from benchmarks.common.options import Options
from tests.fixtures.hub_presets import put_transformer
from tlcore import config as configuration
from tlcore import plan
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.image_facts import BY_ID
from tlcore.backbones.catalogue.published_image import PublishedHub
from tlcore.backbones.images import loader
from tlcore.data.dataset import Dataset
from tlcore.graft.network import cut
from tlcore.workspace import Workspace

BACKBONES = (
    *("deit_tiny_distilled_patch16_224", "dinov2_small"),
    *("vit_base_patch16_224", "siglip2_base_patch16_224"),
    *("swin_tiny_patch4_window7_224", "dinov3_vit_small_lvd1689m"),
)
FORMATS = ("keras", "saved_model", "litert", "onnx", "web")
QUICK = {"backbones": BACKBONES[:1], "formats": [], "changes": {"input_size": 96}}
UNFREEZE = {"unfreeze": 2, "training": {"epochs": 2}, "fine_tuning": {"epochs": 2}}
DEPTHS = (0, 1, 2)  # quarters of the blocks before the cut, beside the first
APART, MEMORY = 1e-4, 1.25  # of cut features, and the peak of the memory, of that which the plan tells


def largest_difference(id: str) -> float:
    """The largest difference of the features, cut at three depths or not, of random pictures."""
    network, blocks = loader.load(id, weights=None), catalogue.get(id).blocks
    pictures = np.random.default_rng(0).integers(0, 256, (2, *network.input_shape[1:]), dtype=np.uint8)
    whole, apart = np.asarray(network(pictures)), 0.0
    for depth in DEPTHS:
        front, tail = cut.split(network, cut.boundary(network, blocks[depth * len(blocks) // 4]))
        apart = max(apart, float(np.abs(np.asarray(tail([front(pictures)])) - whole).max()))
    return apart


def train(home: Home, data: Path, id: str, changes: Row) -> Row:
    """One run whose last two layers train, beside its plan."""
    settings = json.dumps({"backbone": id, **UNFREEZE, **changes})
    config = home.folder / f"{id}.json"
    config.write_text(settings)
    planned = plan.plan(configuration.read(str(config)), Dataset(data).read(), Workspace(home.folder))
    watch = Watch(home.folder / "runs" / id, measure_memory=True)
    process = home.start("tlcore", "train", data, "--out", watch.run, "--config", config, "--json")
    watch.follow(process)
    answer(process)
    return {
        "seconds": watch.seconds(),
        "planned_seconds": round(planned.seconds, 1),
        "memory_mb": round(watch.memory["rss"] / 1e6),
        "planned_memory_mb": round(planned.memory_bytes / 1e6),
    }


def export(home: Home, id: str, format: str) -> Row:
    """One file of the run's model, proven as a person would have it."""
    target = home.folder / "taken" / f"{id}-{format}"
    target.parent.mkdir(exist_ok=True)
    run = home.folder / "runs" / id
    found, _ = home.run("tlcore", "export", run, "--format", format, "--out", target, "--json")
    return found


def measure(home: Home, data: Path, id: str, args: argparse.Namespace) -> Row:
    """All figures of one backbone."""
    entry = BY_ID[id]
    assert isinstance(entry, PublishedHub) and home.weights
    put_transformer(entry, (home.weights / catalogue.get(id).weights_file).parent)
    row: Row = {"backbone": id, "largest_difference": largest_difference(id)}
    row |= train(home, data, id, args.changes)
    return row | {"formats": {format: export(home, id, format) for format in args.formats}}


def work(args: argparse.Namespace, folder: Path) -> list[Row]:
    """The rows of all backbones, in one workspace."""
    home = Home(folder / "home", folder / "weights")
    (source,) = sets.gather(["drawn"], sets.SHARED, folder).values()
    data, _ = import_dataset(home, source, "drawn")
    return [measure(home, data, id, args) for id in args.backbones]


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--backbones", nargs="+", default=BACKBONES, help="from the catalogue")
    options.add_argument("--formats", nargs="+", default=FORMATS, choices=FORMATS)
    options.set_defaults(changes={})
    args = options.read()
    before = machine()
    with scratch() as folder:
        rows = work(args, folder)
    cells = [
        (
            row["backbone"],
            row["largest_difference"],
            row["memory_mb"],
            row["planned_memory_mb"],
            sum(row["seconds"].values()),
            row["planned_seconds"],
            ", ".join(row["formats"]),
        )
        for row in rows
    ]
    head = ("", "cut and whole", "MB", "planned", "seconds", "planned", "formats")
    print_table("Vision transformers", head, cells)
    found = [at_most("largest_difference", APART, max(row["largest_difference"] for row in rows))]
    share = max(row["memory_mb"] / row["planned_memory_mb"] for row in rows)
    found.append(at_most("memory_of_plan", MEMORY, share))
    finish(args.quick, before, {"rows": rows, "targets": found})


if __name__ == "__main__":
    main()
