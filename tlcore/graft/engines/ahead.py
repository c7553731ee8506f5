"""The conversion that every first run on pictures would wait for, made when the weights are fetched."""

from __future__ import annotations

import numpy as np

from tlcore.backbones.weights import conversions
from tlcore.config import RunConfig
from tlcore.graft.engines import litert, select
from tlcore.graft.engines.device import set_up_device
from tlcore.graft.engines.engine import KerasEngine
from tlcore.graft.inputs.protocol import CPU_BATCH
from tlcore.graft.network import build
from tlcore.graft.network.fingerprint import fingerprint


def convert() -> None:
    """Convert the frozen part of the recommended recipe beside the weights, and time it on noise. With a GPU
    there is nothing to convert for.

    Raises:
        Exception: as `litert.convert`.
    """
    if set_up_device().is_gpu:
        return
    front = build.build(RunConfig(), classes=2).phase_models[0].front
    assert front is not None
    file = conversions.file_in((conversions.beside_weights(),), fingerprint(front))
    litert.convert(front, file)
    noise = np.random.default_rng(0).integers(0, 256, (CPU_BATCH, *front.input_shape[1:]), np.uint8)
    select.measure_timing(KerasEngine(front), litert.LiteRTEngine(file), noise, file)
