"""Speed of the engines that can run the frozen part.

    python -m benchmarks.engines [--quick] [--backbones A,B]

Everything is frozen: decoded uint8 pictures in, pooled features out. Compared are Keras (`predict` and our
compiled engine), the same graph with its variables folded into constants, our LiteRT engine with one
interpreter per core, LiteRT as one interpreter on all cores, and ONNX Runtime where it is installed (`pip
install onnxruntime tf2onnx`; Graft does not need it). They take turns, and the best round of each counts.
Beside it stand the seconds to get ready and the largest difference from Keras. Only Lite0 has trained weights
here; speed does not depend on them. Prints JSON.
"""

from __future__ import annotations

import importlib.util
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import pictures as common_pictures
from benchmarks.common.measure import Row, finish, machine, print_table, scratch
from benchmarks.common.options import Options

BACKBONES = ("efficientnet_lite0", "mobilenet_v2", "mobilenet_v3_large", "efficientnetv2_b0", "resnet50")
BATCH = 32
QUICK = {"backbones": ["efficientnet_lite0"], "count": BATCH, "rounds": 1, "size": 32}
Run = Callable[[np.ndarray], np.ndarray]


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--backbones", type=lambda text: tuple(text.split(",")), default=BACKBONES)
    options.add_argument("--count", type=int, default=96, help="pictures")
    options.add_argument("--rounds", type=int, default=4)
    options.set_defaults(size=None)  # each backbone's own
    args = options.read()
    before = machine()
    found = {}
    with scratch() as folder:
        for backbone in args.backbones:
            found[backbone] = compare(backbone, args.size, args.count, args.rounds, folder)
            show(backbone, found[backbone])
    finish(args.quick, before, {"pictures": args.count, "backbones": found, "targets": []})


def compare(backbone: str, size: int | None, count: int, rounds: int, folder: Path) -> dict[str, Row]:
    """Each engine: seconds to get ready, pictures a second, largest difference from Keras."""
    from tlcore.config import RunConfig
    from tlcore.graft.engines import device
    from tlcore.graft.network import build

    device.set_up_device()
    pretrained = backbone == "efficientnet_lite0"
    front = build.build(RunConfig(backbone=backbone, input_size=size), 5, pretrained=pretrained).front
    assert front is not None
    side = front.input_shape[1]
    pictures = np.stack(
        [np.asarray(image.resize((side, side))) for image in common_pictures.photos_or_drawings(count)]
    )
    ready: dict[str, Run] = {}
    found: dict[str, Row] = {}
    expected = front.predict(pictures, batch_size=BATCH, verbose=0)
    for name, prepare in preparations(front, folder).items():
        began = time.perf_counter()
        try:
            ready[name] = prepare()
            answers = ready[name](pictures)
        except Exception as error:
            found[name] = {"failed": f"{type(error).__name__}: {error}"[:200]}
            continue
        found[name] = {
            "ready_s": round(time.perf_counter() - began, 2),
            "difference": float(np.abs(answers - expected).max()),
        }
    best = dict.fromkeys(ready, math.inf)
    for _ in range(rounds):
        for name, run in ready.items():
            began = time.perf_counter()
            run(pictures)
            best[name] = min(best[name], time.perf_counter() - began)
    for name, seconds in best.items():
        found[name]["pictures_per_second"] = round(count / seconds, 1)
    return found


def preparations(front: Any, folder: Path) -> dict[str, Callable[[], Run]]:
    """Functions that prepare each engine, by name; the others are compared with the first."""
    from tlcore.graft.engines import litert
    from tlcore.graft.engines.engine import KerasEngine

    def ours() -> Run:
        litert.convert(front, folder / "engine.tflite")
        engine = litert.LiteRTEngine(folder / "engine.tflite")
        return lambda pictures: engine.run(pictures)[0]

    def compiled() -> Run:
        engine = KerasEngine(front)
        return lambda pictures: engine.run(pictures)[0]

    made: dict[str, Callable[[], Run]] = {
        "keras predict": lambda: lambda p: front.predict(p, batch_size=BATCH, verbose=0),
        "keras compiled": compiled,
        "constant-folded": lambda: fold_constants(front),
        "litert, one per core": ours,
        "litert, one on all cores": lambda: litert_on_all(folder / "engine.tflite"),
    }
    if all(map(importlib.util.find_spec, ("onnxruntime", "tf2onnx"))):
        made["onnx runtime"] = lambda: onnx(front)
    return made


def in_batches(run: Run) -> Run:
    """Whole batches only: `count` is a multiple of them."""
    return lambda pictures: np.concatenate(
        [np.asarray(run(pictures[at : at + BATCH])) for at in range(0, len(pictures), BATCH)]
    )


def fold_constants(front: Any) -> Run:
    """The graph with constants for variables, which TensorFlow's optimiser folds batch-norm into."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    given = tf.TensorSpec((BATCH, *front.input_shape[1:]), tf.uint8)
    traced = tf.function(lambda batch: front(batch, training=False), autograph=False)
    constant = convert_variables_to_constants_v2(traced.get_concrete_function(given))
    return in_batches(lambda batch: constant(tf.constant(batch))[0])


def litert_on_all(file: Path) -> Run:
    """One interpreter with as many threads as cores, whole batches."""
    from ai_edge_litert.interpreter import Interpreter

    from tlcore import system

    interpreter = Interpreter(model_path=str(file), num_threads=system.cpu_count())
    given = interpreter.get_input_details()[0]
    interpreter.resize_tensor_input(given["index"], (BATCH, *given["shape"][1:]))
    interpreter.allocate_tensors()
    wanted = interpreter.get_output_details()[0]["index"]

    def run(batch: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(given["index"], batch)
        interpreter.invoke()
        return interpreter.get_tensor(wanted)

    return in_batches(run)


def onnx(front: Any) -> Run:
    """ONNX Runtime with its own threads, whole batches."""
    import onnxruntime
    import tensorflow as tf
    import tf2onnx

    given = tf.TensorSpec((BATCH, *front.input_shape[1:]), tf.uint8, name="pictures")
    traced = tf.function(lambda batch: front(batch, training=False), input_signature=[given], autograph=False)
    proto, _ = tf2onnx.convert.from_function(traced, input_signature=[given], opset=17)
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    return in_batches(lambda batch: session.run(None, {"pictures": batch})[0])


def show(backbone: str, found: dict[str, Row]) -> None:
    """The same for people."""
    head = ("", "ready s", "pictures/s", "largest difference")
    keys = ("ready_s", "pictures_per_second", "difference")
    print_table(backbone, head, [(name, *(row.get(key) for key in keys)) for name, row in found.items()])


if __name__ == "__main__":
    main()
