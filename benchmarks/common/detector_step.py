"""One training step of a detector, timed: `python detector_step.py NAME SIZE BATCH STEPS`.

Behind `benchmarks.peers`. It runs in another environment, too, which has torch but nothing of ours: so each
library is imported where it is used. All see the same noise with the same boxes; decoding and changed copies
are left out. Prints JSON: the seconds of a step, on the clock and of all cores, and the weights that train.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import numpy as np

CLASSES, OBJECTS = 3, 12  # objects in each picture, about as many as in bccd_det
UNFROZEN = 5  # blocks of ours in the second phase
RATE = 1e-4
WARM_UP = 2  # steps that compile and make room
Step = Callable[[], object]


def noise(size: int, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (n, size, size, 3) from 0 to 1; boxes (n, OBJECTS, 4): left, top, right, bottom in pixels."""
    random = np.random.default_rng(0)
    pictures = random.random((batch, size, size, 3), np.float32)
    corners = random.uniform(0, 0.8, (batch, OBJECTS, 2))
    sides = random.uniform(0.05, 0.2, (batch, OBJECTS, 2))
    return pictures, (size * np.concatenate([corners, corners + sides], -1)).astype(np.float32)


def ours(unfreeze: int) -> Callable[[int, int], tuple[Step, int]]:
    """Our tail on the output of the frozen part, with so many blocks in it."""

    def make(size: int, batch: int) -> tuple[Step, int]:
        import msgspec

        from tlcore.config import resolved
        from tlcore.config.recommended import RECOMMENDED
        from tlcore.graft.network.dense import build, detector
        from tlcore.graft.training import optimizer
        from tlcore.graft.training.objectives.detection import Detection
        from tlcore.graft.training.step import PhaseSpec, Steps

        recommended = resolved(RECOMMENDED["detection"])
        config = msgspec.structs.replace(recommended, input_size=size, unfreeze=unfreeze)
        graft = build.build(config, CLASSES, size, detector.add_detector, detector.add_detections)
        model = graft.phase_models[-1]
        recipe, aim = config.recipe(model.phase), Detection(CLASSES, size)
        steps = Steps(
            PhaseSpec(model.tail, recipe, 0, model.phase, own_objective=aim), optimizer.schedule(recipe, 100)
        )
        random, (_, boxes) = np.random.default_rng(0), noise(size, batch)
        maps = tuple(
            random.random((1, batch, *tensor.shape[1:])).astype(tensor.dtype) for tensor in model.tail.inputs
        )
        numbers = random.integers(0, CLASSES, (batch, OBJECTS, 1))
        targets = np.concatenate([numbers, boxes], -1).astype(np.float32)[None]
        weights = np.ones((1, batch), np.float32)
        trained = sum(int(np.prod(variable.shape)) for variable in model.tail.trainable_variables)
        return lambda: np.asarray(steps.train(maps, targets, weights)), trained

    return make


def frozen_part(size: int, batch: int) -> tuple[Step, int]:
    """The part that ours computes once for each view of a picture, by Keras, and no step has to do again."""
    import tensorflow as tf

    from tlcore.config import resolved
    from tlcore.config.recommended import RECOMMENDED
    from tlcore.graft.network.dense import build, detector

    config = resolved(RECOMMENDED["detection"])
    graft = build.build(config, CLASSES, size, detector.add_detector, detector.add_detections)
    front = tf.function(graft.phase_models[0].front, autograph=False)
    pictures = tf.constant((255 * noise(size, batch)[0]).astype(np.uint8))
    return lambda: [np.asarray(found) for found in front(pictures, training=False)], 0


def yolo(name: str) -> Callable[[int, int], tuple[Step, int]]:
    """A YOLO of Ultralytics from its description, with random weights, all of which train."""

    def make(size: int, batch: int) -> tuple[Step, int]:
        import torch
        from ultralytics.cfg import get_cfg
        from ultralytics.nn.tasks import DetectionModel

        model = DetectionModel(f"{name}.yaml", nc=CLASSES, verbose=False)
        model.args = get_cfg()
        pictures, boxes = noise(size, batch)
        corners = torch.from_numpy(boxes / size).reshape(-1, 4)
        examples = {
            "img": torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous(),
            "batch_idx": torch.arange(batch).repeat_interleave(OBJECTS).float(),
            "cls": (torch.arange(batch * OBJECTS) % CLASSES).float()[:, None],
            "bboxes": torch.cat([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]], 1),
        }
        return torch_step(model, lambda: model(examples)[0].sum())

    return make


def ssdlite(size: int, batch: int) -> tuple[Step, int]:
    """SSDLite of torchvision, with random weights, all of which train."""
    import torch
    from torchvision.models.detection import ssdlite320_mobilenet_v3_large

    model = ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=CLASSES + 1)
    model.transform.fixed_size = (size, size)  # its name says 320; it takes any
    pictures, boxes = noise(size, batch)
    images = list(torch.from_numpy(pictures).permute(0, 3, 1, 2))
    labels = 1 + torch.arange(OBJECTS) % CLASSES
    targets = [{"boxes": torch.from_numpy(own), "labels": labels} for own in boxes]
    return torch_step(model, lambda: sum(model(images, targets).values()))


def torch_step(model, loss) -> tuple[Step, int]:  # type: ignore[no-untyped-def]  # of torch
    """A step of AdamW over all weights of a model of torch."""
    import torch

    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), RATE)

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    return step, sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


NETWORKS: dict[str, Callable[[int, int], tuple[Step, int]]] = {
    "head": ours(0),
    "two phases": ours(UNFROZEN),
    "frozen part": frozen_part,
    "yolo11n": yolo("yolo11n"),
    "yolov8n": yolo("yolov8n"),
    "ssdlite": ssdlite,
}


def main() -> None:
    name, *numbers = sys.argv[1:]
    size, batch, steps = map(int, numbers)
    step, trained = NETWORKS[name](size, batch)
    for _ in range(WARM_UP):
        step()
    clock, cpu = time.perf_counter(), time.process_time()
    for _ in range(steps):
        step()
    seconds, cpu_s = (time.perf_counter() - clock) / steps, (time.process_time() - cpu) / steps
    print(json.dumps({"seconds": round(seconds, 3), "cpu_s": round(cpu_s, 3), "trained": trained}))


if __name__ == "__main__":
    main()
