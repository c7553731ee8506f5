"""Grafting on a text backbone: strings in, cut anywhere, the same answers from the saved file."""

from __future__ import annotations

import functools
from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.backbones.texts.test_loader import small_text
from tests.fixtures.short_minilm import LAYERS
from tests.fixtures.tiny_texts import NASTY
from tests.fixtures.tiny_training import small
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.texts import loader
from tlcore.commands.describe import texts as describe_texts
from tlcore.errors import BackboneError
from tlcore.graft.inputs.text_rows import encode
from tlcore.graft.network import build, build_text
from tlcore.graft.network.fingerprint import fingerprint
from tlcore.graft.training.batches import Inference, TrainingBatches
from tlcore.graft.training.checkpoint import assign
from tlcore.graft.training.loop import Hooks, run_epoch
from tlcore.graft.training.step import PhaseSpec, Steps

LENGTH = 32
TEXTS = np.array(list(NASTY.values()), dtype=object)


def _build(unfreeze: int | str, backbone: str) -> build.Graft:
    return build_text.build(small(backbone=backbone, unfreeze=unfreeze, input_size=None), 3, LENGTH)


@functools.cache
def _read(unfreeze: int | str, backbone: str) -> build.Graft:
    """One for all tests that change nothing of it."""
    return _build(unfreeze, backbone)


def _answers(whole: keras.Model, given: np.ndarray = TEXTS) -> np.ndarray:
    """As a run answers: compiled."""
    return np.asarray(_compiled(whole)(tf.constant(given), training=False))


@functools.cache
def _compiled(whole: keras.Model) -> Callable[..., tf.Tensor]:
    return tf.function(whole, autograph=False)


def steps_of(tail: keras.Model) -> Steps:
    return Steps(PhaseSpec(tail, small(learning_rate=1e-3).training, seed=0), rate=1e-3)


def _pieces(graft: build.Graft, ids: np.ndarray) -> np.ndarray:
    """Probabilities by way of the cut."""
    tensors = graft.front(ids) if graft.front else ids
    logits = graft.tail(tensors if isinstance(tensors, (list, tuple)) else [tensors])
    return np.asarray(keras.ops.softmax(logits))


@pytest.fixture(scope="module")
def answers(short_minilm: str) -> np.ndarray:
    """Of the whole network, cut nowhere: (texts, classes)."""
    return _answers(_read("all", short_minilm).model)


@pytest.mark.parametrize("unfreeze", [*range(LAYERS + 2), "all"])
def test_front_and_tail_are_the_whole_at_every_cut(
    short_minilm: str, answers: np.ndarray, unfreeze: int | str
) -> None:
    graft = _read(unfreeze, short_minilm)
    ids = encode(list(TEXTS), loader.tokenizer(short_minilm, LENGTH))
    np.testing.assert_allclose(_pieces(graft, ids), answers, atol=1e-5)
    assert not [layer for layer in graft.model.layers if isinstance(layer, keras.Model)]
    assert (graft.front is None) == (unfreeze in (LAYERS + 1, "all"))
    trained = catalogue.trainable_params(catalogue.get(short_minilm), unfreeze)
    head = sum(np.prod(v.shape) for v in graft.tail.trainable_variables) - trained
    assert head == 384 * 16 + 16 + 16 * 3 + 3


def test_with_all_frozen_a_text_is_pooled_before_it_is_kept(short_minilm: str) -> None:
    head, tuning = (model.front for model in _read(2, short_minilm).phase_models)
    assert head is not None and [tensor.shape for tensor in head.outputs] == [(None, 384)]
    states, mask = tuning.outputs  # type: ignore[union-attr]
    assert (states.shape, mask.shape, mask.dtype) == ((None, None, 384), (None, None), "bool")


def test_a_text_without_tokens_pools_to_zeros_and_has_a_gradient(short_minilm: str) -> None:
    graft = _read(1, short_minilm)
    states, mask = np.zeros((2, LENGTH, 384), "float32"), np.zeros((2, LENGTH), bool)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(graft.tail([states, mask], training=True))
    gradients = tape.gradient(total, [v.value for v in graft.tail.trainable_variables])
    assert all(np.isfinite(np.asarray(gradient)).all() for gradient in gradients)


def test_what_the_tail_learns_is_in_the_whole_and_depends_on_its_seed_alone(short_minilm: str) -> None:
    """Dropout inside of transformer layers too: a killed run goes on to the same weights."""
    graft = _build(1, short_minilm)
    assert graft.front is not None
    before, network = _answers(graft.model), fingerprint(graft.front)
    ids = encode(list(TEXTS), loader.tokenizer(short_minilm, LENGTH))
    cut = [np.asarray(tensor) for tensor in graft.front(ids)]
    labels = np.arange(len(TEXTS)) % 3
    source = TrainingBatches(lambda rows: tuple(t[rows] for t in cut), np.arange(len(TEXTS)), labels, 4)
    began = graft.tail.get_weights()  # without what dropout has drawn
    steps = steps_of(graft.tail)
    fresh = [np.array(variable) for variable in steps.optimizer.variables]
    run_epoch(steps, source, 1, Hooks())
    once = graft.tail.get_weights()
    graft.tail.set_weights(began)
    assign(steps.optimizer.variables, fresh)
    for _ in range(3):
        graft.tail(cut, training=True)
    losses = [run_epoch(steps, source, 1, Hooks())]
    for ours, theirs in zip(graft.tail.get_weights(), once, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-7)

    losses += [run_epoch(steps, source, epoch, Hooks()) for epoch in range(2, 5)]
    assert losses[0] and losses[-1] and losses[-1]["loss"] < losses[0]["loss"]
    after = _answers(graft.model)
    assert np.abs(after - before).max() > 1e-3
    assert fingerprint(graft.front) == network
    logits = Inference(graft.tail)(source)
    np.testing.assert_allclose(np.asarray(keras.ops.softmax(logits)), after, atol=1e-5)
    # The saved file answers the same, in a process without Graft, too: `tests/graft/test_text_runs.py`.


def test_a_text_backbone_is_the_same_network_every_time(short_minilm: str) -> None:
    first, again = (
        [fingerprint(model.front) for model in graft.phase_models]
        for graft in (_read(2, short_minilm), _build(2, short_minilm))
    )
    assert first == again
    assert len({*first, fingerprint(_read(1, short_minilm).front)}) == 3


def test_lengths_beyond_the_backbone_are_refused(minilm: str) -> None:
    with pytest.raises(BackboneError, match="16 to 512 tokens"):
        build_text.build(small(backbone=minilm), 3, 513)


def test_the_head_starts_from_the_seed_alone(short_minilm: str) -> None:
    first, again = _read(0, short_minilm).model, _build(0, short_minilm).model
    assert (first.get_layer("head_1").get_weights()[0] == again.get_layer("head_1").get_weights()[0]).all()
    names = [layer.name for layer in again.layers]
    assert [name for name in names if name in ("head_1", "head_dropout", "logits")] == [
        *("head_1", "head_dropout", "logits")
    ]
    assert names[-2:] == ["temperature", "probabilities"]


@pytest.mark.parametrize("kind", ["Bert", "DistilBert", "Roberta", "XLMRoberta", "DebertaV3"])
def test_every_kind_can_be_cut_before_any_layer(kind: str) -> None:
    entry = small_text(kind)
    backbone = loader.build(entry, None, loader.random_backbone(entry))
    ids = np.random.default_rng(0).integers(2, 60, (3, 10)).astype("int32")
    wanted = np.asarray(backbone(ids)[0])
    for block in describe_texts.blocks(backbone, 10)[:-1]:
        states = keras.Model(backbone.input, backbone.outputs[0])
        front, tail = build_text.split(states, (*build.cut.boundary(states, block), backbone.outputs[1]))
        assert front is not None
        np.testing.assert_allclose(np.asarray(tail(front(ids))), wanted, atol=1e-6)
        shared = {id(layer) for layer in front.layers} & {id(layer) for layer in tail.layers}
        assert not {id(v) for v in tail.trainable_variables} & {id(v) for v in front.trainable_variables}
        assert bool(shared) == (kind == "DebertaV3" and block.name != "embeddings")
