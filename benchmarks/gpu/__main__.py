"""All that a GPU changes, in at most ten minutes: `python -m benchmarks.gpu [--any-device] [--quick]`.

Seconds to a model and of a fine-tuning epoch against the tutorial's program; memory of a growing data set;
features a second by backbone and precision; the same accuracy in half precision; a spare worker's memory on
the device; and the device that the Train page names. Where there is no GPU it says so and ends with 0;
`--any-device` measures all the same. Prints JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

from benchmarks.common.measure import ROOT, Row, finish, machine
from benchmarks.common.options import Options

MINUTES = 10
DEVICE = "import tensorflow as tf; print([gpu.name for gpu in tf.config.list_physical_devices('GPU')])"
# Module and options of each part, the most telling first: what the time does not reach is left out, by name.
PARTS: tuple[tuple[str, ...], ...] = (
    ("benchmarks.time_to_model", "--rounds", "1"),
    ("benchmarks.gpu.features",),
    ("benchmarks.gpu.precision",),
    ("benchmarks.fine_tuning", "--rounds", "1"),
    ("benchmarks.gpu.spare_memory",),
    ("benchmarks.growth", "--counts", "1000", "4000"),
)


def gpus() -> str:
    """The GPUs that TensorFlow sees, "[]" for none. Asked in a child: this process loads no TensorFlow."""
    done = subprocess.run([sys.executable, "-c", DEVICE], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


def part(words: tuple[str, ...], quick: bool, seconds: float) -> Row:
    """The JSON that a part prints last, or why there is none."""
    command = [sys.executable, "-m", *words, *(["--quick"] if quick else [])]
    began = time.perf_counter()
    try:
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return {"left_out": f"it took more than the {seconds:.0f} s that were left"}
    took = {"seconds_of_part": round(time.perf_counter() - began, 1)}
    found = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not found:
        return took | {"failed": f"ended with {done.returncode}"}
    return took | json.loads(found[-1])


def main() -> int:
    """Print the figures as one JSON object."""
    options = Options(__doc__, {})
    options.add_argument("--any-device", action="store_true", help="measure without a GPU, too")
    args = options.read()
    before, devices = machine(), gpus()
    if devices == "[]" and not args.any_device:
        print("TensorFlow sees no GPU on this machine: nothing to measure.")
        return 0
    deadline = time.perf_counter() + 60 * MINUTES
    found: Row = {"gpus": devices, "targets": []}
    for words in PARTS:
        name = words[0].removeprefix("benchmarks.")
        found[name] = part(words, args.quick, max(1.0, deadline - time.perf_counter()))
        problem = found[name].get("failed") or found[name].get("left_out")
        print(f"{name}: {problem or 'measured'}", file=sys.stderr, flush=True)
    finish(args.quick, before, found)
    return int(any("failed" in found[words[0].removeprefix("benchmarks.")] for words in PARTS))


if __name__ == "__main__":
    sys.exit(main())
