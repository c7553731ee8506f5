"""MobileNetV2 in torchvision's layout: symmetric padding, which Keras' own MobileNetV2 does not have.

Source: `mobilenet_v2-b0353104.pth` of torchvision (see `weights/packages.py`). A picture enters as
(x / 255 - mean) / standard deviation of ImageNet, per channel.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from tlcore.backbones.images.preprocess import torch_style
from tlcore.backbones.images.torch_weights import Names

BLOCKS = (  # expansion, channels out, repeats, first stride
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def build(size: int) -> tuple[keras.Model, Names]:
    """The network with its ImageNet classifier, and where torch keeps the weights of each layer.

    Input uint8 (size, size, 3), output the probabilities of 1,000 classes. The last feature map is the
    output of `top_activation`: (size / 32, size / 32, 1280), rounded up.
    """
    names: Names = {}
    picture = keras.Input((size, size, 3), dtype="uint8", name="picture")
    x = torch_style(picture)
    x = layers.ZeroPadding2D(1, name="stem_pad")(x)
    x = layers.Conv2D(32, 3, strides=2, use_bias=False, name="stem_conv")(x)
    x = _norm(x, "stem", names, "features.0.1")
    names["stem_conv"] = "features.0.0"
    index = 1
    for expansion, out, repeats, stride in BLOCKS:
        for repeat in range(repeats):
            x = _block(x, index, names, stride if repeat == 0 else 1, out, expansion)
            index += 1
    x = layers.Conv2D(1280, 1, use_bias=False, name="top_conv")(x)
    x = _norm(x, "top", names, f"features.{index}.1")
    names["top_conv"] = f"features.{index}.0"
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dense(1000, name="logits")(x)
    names["logits"] = "classifier.1"
    x = layers.Activation("softmax", dtype="float32", name="predictions")(x)
    return keras.Model(picture, x, name="mobilenet_v2"), names


def _norm(x: Any, name: str, names: Names, source: str, activation: bool = True) -> Any:
    names[f"{name}_bn"] = source
    x = layers.BatchNormalization(epsilon=1e-5, momentum=0.9, name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_activation")(x) if activation else x


def _block(x: Any, index: int, names: Names, stride: int, out: int, expansion: int) -> Any:
    """Inverted residual: widen, depthwise, narrow; the shortcut where the shape stays."""
    name, prefix = f"block{index}", f"features.{index}.conv."
    shortcut, width, part = x, x.shape[-1], 0
    if expansion > 1:
        x = layers.Conv2D(width * expansion, 1, use_bias=False, name=f"{name}_expand_conv")(x)
        x = _norm(x, f"{name}_expand", names, f"{prefix}0.1")
        names[f"{name}_expand_conv"] = f"{prefix}0.0"
        part = 1
    x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    x = layers.DepthwiseConv2D(3, stride, use_bias=False, name=f"{name}_dwconv")(x)
    names[f"{name}_dwconv"] = f"{prefix}{part}.0"
    x = _norm(x, f"{name}_dw", names, f"{prefix}{part}.1")
    x = layers.Conv2D(out, 1, use_bias=False, name=f"{name}_project_conv")(x)
    names[f"{name}_project_conv"] = f"{prefix}{part + 1}"
    x = _norm(x, f"{name}_project", names, f"{prefix}{part + 2}", activation=False)
    return layers.Add(name=f"{name}_add")([shortcut, x]) if stride == 1 and width == out else x
