"""Heat of vision transformers: of the patches that enter the last layer, through both halves of features."""

from __future__ import annotations

import keras
import msgspec
import numpy as np
import pytest
import tensorflow as tf

from tlcore.backbones.catalogue.image_facts import BY_ID
from tlcore.backbones.catalogue.transformer_facts import PublishedTransformer
from tlcore.backbones.images import vision_transformer
from tlcore.explain.heatmap import Heat
from tlcore.graft.network.build import add_head, add_probabilities

SIZE, PATCH, WIDTH, CLASSES = 32, 8, 8, 3
SIDE = SIZE // PATCH
PICTURES = np.random.default_rng(0).integers(0, 256, (2, SIZE, SIZE, 3), dtype=np.uint8)
KINDS = (
    "vit_base_patch16_224",
    "dinov3_vit_small_lvd1689m",
    "siglip2_base_patch16_224",
    "clip_vit_base_patch32",
)


def a_model(id: str, layers: int = 2) -> keras.Model:
    """A tiny one of that kind with random weights."""
    entry = BY_ID[id]
    assert isinstance(entry, PublishedTransformer)
    sizes = {"patch": PATCH, "width": WIDTH, "heads": 2, "inner": WIDTH, "layers": layers}
    keras.utils.set_random_seed(3)
    backbone = vision_transformer.build(msgspec.structs.replace(entry, id="tiny", **sizes), SIZE)
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(backbone.output)
    return keras.Model(backbone.input, add_probabilities(add_head(pooled, (), 0.0, CLASSES)))


@pytest.mark.parametrize("id", KINDS)
def test_it_is_grad_cam_at_the_tokens_that_enter_the_last_layer(id: str) -> None:
    model = a_model(id)
    asked = keras.Model(model.inputs, model.get_layer("layer1_add2").output)
    tokens = asked(PICTURES)
    behind = keras.Model(model.get_layer("layer1_add2").output, model.get_layer("logits").output)
    with tf.GradientTape() as tape:
        tape.watch(tokens)
        logit = behind(tokens)[:, 1]
    gradient = tape.gradient(logit, tokens)[:, -(SIDE**2) :].numpy().mean(axis=1, keepdims=True)
    wanted = np.maximum((gradient * tokens[:, -(SIDE**2) :].numpy()).sum(axis=-1), 0)
    wanted = (wanted / np.maximum(wanted.max(axis=1, keepdims=True), 1e-12)).reshape(-1, SIDE, SIDE)
    np.testing.assert_allclose(Heat(model, doubled=False)(PICTURES, 1), wanted, atol=1e-4)


@pytest.mark.parametrize("layers", [1, 2])
def test_what_reaches_the_answer_through_the_token_of_the_whole_picture_has_its_place(layers: int) -> None:
    model = a_model(KINDS[0], layers)
    head = model.get_layer("logits")
    kernel, bias = head.get_weights()
    kernel[:WIDTH] = 0  # the head looks at nothing else
    head.set_weights([kernel, bias])
    heat = Heat(model, doubled=False)
    found = np.stack([heat(PICTURES, number) for number in range(CLASSES)])
    assert found.max() == pytest.approx(1) and np.ptp(found, axis=(2, 3)).max() > 0.1
    assert np.abs(found[0] - found[1]).max() > 0.1  # each class has its own
