"""The branch that counts terms inside a model: Keras counts as scikit-learn does, from a file too."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings, strategies

from tests.fixtures.tiny_texts import NASTY
from tlcore.backbones import graph
from tlcore.graft.inputs import texts as text_stages
from tlcore.graft.network import build, count_branch, cut, saved_model
from tlcore.graft.network.build import Graft, PhaseModel, add_head, add_probabilities
from tlcore.heads import term_counts
from tlcore.heads.term_counts import TermCounts, TermKind

KNOWN = [
    *NASTY.values(),
    "Hello, World! it's nice",
    "ÄRGER über ärger",
    "日本語 の日本語",
    "a\u00a0b a\u00a0b",
] * 2
CLASSES = 3
STRINGS = strategies.text(strategies.characters(exclude_categories=("Cs",)), max_size=40)
LISTS = strategies.lists(STRINGS, min_size=1, max_size=5)


def small_graft() -> Graft:
    """A graft whose "backbone" takes the mean of what four tokens stand for."""
    text = keras.Input((), dtype="string", name="text")
    ids = keras.layers.TextVectorization(
        output_mode="int", output_sequence_length=4, vocabulary=["hello", "a", "the"], name="tokens"
    )(text)
    ids = keras.ops.cast(ids, "int32")
    ids_in = keras.Input((4,), dtype="int32", name="ids")
    pooled = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(6, 5)(ids_in))
    body = keras.Model(ids_in, add_head(pooled, (), 0.0, CLASSES))
    front, tail = cut.split(body, (pooled,))
    (logits,) = graph.replay(body, [ids])
    return Graft(
        keras.Model(text, add_probabilities(logits), name="graft"), (PhaseModel("head", front, tail),)
    )


@functools.cache
def fitted(kind: TermKind) -> tuple[TermCounts, np.ndarray]:
    terms = term_counts.fit(KNOWN, kind)
    assert terms is not None
    return terms, np.random.default_rng(0).normal(size=(len(terms.terms), CLASSES)).astype(np.float32)


@functools.cache
def branch_of(kind: TermKind) -> Callable[[tf.Tensor], tf.Tensor]:
    """The branch alone, compiled once."""
    model = count_branch.join(small_graft(), *fitted(kind)).model
    branch = keras.Model(model.input, count_branch.outputs(model)[0])
    return tf.function(branch, [tf.TensorSpec((None,), tf.string)], autograph=False)


@pytest.mark.parametrize("kind", ["words", "characters"])
@settings(max_examples=25, deadline=None)
@given(texts=LISTS)
def test_keras_counts_as_scikit_learn_does(kind: TermKind, texts: list[str]) -> None:
    texts = [*texts, *KNOWN[:4], texts[0] + KNOWN[-1]]
    terms, kernel = fitted(kind)
    counted = np.asarray(branch_of(kind)(tf.constant(texts)))
    np.testing.assert_allclose(counted, count_branch.logits_of(texts, terms, kernel), atol=1e-4)


@pytest.mark.parametrize("kind", ["words", "characters"])
def test_a_joined_network_is_one_model_of_strings(kind: TermKind, tmp_path: Path) -> None:
    plain, (terms, kernel) = small_graft(), fitted(kind)
    joined = count_branch.join(plain, terms, kernel)
    joined.model.save(tmp_path / "model.keras")
    loaded = saved_model.load(tmp_path / "model.keras")
    given = np.array(KNOWN, dtype=object)
    (phase,) = joined.phase_models
    ids = np.asarray(text_stages.split_at_tokens(plain.model)[0](tf.constant(KNOWN)))
    tensors = [np.asarray(phase.front(ids)), count_branch.logits_of(KNOWN, terms, kernel)]
    wanted = np.asarray(keras.ops.softmax(phase.tail(tensors)))
    for model in (joined.model, loaded):
        features = cut.head_input(model)
        assert features.shape[-1] == 5  # what is compared with other examples is the backbone's alone
        both = text_stages.compile_model(keras.Model(model.inputs, [features, model.outputs[0]]))
        got, answers = both(given)
        np.testing.assert_allclose(answers, wanted, atol=1e-5)
        np.testing.assert_allclose(got, tensors[0], atol=1e-5)
    weights = count_branch.weights_without(loaded)
    assert [weight.shape for weight in weights] == [tuple(one.shape) for one in plain.model.weights]
    other = small_graft()
    build.continue_from(other, weights)  # what continues from it counts nothing
    for one, two in zip(other.model.weights, weights, strict=True):
        np.testing.assert_array_equal(one, two)
    assert count_branch.outputs(plain.model) == ()
