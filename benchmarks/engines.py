"""Speed of the engines that can run the frozen part.

    python -m benchmarks.engines [--quick] [--backbones A,B]

Everything is frozen: decoded uint8 pictures in, pooled features out. Compared are Keras (`predict` and our
compiled engine), the same graph with its variables folded into constants, our LiteRT engine with one
interpreter per core, LiteRT as one interpreter on all cores, and ONNX Runtime; the last two also with weights
of 8 bits, which meet inputs rounded to 8 bits as they come (dynamic). They take turns, and the best round of
each counts. Beside it stand the seconds to get ready (of them `convert_s` for converting), the largest
difference from Keras, and of how many pictures a random linear head, on features that Keras' standardise,
gives the same answer. Only Lite0 has trained weights here; speed does not depend on them. Prints JSON.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import pictures as common_pictures
from benchmarks.common.measure import Row, finish, machine, print_table, scratch
from benchmarks.common.options import Options

CONVOLUTIONS = ("efficientnet_lite0", "mobilenet_v2", "mobilenet_v3_large", "efficientnetv2_b0", "resnet50")
TRANSFORMERS = ("deit_tiny_distilled_patch16_224", "dinov2_small", "vit_base_patch16_224")
BATCH = 32
CLASSES = 10  # of the random head
QUICK = {"backbones": ["efficientnet_lite0"], "count": BATCH, "rounds": 1, "size": 32}
Run = Callable[[np.ndarray], np.ndarray]


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    usual = CONVOLUTIONS + TRANSFORMERS
    options.add_argument("--backbones", type=lambda text: tuple(text.split(",")), default=usual)
    options.add_argument("--engines", type=lambda text: text.split(","), help="words in the names of some")
    options.add_argument("--count", type=int, default=96, help="pictures")
    options.add_argument("--rounds", type=int, default=4)
    options.set_defaults(size=None)  # each backbone's own
    args = options.read()
    before = machine()
    found = {}
    with scratch() as folder:
        for backbone in args.backbones:
            found[backbone] = compare(backbone, args, folder)
            show(backbone, found[backbone])
    finish(args.quick, before, {"pictures": args.count, "backbones": found, "targets": []})


def compare(backbone: str, args: argparse.Namespace, folder: Path) -> dict[str, Row]:
    """Each engine: seconds to get ready, pictures a second, largest difference from Keras."""
    from tlcore.config import RunConfig
    from tlcore.graft.engines import device
    from tlcore.graft.network import build

    device.set_up_device()
    pretrained = backbone == "efficientnet_lite0"
    front = build.build(RunConfig(backbone=backbone, input_size=args.size), 5, pretrained=pretrained).front
    assert front is not None
    side = front.input_shape[1]
    pictures = np.stack(
        [np.asarray(image.resize((side, side))) for image in common_pictures.photos_or_drawings(args.count)]
    )
    ready: dict[str, Run] = {}
    found: dict[str, Row] = {}
    expected = front.predict(pictures, batch_size=BATCH, verbose=0)
    for name, prepare in preparations(front, folder).items():
        if args.engines and not any(word in name for word in args.engines):
            continue
        began = time.perf_counter()
        try:
            ready[name] = prepare()
            converted = time.perf_counter()
            answers = ready[name](pictures)
        except Exception as error:
            found[name] = {"failed": f"{type(error).__name__}: {error}"[:200]}
            continue
        found[name] = {
            "convert_s": round(converted - began, 2),
            "ready_s": round(time.perf_counter() - began, 2),
            "difference": float(np.abs(answers - expected).max()),
            "same_answers": same_answers(answers, expected),
        }
    for name, seconds in best_times(ready, pictures, args.rounds).items():
        found[name]["pictures_per_second"] = round(args.count / seconds, 2)
    return found


def best_times(ready: dict[str, Run], pictures: np.ndarray, rounds: int) -> dict[str, float]:
    """Seconds of the best round of each engine; they take turns."""
    best = dict.fromkeys(ready, math.inf)
    for _ in range(rounds):
        for name, run in ready.items():
            began = time.perf_counter()
            run(pictures)
            best[name] = min(best[name], time.perf_counter() - began)
    return best


def same_answers(found: np.ndarray, expected: np.ndarray) -> int:
    """Of how many pictures a random head on standardised features (n, width) gives the same class."""
    middle, spread = expected.mean(axis=0), expected.std(axis=0) + 1e-9
    head = np.random.default_rng(0).normal(size=(expected.shape[1], CLASSES))
    classes = [(((part - middle) / spread) @ head).argmax(axis=1) for part in (found, expected)]
    return int(np.sum(classes[0] == classes[1]))


def preparations(front: Any, folder: Path) -> dict[str, Callable[[], Run]]:
    """Functions that prepare each engine, by name; the others are compared with the first."""
    from tlcore.graft.engines import litert
    from tlcore.graft.engines.engine import KerasEngine

    def ours(file: Path) -> Run:
        engine = litert.LiteRTEngine(file)
        return lambda pictures: engine.run(pictures)[0]

    def converted() -> Run:
        litert.convert(front, folder / "engine.tflite")
        return ours(folder / "engine.tflite")

    def compiled() -> Run:
        engine = KerasEngine(front)
        return lambda pictures: engine.run(pictures)[0]

    return {
        "keras predict": lambda: lambda p: front.predict(p, batch_size=BATCH, verbose=0),
        "keras compiled": compiled,
        "constant-folded": lambda: fold_constants(front),
        "litert, one per core": converted,
        "litert, one on all cores": lambda: litert_on_all(folder / "engine.tflite"),
        "litert, 8 bits": lambda: ours(convert_to_bytes(front, folder / "bytes.tflite")),
        "onnx runtime": lambda: onnx(convert_to_onnx(front, folder / "engine.onnx")),
        "onnx runtime, 8 bits": lambda: onnx(quantise(folder / "engine.onnx", folder / "bytes.onnx")),
    }


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
    """One interpreter with as many threads as cores; whole batches, but of transformers, whose shapes are
    part of the file, one picture at a time.
    """
    from ai_edge_litert.interpreter import Interpreter

    from tlcore import system

    interpreter = Interpreter(model_path=str(file), num_threads=system.cpu_count())
    given = interpreter.get_input_details()[0]
    wanted = interpreter.get_output_details()[0]["index"]

    def run(batch: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(given["index"], batch)
        interpreter.invoke()
        return interpreter.get_tensor(wanted)

    try:
        interpreter.resize_tensor_input(given["index"], (BATCH, *given["shape"][1:]))
        interpreter.allocate_tensors()
    except RuntimeError:
        interpreter.resize_tensor_input(given["index"], given["shape"])
        interpreter.allocate_tensors()
        return lambda pictures: np.concatenate([run(one[None]) for one in pictures])
    return in_batches(run)


def convert_to_bytes(front: Any, target: Path) -> Path:
    """As `litert.convert`, with weights of 8 bits; products of 8 bits where the inputs can be rounded."""
    import tensorflow as tf

    from tlcore.graft.engines import litert

    converter = tf.lite.TFLiteConverter.from_concrete_functions([litert.constant_graph(front)])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    target.write_bytes(converter.convert())
    return target


def convert_to_onnx(front: Any, target: Path) -> Path:
    """The network for whole batches."""
    import tensorflow as tf
    import tf2onnx

    import tlcore.export.writers.onnx  # noqa: F401  tells tf2onnx of `Erfc`

    given = tf.TensorSpec((BATCH, *front.input_shape[1:]), tf.uint8, name="pictures")
    traced = tf.function(lambda batch: front(batch, training=False), input_signature=[given], autograph=False)
    tf2onnx.convert.from_function(traced, input_signature=[given], opset=17, output_path=str(target))
    return target


def quantise(source: Path, target: Path) -> Path:
    """The ONNX file with weights of 8 bits in its products of matrices; inputs are rounded as they come."""
    from onnxruntime import quantization

    # 7 bits in fact, as in `export`: with 8, sums overflow on processors without VNNI.
    quantization.quantize_dynamic(
        source, target, op_types_to_quantize=["MatMul", "Gemm"], per_channel=True, reduce_range=True
    )
    return target


def onnx(file: Path) -> Run:
    """ONNX Runtime with its own threads, whole batches."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    return in_batches(lambda batch: session.run(None, {"pictures": batch})[0])


def show(backbone: str, found: dict[str, Row]) -> None:
    """The same for people."""
    head = ("", "convert s", "ready s", "pictures/s", "largest difference", "same answers")
    keys = ("convert_s", "ready_s", "pictures_per_second", "difference", "same_answers")
    print_table(backbone, head, [(name, *(row.get(key) for key in keys)) for name, row in found.items()])


if __name__ == "__main__":
    main()
