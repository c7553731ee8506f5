"""Features a second of the frozen part by backbone and precision: `python -m benchmarks.gpu.features`.

Decoded pictures in, pooled features out, by the engine that a run takes on a GPU. Weights are random: speed
does not depend on them. The best of the rounds counts. Prints JSON.
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks.common.measure import Row, finish, machine, print_table
from benchmarks.common.options import Options

BACKBONES = (
    *("efficientnet_lite0", "mobilenet_v2", "resnet50_v2", "convnext_tiny", "efficientnetv2_b0"),
    "dinov2_small",
)
PRECISIONS = ("float32", "mixed_float16")
QUICK = {"backbones": BACKBONES[:1], "count": 32, "rounds": 1, "size": 32}


def pictures_per_second(backbone: str, precision: str, size: int | None, count: int, rounds: int) -> float:
    """The best round over `count` pictures, one more round before it."""
    import keras

    from tlcore.config import RunConfig
    from tlcore.graft.engines.device import set_up_device
    from tlcore.graft.engines.engine import KerasEngine
    from tlcore.graft.network import build

    device = set_up_device()
    keras.config.set_dtype_policy(precision)
    front = build.build(RunConfig(backbone=backbone, input_size=size), 5, pretrained=False).front
    keras.config.set_dtype_policy("float32")
    assert front is not None
    engine = KerasEngine(front, device.is_gpu)
    side = front.input_shape[1]
    pictures = np.random.default_rng(0).integers(0, 255, (count, side, side, 3), dtype=np.uint8)
    best = np.inf
    for _ in range(1 + rounds):
        began = time.perf_counter()
        for at in range(0, count, engine.batch):
            engine.run(pictures[at : at + engine.batch])
        best = min(best, time.perf_counter() - began)
    return round(count / best, 1)


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.set_defaults(backbones=BACKBONES, count=1024, rounds=3, size=None)
    args = options.read()
    before = machine()
    found: dict[str, Row] = {
        backbone: {
            precision: pictures_per_second(backbone, precision, args.size, args.count, args.rounds)
            for precision in PRECISIONS
        }
        for backbone in args.backbones
    }
    rows = [(backbone, *row.values()) for backbone, row in found.items()]
    print_table("Pictures a second through the frozen part", ("backbone", *PRECISIONS), rows)
    finish(args.quick, before, {"pictures_per_second": found, "targets": []})


if __name__ == "__main__":
    main()
