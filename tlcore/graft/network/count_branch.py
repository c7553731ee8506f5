"""A second way from a text to the logits, beside the backbone: counts of its terms. Imports Keras.

    text ── tokens ── backbone ── logits ──┐
       └──── weighted counts of terms ─────┴─ sum ── 1/temperature ── softmax

Joined on once a head is solved that counts terms (`tlcore/heads/term_choice.py`). Keras counts as
scikit-learn does there; saving a model compares the two.
"""

from __future__ import annotations

from tlcore.backbones import keras_start as keras_start  # isort: skip  (before Keras)
from collections.abc import Sequence

import keras
import numpy as np

from tlcore.backbones import graph
from tlcore.graft.network import cut
from tlcore.graft.network.build import Graft, PhaseModel, add_probabilities
from tlcore.heads.term_counts import LONGEST, SPLITS, TermCounts

BRANCH = "term_logits"  # the layer that makes logits of counts
COUNTER = "term_counts"  # the one that counts


def join(graft: Graft, terms: TermCounts, kernel: np.ndarray) -> Graft:
    """The network with a branch that counts `terms` and weighs them by `kernel` (terms, classes).

    Its one phase has a tail of two inputs: features, and the logits of the branch.
    """
    text = graft.model.inputs[0]
    counted = _branch(text, terms, kernel)
    logits = _sum(cut.output_of(graft.model, "logits"), counted)
    (phase,) = graft.phase_models
    features = [keras.Input(tensor.shape[1:], dtype=tensor.dtype) for tensor in phase.tail.inputs]
    own = keras.Input(counted.shape[1:], name="counted")
    (plain,) = graph.replay(phase.tail, features)
    tail = keras.Model([*features, own], _sum(plain, own), name="tail")
    model = keras.Model(text, add_probabilities(logits), name=graft.model.name)
    return Graft(model, (PhaseModel(phase.phase, phase.front, tail),))


def _branch(text: keras.KerasTensor, terms: TermCounts, kernel: np.ndarray) -> keras.KerasTensor:
    counts = keras.layers.TextVectorization(
        split=SPLITS[terms.kind],
        ngrams=LONGEST[terms.kind],
        output_mode="tf_idf",
        vocabulary=list(terms.terms),
        idf_weights=terms.weights,
        name=COUNTER,
    )(text)
    known = keras.layers.UnitNormalization(name="term_shares", dtype="float32")(counts[:, 1:])  # 0: unknown
    layer = keras.layers.Dense(kernel.shape[1], use_bias=False, name=BRANCH, dtype="float32")
    logits = layer(known)
    layer.set_weights([kernel])
    return logits


def _sum(logits: keras.KerasTensor, counted: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.Add(name="all_logits", dtype="float32")([logits, counted])


def outputs(model: keras.Model) -> tuple[keras.KerasTensor, ...]:
    """The logits of the branch in a finished model; (): it has none."""
    return (cut.output_of(model, BRANCH),) if _has_branch(model) else ()


def parts_of(model: keras.Model) -> tuple[TermCounts, np.ndarray] | None:
    """The terms that a finished model counts, and its kernel (terms, classes); None: it counts none."""
    if not _has_branch(model):
        return None
    settings = model.get_layer(COUNTER).get_config()
    kind = next(kind for kind, split in SPLITS.items() if split == settings["split"])
    (kernel,) = model.get_layer(BRANCH).get_weights()
    weights = np.array(settings["idf_weights"], np.float32)
    return TermCounts(kind, tuple(settings["vocabulary"]), weights), kernel


def _has_branch(model: keras.Model) -> bool:
    return any(layer.name == BRANCH for layer in model.layers)


def weights_without(model: keras.Model) -> list[np.ndarray]:
    """All weights of a model but those of its branch, in their order."""
    own = {id(weight) for layer in model.layers if layer.name == BRANCH for weight in layer.weights}
    return [np.asarray(weight) for weight in model.weights if id(weight) not in own]


def logits_of(texts: Sequence[str], terms: TermCounts, kernel: np.ndarray) -> np.ndarray:
    """The logits of the branch for texts, (n, classes) float32, without Keras."""
    return np.asarray(terms(texts) @ kernel, np.float32)
