"""The device that computes, set up once per process before anything else touches TensorFlow."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import keras
import tensorflow as tf

from tlcore import system


@dataclass(frozen=True)
class Device:
    """`name` is for people; `precision` is the dtype policy of training on it."""

    name: str
    is_gpu: bool
    precision: str

    @property
    def version(self) -> str:
        """Tells devices and programs apart that compute other last digits."""
        kind = "GPU" if self.is_gpu else "CPU"
        return f"{keras.__version__} on TensorFlow {tf.__version__}, {kind}"


@functools.cache
def set_up_device() -> Device:
    """Choose a GPU, taking its memory only as needed; without one make the CPU deterministic."""
    tf.get_logger().setLevel("ERROR")  # its hints are for programmers; ours go to train.log
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        tf.config.experimental.enable_op_determinism()
        return Device(f"CPU ({system.cpu_count()} cores)", False, "float32")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    details = tf.config.experimental.get_device_details(gpus[0])
    # Half precision pays from NVIDIA's Volta on (compute capability 7); older cards emulate it.
    capable = details.get("compute_capability", (0, 0)) >= (7, 0)
    return Device(
        f"GPU ({details.get('device_name', 'unknown')})", True, "mixed_float16" if capable else "float32"
    )


def policy(name: str) -> keras.DTypePolicy:
    """The Keras dtype policy of that name."""
    return keras.dtype_policies.get(name)
